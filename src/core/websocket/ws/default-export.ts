import { createWebSocketStream } from './create-websocket-stream.ts';
import { WebSocketServer } from './websocket-server.ts';
import { WebSocket } from './websocket.ts';

/** What `import WebSocket from 'ws'` gives: the class, with the others as its members. */
export interface DefaultExport {
  new (...given: ConstructorParameters<typeof WebSocket>): WebSocket;
  readonly prototype: WebSocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  readonly Server: typeof WebSocketServer;
  readonly WebSocket: typeof WebSocket;
  readonly WebSocketServer: typeof WebSocketServer;
  /** A Duplex over a socket. */
  readonly createWebSocketStream: typeof createWebSocketStream;
}

/** As `DefaultExport` says. */
export const defaultExport: DefaultExport = Object.assign(WebSocket, {
  Server: WebSocketServer,
  WebSocket,
  WebSocketServer,
  createWebSocketStream,
});
