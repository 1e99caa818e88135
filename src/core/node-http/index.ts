/**
 * `node:http` whose server runs on the native engine. What isn't about servers is node's own.
 *
 * @packageDocumentation
 */
export {
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  ServerResponse,
  METHODS,
  STATUS_CODES,
  globalAgent,
  maxHeaderSize,
  request,
  get,
  setMaxIdleHTTPParsers,
  validateHeaderName,
  validateHeaderValue,
  type AgentOptions,
  type ClientRequestArgs,
  type IncomingHttpHeaders,
  type InformationEvent,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type RequestListener,
  type RequestOptions,
  type ServerOptions,
} from './node-exports.ts';
export { answerDirectly } from './answer-directly.ts';
export { createSecureServer } from './create-secure-server.ts';
export { createServer } from './create-server.ts';
export { engineRequestOf, type EngineView } from './engine-request-of.ts';
export { default } from './http-module.ts';
export type { HttpServerOptions } from './engine-backend.ts';
export type { SecureServerOptions } from './secure-options.ts';
export { SecureServer } from './secure-server.ts';
export { Server } from './server.ts';
