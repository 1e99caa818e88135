/**
 * Gateway apps: WSGI in JavaScript. `app(environ, startResponse)` runs in a green thread, where
 * reading the request and writing the response simply block.
 *
 * @packageDocumentation
 */
export type { ErrorStream } from './error-stream.ts';
export {
  FileWrapper,
  type FileLike,
  type FilePart,
  type FileWrapperFunction,
} from './file-wrapper.ts';
export type {
  Environ,
  GatewayApp,
  GatewayHeaders,
  GatewayItem,
  GatewayResult,
  Posthook,
  StartResponse,
  Write,
} from './gateway-app.ts';
export type { ForwardedOptions } from './forwarded.ts';
export { Gateway, type GatewayCloseOptions } from './gateway.ts';
export type { GatewayOptions, LogSink, TextSink } from './gateway-options.ts';
export type { Input } from './input.ts';
export {
  serve,
  serveAsync,
  type ServeAsyncOptions,
  type ServeOptions,
  type ServerReceiver,
} from './serve.ts';
export type { SslSettings } from '../tls/index.ts';
export { validator } from './validator.ts';
