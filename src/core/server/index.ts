/**
 * The HTTP server: listens, hands requests to an RGI app, and sends what it answers.
 *
 * @packageDocumentation
 */
export { INLINE_BODY_BYTES } from './answer-writer.ts';
export type { EngineRequest } from './engine-request.ts';
export { EngineSession, type MessageSink, type SessionServer } from './engine-session.ts';
export { Exchange, type ExchangeServer, type FramedConnection } from './exchange.ts';
export { requestError, requestFinish, requestStart, type RequestMessage } from './diagnostics.ts';
export { ResponseSender } from './response-sender.ts';
export { ServerContext } from './server-context.ts';
export { readRequestMeters, requestMeterBounds, type RequestMeasures } from './request-meter.ts';
export {
  openHandOnChannel,
  openListener,
  type HandOnChannel,
  type Listener,
  type ListenerOptions,
} from './listener.ts';
export {
  LOOPBACK_IPS,
  completeProxyOptions,
  engineProxyOptions,
  type ProxyOptions,
  type ProxyProtocol,
} from './proxy-options.ts';
export {
  Server,
  type CloseOptions,
  type ErrorContext,
  type ServerCounts,
  type ServerEvents,
} from './server.ts';
export {
  SERVER_OPTION_TYPES,
  completeServerOptions,
  type CompleteServerOptions,
  type Profile,
  type ServerOptions,
} from './server-options.ts';
export { SSLServer } from './ssl-server.ts';
export { TempSSLServer } from './temp-ssl-server.ts';
export type { InheritedSocket, ListenAddress } from './socket-address.ts';
export { EmbeddedServer, type AppBuilder, type EmbeddedExit } from './embedded-server.ts';
export { TempServer } from './temp-server.ts';
