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
} from './app.ts';
export { Request, type RequestHeaders, type RequestHeaderValue } from './request.ts';
