import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GudegError, describeValue, invalidArgType } from '../errors.ts';

/** Both directions of a connection that no longer speaks HTTP, one byte after the other. */
export interface TunnelStream extends AsyncIterable<Uint8Array> {
  /**
   * The next bytes, as they come; none at the end of the peer's side. One read at a time.
   * @param maxBytes default 65536
   * @throws GUDEG_ERR_CONNECTION_CLOSED, GUDEG_ERR_OUT_OF_RANGE
   */
  read(maxBytes?: number): Promise<Uint8Array>;
  /**
   * Sends bytes, or text as UTF-8; resolves when more may be written.
   * @throws GUDEG_ERR_CONNECTION_CLOSED when the connection or our side of it is closed
   */
  write(data: Uint8Array | string): Promise<void>;
  /** Nothing more will be written: the peer reads an end when it has everything. Reading goes on. */
  end(): void;
  /** Closes both sides at once. */
  destroy(): void;
}

/** Has the connection until it returns, or its promise resolves. */
export type TunnelHandler = (stream: TunnelStream) => void | PromiseLike<void>;

/** Options of `Tunnel`. */
export interface TunnelOptions {
  /** The connection closes when no byte went either way for so long, in ms; 0 = no limit. Default 0. */
  idleTimeoutMs?: number;
}

const MAX_MS = 0x7fff_ffff;

/**
 * What an app answers as the body of 101 (RFC 9110 section 7.8), or of 2xx to CONNECT (section
 * 9.3.6): behind the head the connection is a stream of bytes, which `handler` gets. When it is done,
 * the connection is closed in order; when it fails, at once, and the server emits `error`.
 *
 * @example
 * const echo = async (stream) => { for await (const bytes of stream) await stream.write(bytes); };
 * return [101, 'Switching Protocols', { upgrade: 'echo' }, new api.Tunnel(echo)];
 */
export class Tunnel {
  /** As given. */
  readonly handler: TunnelHandler;
  /** As given, in ms. */
  readonly idleTimeoutMs: number;

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE (handler), GUDEG_ERR_INVALID_OPTION (idleTimeoutMs) */
  constructor(handler: TunnelHandler, options: TunnelOptions = {}) {
    if (typeof handler !== 'function') throw invalidArgType('handler', 'a function', handler);
    const { idleTimeoutMs = 0 } = options;
    if (!Number.isInteger(idleTimeoutMs) || idleTimeoutMs < 0 || idleTimeoutMs > MAX_MS) {
      throw new GudegError(
        'GUDEG_ERR_INVALID_OPTION',
        `the option idleTimeoutMs must be an integer in 0..${MAX_MS}; got ${describeValue(idleTimeoutMs)}`,
      );
    }
    this.handler = handler;
    this.idleTimeoutMs = idleTimeoutMs;
  }

  /** Runs the handler: for servers. Rejects with what it throws. */
  async open(stream: TunnelStream): Promise<void> {
    await this.handler(stream);
  }
}

/** A tunnel that can be opened on a socket which node:http has let go, and sends its 101 itself. */
export interface SocketTunnel extends Tunnel {
  /** Called while the request can still be answered otherwise. @throws what is missing to open it */
  checkSocket(): void;
  /**
   * Answers the request and has the socket until it is done. Rejects with what the handler throws.
   * @param fields what goes with the 101
   */
  openSocket(
    request: IncomingMessage,
    socket: Duplex,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** The server closes: ends the tunnel in order. */
  goAway(): void;
}

/** Whether a body can be opened on a socket of node:http. */
export function isSocketTunnel(body: unknown): body is SocketTunnel {
  return body instanceof Tunnel && typeof (body as Partial<SocketTunnel>).openSocket === 'function';
}
