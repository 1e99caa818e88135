/**
 * The interface of the package `ws`, on the engine's frames: existing code changes its import.
 *
 * @packageDocumentation
 */
export { createWebSocketStream, type WebSocketStreamOptions } from './create-websocket-stream.ts';
export { defaultExport as default, type DefaultExport } from './default-export.ts';
export type {
  ClientOptions,
  PerMessageDeflateOptions,
  ServerOptions,
  VerifyClient,
  VerifyClientInfo,
} from './options.ts';
export type { CloseEvent, ErrorEvent, MessageEvent, OpenEvent } from './event-target.ts';
export {
  WebSocket,
  type BinaryType,
  type RawData,
  type SendData,
  type SendOptions,
} from './websocket.ts';
export { WebSocketServer } from './websocket-server.ts';
