import type { Api } from './api.ts';
import type { Request } from './request.ts';
import type { TlsSession } from '../tls/index.ts';
import type { Body, BodyIter, ChunkedBody, ChunkedBodyIter, Tunnel } from '../http/index.ts';

/** What renders itself, such as a `Range` or a `URL`. */
export interface Stringable {
  /** The field value. */
  toString(): string;
}

/** Anything that can stand as an outgoing field value; rendered with `String(value)`. An array gives one field line per item. */
export type ResponseHeaderValue =
  string | number | boolean | bigint | Stringable | readonly string[];

/** Outgoing fields by name, written in insertion order (sorted by name in the `degu` profile). */
export type ResponseHeaders = Record<string, ResponseHeaderValue>;

/** Everything an application may answer as a body. A string is sent as UTF-8; a `Tunnel` goes with 101, or 2xx to CONNECT. */
export type ResponseBody =
  null | string | Uint8Array | Body | ChunkedBody | BodyIter | ChunkedBodyIter | Tunnel;

/** What an application answers: status 100..599, reason phrase, header fields, body. */
export type Response = readonly [
  status: number,
  reason: string,
  headers: ResponseHeaders,
  body: ResponseBody,
];

/** An IPv4 or IPv6 peer or listener as Degu writes it, a socket file, or an abstract socket name (starts with NUL). */
export type SocketAddress =
  | readonly [host: string, port: number]
  | readonly [host: string, port: number, flowinfo: number, scopeId: number]
  | string
  | Uint8Array;

/** Process id, user id and group id of the peer of a unix socket (SO_PEERCRED). */
export type Credentials = readonly [pid: number, uid: number, gid: number];

/** What an application sees of one connection (Degu's `Session`). All attributes are read-only. */
export interface Session {
  /**
   * The peer's address, or that of the client which a proxy has announced (`proxyProtocol` of the server).
   * `''` for a unix peer without a name.
   */
  readonly address: SocketAddress;
  /** Where the server listens; null or absent where nobody knows, as in a test. */
  readonly serverAddress?: SocketAddress | null;
  /** Whether the peer is known to be there; absent where nobody knows. */
  readonly isConnected?: boolean;
  /** Who the peer of a unix socket is; null on TCP. */
  readonly credentials: Credentials | null;
  /** What TLS negotiated, and who the client is by its certificate; null on plain connections, absent where nobody knows. */
  readonly tls?: TlsSession | null;
  /** After so many requests the connection closes. */
  readonly maxRequests: number;
  /** Completed requests: 0 in `onConnect` and during the first request. */
  readonly requests: number;
  /** One object per connection for whatever the application wants to keep. */
  readonly store: Record<string, unknown>;
  /** True once the server decided to close after the running response. */
  readonly closed: boolean;
  /** Why: `'405 Method Not Allowed'`, `'max_requests'`, or null. */
  readonly message: string | null;
}

/** A request handler: answers directly, or by a promise (a green thread is one too). */
export interface App {
  (session: Session, request: Request, api: Api): Response | PromiseLike<Response>;
  /** Called once per connection before its first request; anything but exactly `true` rejects it. */
  onConnect?: ((session: Session) => boolean | PromiseLike<boolean>) | null;
}
