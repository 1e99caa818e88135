import { EventEmitter } from 'node:events';
import { GudegError, describeValue, invalidArgType, type HttpProtocolError } from '../errors.ts';
import type { Engine } from '../native/index.ts';
import type { App, Request, Session, SocketAddress } from '../rgi/index.ts';
import { ServerTls, completeServerTls, type TlsServerOptions } from '../tls/index.ts';
import { AppListener } from './app-listener.ts';
import {
  completeServerOptions,
  type CompleteServerOptions,
  type ServerOptions,
} from './server-options.ts';
import { checkListenAddress, type ListenAddress } from './socket-address.ts';
import { systemError } from './system-error.ts';

/** What an `error` event tells besides the error; nulls where no request is concerned. */
export interface ErrorContext {
  readonly session: Session | null;
  readonly request: Request | null;
}

/** Events of a `Server`, with their arguments. */
export interface ServerEvents {
  /** It accepts connections. */
  listening: [];
  /** An app threw, rejected or answered something that can't be sent. Without a listener it goes to stderr. */
  error: [error: unknown, context: ErrorContext];
  /** A client broke the protocol and was refused. */
  protocolError: [error: HttpProtocolError, session: Session | null];
  /** A handshake failed: the error says what to change, on which side. */
  tlsError: [error: GudegError, address: SocketAddress | null];
  /** Accepting pauses for 100 ms because the process is out of descriptors or memory (a system error), or a connection too many came. */
  overload: [error: Error];
  /** Everything is closed. */
  close: [];
}

/** Options of `Server.close()`. */
export interface CloseOptions {
  /** How long running requests may take, in ms; then their connections are cut. Default Infinity. */
  graceMs?: number;
  /**
   * How long connections that wait for a request may still bring one, in ms; it is answered with
   * `connection: close`. Default 0: they are closed at once, and a request that is on its way is lost.
   */
  idleMs?: number;
  /**
   * The sending end of a `HandOnChannel`. Connections without a running request are not closed but live on
   * in the process that receives from the channel, and their clients notice nothing; those whose app has
   * used `session.store` are closed, and so are all where the app has `onConnect`.
   */
  handOnFd?: number;
}

/** What a server has done since it was made. */
export interface ServerCounts {
  /** Connections accepted, those that other processes handed on included. */
  readonly accepted: number;
  /** Requests that the app has and hasn't answered. */
  readonly running: number;
  /** Answers by the first digit of their status; index 0 is unused. */
  readonly answers: readonly number[];
}

/** How often a channel that was full is tried again. */
const HAND_ON_RETRY_MS = 10;

type State = 'new' | 'starting' | 'listening' | 'closing' | 'closed';

/**
 * Serves an RGI app on one address (Degu's `Server`).
 *
 * @example
 * const server = new Server(['127.0.0.1', 0], () => [200, 'OK', {}, 'hello, world']);
 * await server.listen();
 * console.log(server.address);
 */
export class Server extends EventEmitter<ServerEvents> {
  /** The request handler, as given. */
  readonly app: App;
  readonly options: CompleteServerOptions;
  readonly #listenAddress: ListenAddress;
  readonly #listener: AppListener;
  #tls: ServerTls | null;
  #state: State = 'new';
  #address: SocketAddress | null = null;
  #closing: Promise<void> | null = null;

  /**
   * @throws GUDEG_ERR_INVALID_ADDRESS, GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ARG_TYPE (app),
   *   GUDEG_ERR_NATIVE_UNAVAILABLE; with `tls` also GUDEG_ERR_TLS_FILE, GUDEG_ERR_TLS_CERTIFICATE,
   *   GUDEG_ERR_TLS_KEY, GUDEG_ERR_TLS_KEY_MISMATCH, GUDEG_ERR_TLS_UNAVAILABLE
   */
  constructor(address: ListenAddress, app: App, options: ServerOptions = {}) {
    super();
    checkListenAddress(address);
    if (typeof app !== 'function') throw invalidArgType('app', 'a function', app);
    const onConnect = app.onConnect ?? null;
    if (onConnect !== null && typeof onConnect !== 'function') {
      throw invalidArgType('app.onConnect', 'a function', onConnect);
    }
    this.app = app;
    const { tls, ...plain } = options;
    this.options = completeServerOptions(plain);
    this.#tls = tls === undefined ? null : new ServerTls(completeServerTls(tls));
    this.#listenAddress = address;
    this.#listener = new AppListener(this, address, this.#tls);
  }

  /** The address really listened on, with the port or abstract name that the kernel chose; before `listen()`, null. */
  get address(): SocketAddress | null {
    return this.#address;
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#engine.connectionCount(this.#listener.id);
  }

  /** What it has done since it was made; null once it is closed. */
  get counts(): ServerCounts | null {
    const counts = this.#engine.serverCounts(this.#listener.id);
    if (counts === null || this.#state === 'closed') return null;
    const [accepted, running, ...answers] = counts;
    return { accepted, running, answers: [0, ...answers] };
  }

  /** Whether its connections are TLS. */
  get isTls(): boolean {
    return this.#tls !== null;
  }

  /** Whether it accepts connections. */
  get isListening(): boolean {
    return this.#state === 'listening';
  }

  /**
   * Binds and listens.
   * @throws a system error such as EADDRINUSE or EACCES; GUDEG_ERR_SERVER_STATE when it was called before
   */
  async listen(): Promise<this> {
    if (this.#state !== 'new') {
      throw new GudegError(
        'GUDEG_ERR_SERVER_STATE',
        `listen() was called on a server that is ${this.#state}; make a new Server`,
      );
    }
    this.#state = 'starting';
    try {
      await this.#listener.bind(() => this.#isStarting());
    } catch (error) {
      if (this.#isStarting()) this.#state = 'new';
      throw error;
    }
    this.#state = 'listening';
    this.#address = this.#engine.serverAddress(this.#listener.id);
    this.emit('listening');
    return this;
  }

  /** The state may change while something is awaited. */
  #isStarting(): boolean {
    return this.#state === 'starting';
  }

  /** Listens, and resolves when the server is closed. */
  async serveForever(): Promise<void> {
    if (this.#state === 'new') await this.listen();
    if (this.#state !== 'closed') await this.#untilClosed();
  }

  // Not events.once(): it would take every `error` event for its own.
  #untilClosed(): Promise<void> {
    return new Promise((resolve) => {
      this.once('close', resolve);
    });
  }

  /**
   * Stops accepting, closes idle connections, lets running requests end with `connection: close`, and
   * after `graceMs` cuts what is left. Resolves when everything is closed; may be called again.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const { graceMs = Infinity, idleMs = 0, handOnFd } = options;
    checkMs('graceMs', graceMs);
    checkMs('idleMs', idleMs);
    if (this.#state === 'closed') return Promise.resolve();
    const engine = this.#engine;
    if (this.#closing === null) {
      this.#state = 'closing';
      this.#closing = this.#untilClosed();
      if (handOnFd !== undefined && typeof this.app.onConnect !== 'function') {
        this.#handOn(handOnFd, idleMs);
      } else {
        engine.closeServer(this.#listener.id, idleMs > 0);
        if (idleMs > 0) this.#closeIdleAfter(idleMs);
      }
    }
    if (graceMs === 0) engine.closeAllConnections(this.#listener.id, true);
    else if (graceMs !== Infinity) {
      const timer = setTimeout(() => {
        engine.closeAllConnections(this.#listener.id, true);
      }, graceMs);
      this.once('close', () => {
        clearTimeout(timer);
      });
    }
    return this.#closing;
  }

  #handOn(fd: number, idleMs: number): void {
    const engine = this.#engine;
    engine.handOn(this.#listener.id, fd);
    this.#closeIdleAfter(idleMs);
    const timer = setInterval(() => {
      engine.handOn(this.#listener.id, fd);
    }, HAND_ON_RETRY_MS);
    this.once('close', () => {
      clearInterval(timer);
    });
  }

  #closeIdleAfter(idleMs: number): void {
    const timer = setTimeout(() => {
      this.closeIdleConnections();
    }, idleMs);
    this.once('close', () => {
      clearTimeout(timer);
    });
  }

  /**
   * Also serves the connections that come through a `HandOnChannel`.
   * @param fd the receiving end; the server closes it
   * @throws a system error
   */
  receiveConnections(fd: number): void {
    const status = this.#engine.receiveFrom(this.#listener.id, fd);
    if (status < 0) throw systemError(status, 'receive connections', { fd });
  }

  /**
   * Takes other certificates, keys, CAs and rules of TLS for connections from now on; those that are
   * open keep theirs, and sessions can still be resumed where the CAs stay the same.
   * @throws GUDEG_ERR_SERVER_STATE for a server without `tls`; else as the constructor: then nothing changes
   */
  setSecureContext(tls: TlsServerOptions): void {
    if (this.#tls === null) {
      throw new GudegError(
        'GUDEG_ERR_SERVER_STATE',
        'setSecureContext() was called on a server without TLS; make it with the option tls',
      );
    }
    this.#tls = new ServerTls(completeServerTls(tls), this.#tls);
    this.#engine.setServerTls(this.#listener.id, this.#tls.handle);
  }

  /** Closes connections that wait for a request. */
  closeIdleConnections(): void {
    this.#engine.closeIdleConnections(this.#listener.id);
  }

  /** Cuts all connections, also in the middle of an answer. */
  closeAllConnections(): void {
    this.#engine.closeAllConnections(this.#listener.id, true);
  }

  /** Lets the process live as long as the server listens (the default). */
  ref(): this {
    this.#engine.refServer(this.#listener.id, true);
    return this;
  }

  /** Lets the process end although the server listens. */
  unref(): this {
    this.#engine.refServer(this.#listener.id, false);
    return this;
  }

  /** `close()` without a limit of time. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  override toString(): string {
    return `Server(${describeValue(this.#address ?? this.#listenAddress)})`;
  }

  /** @internal */
  get engineId(): number {
    return this.#listener.id;
  }

  get #engine(): Engine {
    return this.#listener.exchange.engine;
  }

  /** @internal */
  onListenerClosed(): void {
    this.#state = 'closed';
    this.emit('close');
  }
}

function checkMs(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0) return;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `the option ${name} must be a number >= 0; got ${describeValue(value)}`,
  );
}
