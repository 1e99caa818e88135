export { AllowedMethods } from './allowed-methods.ts';
export { type Api, api } from './api.ts';
export type {
  App,
  Credentials,
  Response,
  ResponseBody,
  ResponseHeaders,
  ResponseHeaderValue,
  Session,
  SocketAddress,
  Stringable,
} from './app.ts';
export { Request, type RequestHeaders, type RequestHeaderValue } from './request.ts';
export { checkApp } from './check-app.ts';
export { CallableApp, type Handler } from './callable-app.ts';
export { demanding, type Demand } from './demand.ts';
export { FilesApp, type FilesAppOptions } from './files-app.ts';
export { formatHeaders } from './format-headers.ts';
export { formatRequest } from './format-request.ts';
export { formatResponse } from './format-response.ts';
export { MethodFilter } from './method-filter.ts';
export { mkreq } from './mkreq.ts';
export { mkuri, type MkuriOptions } from './mkuri.ts';
export { parseHeaders } from './parse-headers.ts';
export type { ContractProfile } from './request-contract.ts';
export {
  ProxyApp,
  type ProxyAppOptions,
  type Upstream,
  type UpstreamResponse,
} from './proxy-app.ts';
export { RequestLogger, type RequestLoggerOptions } from './request-logger.ts';
export { RequestFields, addField, giveFieldTypes, requestFields } from './request-fields.ts';
export { badResponse, checkResponseShape, closeBody } from './response-shape.ts';
export { Router, type RouterEntry, type RouterMap } from './router.ts';
export {
  TrustedProxies,
  type ForwardedClient,
  type TrustedProxiesOptions,
} from './trusted-proxies.ts';
export { Validator, type ValidatorOptions } from './validator.ts';
export { writeChunk } from './write-chunk.ts';
