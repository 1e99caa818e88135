import * as http from 'node:http';
import * as net from 'node:net';
import { GudegError } from '../errors.ts';
import { completeProxyOptions, engineProxyOptions, type ProxyOptions } from '../server/index.ts';
import { HttpListener, type EngineOptions } from './http-listener.ts';
import { HttpSocket } from './http-socket.ts';
import { ListenHandle, listenOn } from './listen-handle.ts';
import { MessageBirth } from './message-birth.ts';

type RequestListener = http.RequestListener;

/** Node's options, and those of connections that come from proxies. */
export type HttpServerOptions = http.ServerOptions & ProxyOptions;
type Options = HttpServerOptions;

/** The engine's limit; node has none beyond the size of a head. */
const MAX_HEADERS = 1000;
const MAX_HEAD_BYTES = 65_535;
const MAX_CHUNK_LINE_BYTES = 16_384;
const UNLIMITED = 0xffff_ffff;
/** As node:net's. */
const DEFAULT_BACKLOG = 511;
const REFUSES_HEADERS = Number(process.versions.node.split('.', 1)[0]) >= 22;
/** UV_TCP_IPV6ONLY */
const IPV6_ONLY = 1;

const WATCHED = ['keepAliveTimeout', 'headersTimeout', 'requestTimeout', 'maxConnections'] as const;

/** What net.Server keeps, as far as it is used here. */
interface NetServerState {
  _handle: ListenHandle | null;
  _connections: number;
  /** `unref()` was called, perhaps before it listens. */
  _unref?: boolean;
  _emitCloseIfDrained(): void;
}

/**
 * `http.Server` on the native engine: its options, properties, methods and events are node's.
 *
 * Besides node's options it takes `proxyProtocol` and `proxyAllowIps`, as the `Server` of `gudeg` does.
 *
 * @throws GUDEG_ERR_INVALID_OPTION for `insecureHTTPParser: true`, which the engine doesn't have
 */
export class Server extends http.Server {
  /** Whether a client that stops sending still gets its response. Default false, as in node:http. */
  httpAllowHalfOpen = false;
  /** @internal */
  readonly joinsDuplicateHeaders: boolean;
  readonly #birth: MessageBirth;
  readonly #maxHeadBytes: number;
  readonly #requiresHost: boolean;
  readonly #proxies: ReturnType<typeof engineProxyOptions>;
  readonly #serveForeign: (socket: net.Socket) => void;
  /** More than one when it listens again while connections of before are still open. */
  readonly #listeners = new Set<HttpListener>();
  readonly #onDrained: (() => void)[] = [];

  constructor(options?: Options | RequestListener | null, listener?: RequestListener) {
    const given = typeof options === 'object' && options !== null ? options : {};
    if (given.insecureHTTPParser === true) {
      throw new GudegError(
        'GUDEG_ERR_INVALID_OPTION',
        'the option insecureHTTPParser must be false: the engine has no lenient mode; use node:http where clients need one',
      );
    }
    // What is no options object is refused by node's own constructor.
    super(options as Options, listener);
    this.joinsDuplicateHeaders = given.joinDuplicateHeaders === true;
    this.#birth = new MessageBirth(given);
    this.#requiresHost = given.requireHostHeader !== false;
    this.#proxies = engineProxyOptions(completeProxyOptions(given));
    this.#maxHeadBytes = Math.min(given.maxHeaderSize ?? http.maxHeaderSize, MAX_HEAD_BYTES);
    // Node's own code serves sockets that somebody else opened; those of the engine are served here.
    const [serveForeign] = this.listeners('connection') as ((socket: net.Socket) => void)[];
    this.#serveForeign = serveForeign as (socket: net.Socket) => void;
    this.removeAllListeners('connection');
    this.on('connection', (socket: net.Socket | HttpSocket) => {
      if (!(socket instanceof HttpSocket)) this.#serveForeign.call(this, socket);
    });
    this.on('newListener', (event) => {
      // It is among the listeners only after this.
      if (event === 'connection') process.nextTick(() => this.#tellOptions());
    });
    this.#watchProperties();
  }

  // --- listening: node:net reads the arguments, the engine opens the socket ---

  /** In a worker of node:cluster each process listens itself, on a port that they share. */
  override listen(...args: unknown[]): this {
    if (process.env['NODE_UNIQUE_ID'] === undefined) return super.listen(...(args as []));
    const { _normalizeArgs: normalize } = net as unknown as {
      _normalizeArgs: (args: unknown[]) => [Record<string, unknown>, (() => void) | null];
    };
    const [options, callback] = normalize(args);
    return super.listen({ ...options, exclusive: true }, callback ?? undefined);
  }

  /** Node's name for the last step of `listen()`. */
  _listen2(
    address: string | null,
    port: number | null,
    addressType: number | null,
    backlog: number | undefined,
    fd: number | null | undefined,
    flags: number | undefined,
  ): void {
    const state = this as unknown as NetServerState;
    const given = state._handle as { fd?: number } | null;
    const listener = new HttpListener(this, this.#birth, this.#engineOptions());
    const failure = listenOn(listener, {
      path: addressType === -1 && typeof port === 'number' && port < 0 ? address : null,
      host: address,
      port: port ?? 0,
      fd: given?.fd ?? fd ?? -1,
      // Node's own code gives 0 where nothing was asked for.
      backlog: backlog === undefined || backlog === 0 ? DEFAULT_BACKLOG : backlog,
      ipv6Only: ((flags ?? 0) & IPV6_ONLY) !== 0,
      reusePort: process.env['NODE_UNIQUE_ID'] !== undefined,
    });
    if (failure !== null) {
      state._handle = null;
      listener.close();
      process.nextTick(() => this.emit('error', failure));
      return;
    }
    this.#listeners.add(listener);
    state._handle = new ListenHandle(listener);
    // The engine counts connections; this one stands for all that it has.
    state._connections++;
    if (state._unref === true) this.unref();
    process.nextTick(() => {
      if (this.listening) this.emit('listening');
    });
  }

  override getConnections(callback: (error: Error | null, count: number) => void): this {
    const { _connections: others } = this as unknown as NetServerState;
    const engines = [...this.#listeners].reduce((sum, each) => sum + each.connectionCount, 0);
    process.nextTick(callback, null, others - this.#listeners.size + engines);
    return this;
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections();
    for (const each of this.#listeners) each.closeIdleConnections();
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const each of this.#listeners) each.closeAllConnections();
  }

  // --- for the worker: connections change processes (see Server.close() of the core) ---

  /** @internal */
  receiveConnections(fd: number): void {
    for (const each of this.#listeners) each.receiveFrom(fd);
  }

  /** @internal */
  handOn(fd: number): void {
    for (const each of this.#listeners) each.handOn(fd);
  }

  /** @internal */
  stopAccepting(): void {
    for (const each of this.#listeners) each.stopAccepting();
  }

  /** @internal */
  get engineIds(): number[] {
    return [...this.#listeners].map(({ id }) => id);
  }

  /** Resolves when nothing of the engine is open any more. @internal */
  async whenDrained(): Promise<void> {
    if (this.#listeners.size === 0) return;
    await new Promise<void>((resolve) => this.#onDrained.push(resolve));
  }

  /** @internal */
  onListenerClosed(listener: HttpListener): void {
    if (!this.#listeners.delete(listener)) return;
    if (this.#listeners.size === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
    const state = this as unknown as NetServerState;
    state._connections--;
    state._emitCloseIfDrained();
  }

  #engineOptions(): EngineOptions {
    const { headersTimeout, requestTimeout } = this;
    return {
      maxStartLineBytes: this.#maxHeadBytes,
      maxHeadBytes: this.#maxHeadBytes,
      maxHeaderCount: this.#maxHeaderCount(),
      maxChunkLineBytes: MAX_CHUNK_LINE_BYTES,
      maxChunkBytes: 0x7fff_ffff,
      maxConnections: this.maxConnections > 0 ? this.maxConnections : UNLIMITED,
      // What node reads and drops of a body that nobody reads has no limit.
      maxDrainBytes: UNLIMITED,
      // A head is part of its request.
      headTimeoutMs: shorter(milliseconds(headersTimeout), milliseconds(requestTimeout)),
      keepAliveTimeoutMs: milliseconds(this.keepAliveTimeout),
      bodyTimeoutMs: milliseconds(requestTimeout),
      requestTimeoutMs: milliseconds(requestTimeout),
      writeTimeoutMs: 0,
      requiresHost: this.#requiresHost,
      ...this.#proxies,
      // Somebody besides ourselves wants to know of connections.
      hasOnConnect: this.listenerCount('connection') > 1,
    };
  }

  /** From Node 22 on, fields beyond `maxHeadersCount` are refused; before, they were dropped. */
  #maxHeaderCount(): number {
    const wanted = this.maxHeadersCount ?? 0;
    return REFUSES_HEADERS && wanted > 0 ? Math.min(wanted, MAX_HEADERS) : MAX_HEADERS;
  }

  #tellOptions(): void {
    for (const each of this.#listeners) each.setOptions(this.#engineOptions());
  }

  /** What an application may set at any time, the engine has to know. */
  #watchProperties(): void {
    for (const name of WATCHED) {
      let value = (this as unknown as Record<string, unknown>)[name];
      Object.defineProperty(this, name, {
        configurable: true,
        enumerable: true,
        get: () => value,
        set: (given: unknown) => {
          value = given;
          this.#tellOptions();
        },
      });
    }
  }
}

/** Of two timeouts; 0 = none. */
function shorter(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}

/** Timers can't be longer; 0 = none. */
function milliseconds(given: number): number {
  return given > 0 ? Math.min(Math.ceil(given), 0x7fff_ffff) : 0;
}
