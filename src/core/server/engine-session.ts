import { GudegError, HttpProtocolError } from '../errors.ts';
import { CLOSE_REASONS, type CloseReason, type EngineFault } from '../native/index.ts';
import type { Credentials, Session, SocketAddress } from '../rgi/index.ts';
import { TlsSession } from '../tls/index.ts';
import type { EngineRequest } from './engine-request.ts';
import type { Exchange, ExchangeServer } from './exchange.ts';

/** A server as its sessions know it. */
export interface SessionServer extends ExchangeServer {
  readonly exchange: Exchange;
  /** maxRequests 0 = no limit. */
  readonly options: { readonly maxRequests: number; readonly outputHighWaterBytes?: number };
  /** Where it listens, for apps to see. */
  readonly listensAt?: SocketAddress | null;
  onAppError(error: unknown, session: EngineSession | null, request: EngineRequest | null): void;
  onSessionClosed(session: EngineSession): void;
}

/** Has what comes of a connection that is a WebSocket. */
export interface MessageSink {
  /** Text comes as bytes, to `onText()`. Default false. */
  readonly wantsBytes?: boolean;
  /** Bytes come as a view of the arena, which is good until `onMessage()` returns. Default false. */
  readonly lends?: boolean;
  onText?(message: Buffer): void;
  onMessage(message: string | Buffer): void;
  /** A ping (9) or pong (10), where they are watched. */
  onControlFrame(opcode: number, data: Buffer): void;
  /** The peer's close frame, or its fault (0: none). */
  onEnd(code: number, reason: string, fault: number): void;
  onWritable(): void;
  /** The connection is gone. */
  onClosed(): void;
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** One connection of a server, as apps see it and as its running request uses it. */
export class EngineSession implements Session {
  readonly server: SessionServer;
  /** The engine's number of the connection, as long as it is open. */
  readonly slot: number;
  requests = 0;
  closed = false;
  message: string | null = null;
  /** Who gets the messages, once the connection is a WebSocket. */
  sink: MessageSink | null = null;
  /** The request that the app has and hasn't answered. */
  running: EngineRequest | null = null;
  #address: SocketAddress | undefined = undefined;
  #tls: TlsSession | null | undefined = undefined;
  #credentials: Credentials | null | undefined = undefined;
  #store: Record<string, unknown> | undefined = undefined;
  #closeReason: CloseReason | null = null;
  #reader: Waiter | null = null;
  #writer: Waiter | null = null;

  constructor(server: SessionServer, slot: number) {
    this.server = server;
    this.slot = slot;
  }

  get address(): SocketAddress {
    if (this.#address === undefined) {
      if (this.#closeReason !== null) return '';
      this.#address = this.#engine.peerAddress(this.slot) ?? '';
    }
    return this.#address;
  }

  get serverAddress(): SocketAddress | null {
    return this.server.listensAt ?? null;
  }

  get isConnected(): boolean {
    return this.#closeReason === null;
  }

  get credentials(): Credentials | null {
    if (this.#credentials === undefined) {
      if (this.#closeReason !== null) return null;
      this.#credentials = this.#engine.peerCredentials(this.slot);
    }
    return this.#credentials;
  }

  get tls(): TlsSession | null {
    if (this.#tls === undefined) {
      if (this.#closeReason !== null) return null;
      const info = this.#engine.tlsInfo(this.slot);
      this.#tls = info === null ? null : new TlsSession(info);
    }
    return this.#tls;
  }

  get maxRequests(): number {
    const { maxRequests } = this.server.options;
    return maxRequests === 0 ? Infinity : maxRequests;
  }

  get store(): Record<string, unknown> {
    if (this.#store === undefined) {
      this.#store = {};
      if (this.#closeReason === null) this.#engine.stayHere(this.slot);
    }
    return this.#store;
  }

  get #engine(): Exchange['engine'] {
    return this.server.exchange.engine;
  }

  /** The connection is gone; null while it is open. */
  get closeReason(): CloseReason | null {
    return this.#closeReason;
  }

  /** The error for whoever still uses the connection; null while it is open. */
  get closeError(): GudegError | null {
    if (this.#closeReason === null) return null;
    return new GudegError(
      'GUDEG_ERR_CONNECTION_CLOSED',
      `the connection of ${describeAddress(this.#address)} is closed (${this.#closeReason})`,
    );
  }

  /** Decides that the connection ends after the running response; the first reason stays. */
  closeAfterResponse(message: string): void {
    this.closed = true;
    this.message ??= message;
  }

  /** The engine has the whole answer to the running request. */
  requestOver(): void {
    this.running = null;
    this.requests++;
  }

  /** Resolves when more of the body can be read. */
  whenReadable(): Promise<void> {
    return this.#wait((waiter) => (this.#reader = waiter));
  }

  /** Resolves when output has drained, or a file was sent. */
  whenWritable(): Promise<void> {
    return this.#wait((waiter) => (this.#writer = waiter));
  }

  #wait(enqueue: (waiter: Waiter) => void): Promise<void> {
    const error = this.closeError;
    if (error !== null) return Promise.reject(error);
    return new Promise((resolve, reject) => {
      enqueue({ resolve, reject });
    });
  }

  // --- called by the exchange ---

  /** @internal */
  onReadable(): void {
    const reader = this.#reader;
    this.#reader = null;
    reader?.resolve();
  }

  /** @internal */
  onWritable(): void {
    this.sink?.onWritable();
    const writer = this.#writer;
    this.#writer = null;
    writer?.resolve();
  }

  /** @internal */
  onFileSent(errno: number): void {
    const writer = this.#writer;
    this.#writer = null;
    if (errno === 0) writer?.resolve();
    else {
      writer?.reject(
        new GudegError('GUDEG_ERR_FILE_SEND', `a file could not be sent (errno ${errno})`),
      );
    }
  }

  /** The peer stopped sending while its request runs; told where the server asked for it. @internal */
  onPeerEnded(_isInBody: boolean): void {
    // Its answer can be sent nevertheless.
  }

  /** @internal */
  onAnswerRefused(fault: EngineFault, text: string): void {
    const error = HttpProtocolError.fromFault(fault.name, text === '' ? undefined : text);
    this.server.onAppError(error, this, null);
  }

  /** @internal */
  onClosed(reason: number): void {
    this.closed = true;
    this.#closeReason = CLOSE_REASONS[reason] ?? 'done';
    const waiters = [this.#reader, this.#writer];
    this.#reader = this.#writer = null;
    const error = this.closeError;
    for (const waiter of waiters) if (error !== null) waiter?.reject(error);
    this.sink?.onClosed();
    this.server.onSessionClosed(this);
  }

  toString(): string {
    const address = describeAddress(this.address);
    return this.credentials === null ? address : `${address} (${this.credentials.join(', ')})`;
  }
}

export function describeAddress(address: SocketAddress | undefined): string {
  if (address === undefined || address === '') return 'a peer without a name';
  if (typeof address === 'string') return address;
  if (address instanceof Uint8Array) return JSON.stringify(Buffer.from(address).toString('latin1'));
  return `(${address.join(', ')})`;
}
