/**
 * WebSocket: handlers as plain functions, on the engine or on streams.
 *
 * @packageDocumentation
 */
export { CloseCode } from './close-code.ts';
export { asksForWebSocket, type OriginChecker } from './handshake.ts';
export { checkNodeHost } from './ws-package.ts';
export type { Message } from '../http/index.ts';
export {
  WebSocketGateway,
  type WebSocketGatewayFunction,
  type WebSocketGatewayOptions,
} from './websocket-gateway.ts';
export { WebSocketClient, type WebSocketClientOptions } from './websocket-client.ts';
export { WebSocketGroup, type GroupSendOptions } from './websocket-group.ts';
export type { DeflateOptions, WebSocketOptions } from './websocket-options.ts';
export type { WebSocketHandler } from './run-handler.ts';
export type { WebSocketEnviron, WebSocketHead } from './upgrade-head.ts';
export { WebSocket } from './websocket.ts';
export type { ControlListener, EachOptions, SendOptions, WebSocketEnd } from './websocket-facts.ts';
