import * as http from 'node:http';
import * as net from 'node:net';
import { GudegError } from '../errors.ts';
import { completeProxyOptions, engineProxyOptions, type ProxyOptions } from '../server/index.ts';
import type { EngineOptions, HttpListener } from './http-listener.ts';
import { HttpSocket } from './http-socket.ts';
import { ListenHandle, listenOn } from './listen-handle.ts';
import { MessageBirth } from './message-birth.ts';

/** Node's options, and those of connections that come from proxies. */
export type HttpServerOptions = http.ServerOptions & ProxyOptions;

/** A server of node's that has the engine below it. */
export interface EngineServer extends http.Server {
  httpAllowHalfOpen: boolean;
  /** @internal */
  readonly backend: EngineBackend;
}

/** What differs between a server with TLS and one without. */
export interface BackendDuties {
  /** Makes what listens on one socket. */
  newListener(options: EngineOptions): HttpListener;
  /** Whether somebody wants to know of connections before their first request. */
  watchesConnections(): boolean;
}

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

/** @throws GUDEG_ERR_INVALID_OPTION for `insecureHTTPParser: true`, which the engine doesn't have */
export function refuseInsecureParser(given: http.ServerOptions): void {
  if (given.insecureHTTPParser !== true) return;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    'the option insecureHTTPParser must be false: the engine has no lenient mode; use node:http where clients need one',
  );
}

/** What a server of node's does through the engine: it listens there, and tells it its options. */
export class EngineBackend {
  readonly birth: MessageBirth;
  readonly joinsDuplicateHeaders: boolean;
  readonly #owner: EngineServer;
  readonly #duties: BackendDuties;
  readonly #maxHeadBytes: number;
  readonly #requiresHost: boolean;
  readonly #proxies: ReturnType<typeof engineProxyOptions>;
  /** More than one when it listens again while connections of before are still open. */
  readonly #listeners = new Set<HttpListener>();
  readonly #onDrained: (() => void)[] = [];

  /** @throws GUDEG_ERR_INVALID_OPTION */
  constructor(owner: EngineServer, given: HttpServerOptions, duties: BackendDuties) {
    this.#owner = owner;
    this.#duties = duties;
    this.joinsDuplicateHeaders = given.joinDuplicateHeaders === true;
    this.birth = new MessageBirth(given);
    this.#requiresHost = given.requireHostHeader !== false;
    this.#proxies = engineProxyOptions(completeProxyOptions(given));
    this.#maxHeadBytes = Math.min(given.maxHeaderSize ?? http.maxHeaderSize, MAX_HEAD_BYTES);
    this.#watchProperties();
  }

  /** The sockets that it listens on. */
  get listeners(): ReadonlySet<HttpListener> {
    return this.#listeners;
  }

  /**
   * Node's own code serves sockets that somebody else opened; those of the engine are served here.
   * @param event that tells of a connection, with node's own listener as its only one
   */
  leaveForeign(event: 'connection' | 'secureConnection'): void {
    const owner = this.#owner;
    const [serveForeign] = owner.listeners(event) as ((socket: net.Socket) => void)[];
    owner.removeAllListeners(event);
    owner.on(event, (socket: net.Socket | HttpSocket) => {
      if (!(socket instanceof HttpSocket)) serveForeign?.call(owner, socket);
    });
  }

  /** What `listen()` was given. In a worker of node:cluster each process listens itself, on a port that they share. */
  listenArguments(args: unknown[]): unknown[] {
    if (process.env['NODE_UNIQUE_ID'] === undefined) return args;
    const { _normalizeArgs: normalize } = net as unknown as {
      _normalizeArgs: (args: unknown[]) => [Record<string, unknown>, (() => void) | null];
    };
    const [options, callback] = normalize(args);
    return [{ ...options, exclusive: true }, callback ?? undefined];
  }

  /** The last step of `listen()`, which node:net calls `_listen2`. */
  open(
    address: string | null,
    port: number | null,
    addressType: number | null,
    backlog: number | undefined,
    fd: number | null | undefined,
    flags: number | undefined,
  ): void {
    const owner = this.#owner;
    const state = owner as unknown as NetServerState;
    const given = state._handle as { fd?: number } | null;
    const listener = this.#duties.newListener(this.#engineOptions());
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
      process.nextTick(() => owner.emit('error', failure));
      return;
    }
    this.#listeners.add(listener);
    state._handle = new ListenHandle(listener);
    // The engine counts connections; this one stands for all that it has.
    state._connections++;
    if (state._unref === true) owner.unref();
    process.nextTick(() => {
      if (owner.listening) owner.emit('listening');
    });
  }

  /** Connections of the engine, and those that others opened. */
  get connectionCount(): number {
    const { _connections: others } = this.#owner as unknown as NetServerState;
    const engines = [...this.#listeners].reduce((sum, each) => sum + each.connectionCount, 0);
    return others - this.#listeners.size + engines;
  }

  closeIdleConnections(): void {
    for (const each of this.#listeners) each.closeIdleConnections();
  }

  closeAllConnections(): void {
    for (const each of this.#listeners) each.closeAllConnections();
  }

  // --- for the worker: connections change processes (see Server.close() of the core) ---

  receiveConnections(fd: number): void {
    for (const each of this.#listeners) each.receiveFrom(fd);
  }

  handOn(fd: number): void {
    for (const each of this.#listeners) each.handOn(fd);
  }

  stopAccepting(): void {
    for (const each of this.#listeners) each.stopAccepting();
  }

  get engineIds(): number[] {
    return [...this.#listeners].map(({ id }) => id);
  }

  /** Resolves when nothing of the engine is open any more. */
  async whenDrained(): Promise<void> {
    if (this.#listeners.size === 0) return;
    await new Promise<void>((resolve) => this.#onDrained.push(resolve));
  }

  onListenerClosed(listener: HttpListener): void {
    if (!this.#listeners.delete(listener)) return;
    if (this.#listeners.size === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
    const state = this.#owner as unknown as NetServerState;
    state._connections--;
    state._emitCloseIfDrained();
  }

  #engineOptions(): EngineOptions {
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = this.#owner;
    return {
      maxStartLineBytes: this.#maxHeadBytes,
      maxHeadBytes: this.#maxHeadBytes,
      maxHeaderCount: this.#maxHeaderCount(),
      maxChunkLineBytes: MAX_CHUNK_LINE_BYTES,
      maxChunkBytes: 0x7fff_ffff,
      maxConnections: maxConnections > 0 ? maxConnections : UNLIMITED,
      // What node reads and drops of a body that nobody reads has no limit.
      maxDrainBytes: UNLIMITED,
      // A head is part of its request.
      headTimeoutMs: shorter(milliseconds(headersTimeout), milliseconds(requestTimeout)),
      keepAliveTimeoutMs: milliseconds(keepAliveTimeout),
      bodyTimeoutMs: milliseconds(requestTimeout),
      requestTimeoutMs: milliseconds(requestTimeout),
      writeTimeoutMs: 0,
      requiresHost: this.#requiresHost,
      ...this.#proxies,
      hasOnConnect: this.#duties.watchesConnections(),
    };
  }

  /** From Node 22 on, fields beyond `maxHeadersCount` are refused; before, they were dropped. */
  #maxHeaderCount(): number {
    const wanted = this.#owner.maxHeadersCount ?? 0;
    return REFUSES_HEADERS && wanted > 0 ? Math.min(wanted, MAX_HEADERS) : MAX_HEADERS;
  }

  /** Something that the engine has to know has changed. */
  tellOptions(): void {
    for (const each of this.#listeners) each.setOptions(this.#engineOptions());
  }

  /** What an application may set at any time, the engine has to know. */
  #watchProperties(): void {
    for (const name of WATCHED) {
      let value = (this.#owner as unknown as Record<string, unknown>)[name];
      Object.defineProperty(this.#owner, name, {
        configurable: true,
        enumerable: true,
        get: () => value,
        set: (given: unknown) => {
          value = given;
          this.tellOptions();
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
