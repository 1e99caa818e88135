import { Duplex, type DuplexOptions } from 'node:stream';
import type { EngineSession } from '../server/index.ts';
import { SocketTimeout } from './socket-timeout.ts';

type EndPoint = readonly [host: string, port: number, ...rest: number[]];

/** Where a connection has an end, in the shape of `socket.address()`. */
export interface SocketEnd {
  address: string;
  family: 'IPv4' | 'IPv6';
  port: number;
}

/** What node:net's sockets tell of a connection, and take for it, on a connection of the engine. */
export abstract class NetLikeSocket extends Duplex {
  readonly connecting: boolean = false;
  readonly pending: boolean = false;
  readonly #session: EngineSession;
  readonly #timeout: SocketTimeout = new SocketTimeout(this);
  #local: SocketEnd | undefined;

  constructor(session: EngineSession, options: DuplexOptions) {
    super(options);
    this.#session = session;
  }

  get remoteAddress(): string | undefined {
    return endOf(this.#session.address)?.address;
  }

  /** Keeps the peer's address, which the engine forgets with the connection. */
  rememberPeer(): boolean {
    return this.remoteAddress !== undefined;
  }

  get remotePort(): number | undefined {
    return endOf(this.#session.address)?.port;
  }

  get remoteFamily(): 'IPv4' | 'IPv6' | undefined {
    return endOf(this.#session.address)?.family;
  }

  /** Our end of the connection; without properties for a unix socket. */
  address(): SocketEnd | Record<string, never> {
    if (this.#local === undefined && this.#session.closeReason === null) {
      const { engine } = this.#session.server.exchange;
      this.#local = endOf(engine.localAddress(this.#session.slot));
    }
    return this.#local ?? {};
  }

  get localAddress(): string | undefined {
    return this.address().address;
  }

  get localPort(): number | undefined {
    return this.address().port;
  }

  get localFamily(): 'IPv4' | 'IPv6' | undefined {
    return this.address().family;
  }

  get readyState(): 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get timeout(): number | undefined {
    return this.#timeout.ms === 0 ? undefined : this.#timeout.ms;
  }

  /** Emits `timeout` when nothing moved for so long; 0 = never. */
  setTimeout(ms: number, callback?: () => void): this {
    if (callback !== undefined) {
      if (ms === 0) this.removeListener('timeout', callback);
      else this.once('timeout', callback);
    }
    this.#timeout.set(ms);
    return this;
  }

  onTimeout(): void {
    this.emit('timeout');
  }

  /** Something moved. */
  protected refreshTimeout(): void {
    this.#timeout.refresh();
  }

  protected clearTimeout(): void {
    this.#timeout.clear();
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** The peer sees a reset. */
  abstract resetAndDestroy(): this;

  /** The engine never delays small packets. */
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** Connections keep the process alive; the server's `unref()` lets it end. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** Undefined for a unix socket, and where the engine knows no address any more. */
function endOf(address: unknown): SocketEnd | undefined {
  if (!Array.isArray(address)) return undefined;
  const [host, port] = address as unknown as EndPoint;
  return { address: host, family: address.length > 2 ? 'IPv6' : 'IPv4', port };
}
