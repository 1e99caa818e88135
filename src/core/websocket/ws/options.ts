import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, Server } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { ListenOptions } from 'node:net';
import type { WebSocket } from './websocket.ts';

/** Compression, as the package `ws` has it. */
export interface PerMessageDeflateOptions {
  /** Default: the context is kept from message to message, where the peer agrees. */
  serverNoContextTakeover?: boolean | undefined;
  /** As `serverNoContextTakeover`, for what the client sends. */
  clientNoContextTakeover?: boolean | undefined;
  /** 8..15. */
  serverMaxWindowBits?: number | undefined;
  /** 8..15. A client says that it takes a limit with true. */
  clientMaxWindowBits?: number | boolean | undefined;
  /** `level` and `memLevel` count. */
  zlibDeflateOptions?: { level?: number | undefined; memLevel?: number | undefined } | undefined;
  /** Not needed: a smaller window is read by a larger one. */
  zlibInflateOptions?: object | undefined;
  /** Shorter messages go as they are, in bytes. Default 1024. */
  threshold?: number | undefined;
  /** Not needed: compressing does not wait. */
  concurrencyLimit?: number | undefined;
}

/** What clients and servers have in common. */
export interface SocketOptions {
  /** Bytes of a message, also after inflating; 0: no limit. Default 104857600. */
  maxPayload?: number | undefined;
  /** Frames of a message; 0: no limit. Default 16384 in servers, 131072 in clients. */
  maxFragments?: number | undefined;
  /** Taken and not needed: what comes is not kept in pieces. */
  maxBufferedChunks?: number | undefined;
  /** How long the closing handshake may take, in ms. Default 30000. */
  closeTimeout?: number | undefined;
  /** Whether pings are answered. Default true. */
  autoPong?: boolean | undefined;
  /** Taken and not needed: events are synchronous. */
  allowSynchronousEvents?: boolean | undefined;
  /** Taken and not needed: UTF-8 is always checked. */
  skipUTF8Validation?: boolean | undefined;
}

/** Options of `new WebSocket(address, protocols, options)`; those of `https.request()` hold too. */
export interface ClientOptions extends SocketOptions, Omit<RequestOptions, 'headers'> {
  /** Default true. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  headers?: OutgoingHttpHeaders | undefined;
  origin?: string | undefined;
  /** 8 or 13. Default 13. */
  protocolVersion?: number | undefined;
  /** Default false. */
  followRedirects?: boolean | undefined;
  /** Default 10. */
  maxRedirects?: number | undefined;
  /** In ms. Default none. */
  handshakeTimeout?: number | undefined;
  /** Must call `request.end()`. */
  finishRequest?: ((request: ClientRequest, websocket: WebSocket) => void) | undefined;
}

/** What `verifyClient` gets of a request. */
export interface VerifyClientInfo {
  origin: string;
  secure: boolean;
  req: IncomingMessage;
}

/** Says whether a client may connect; with two parameters, through the callback. */
export type VerifyClient =
  | ((info: VerifyClientInfo) => boolean)
  | ((
      info: VerifyClientInfo,
      done: (
        isWelcome: boolean,
        code?: number,
        message?: string,
        headers?: OutgoingHttpHeaders,
      ) => void,
    ) => void);

/** Options of `new WebSocketServer(options)`: one of `port`, `server` and `noServer` must be there. */
export interface ServerOptions extends SocketOptions {
  /** Default false. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  port?: number | null | undefined;
  host?: ListenOptions['host'] | null;
  backlog?: number | null | undefined;
  /** Upgrades of this server are taken; one of `gudeg/node-http` makes frames natively. */
  server?: Server | null | undefined;
  noServer?: boolean | undefined;
  /** Others are answered with 400. */
  path?: string | null | undefined;
  verifyClient?: VerifyClient | null | undefined;
  /** Chooses a sub-protocol; default the first. False: none. */
  handleProtocols?:
    ((protocols: Set<string>, request: IncomingMessage) => string | false) | null | undefined;
  /** Whether `clients` is kept. Default true. */
  clientTracking?: boolean | undefined;
  /** A class that is made instead of `WebSocket`. */
  WebSocket?: typeof WebSocket | undefined;
}
