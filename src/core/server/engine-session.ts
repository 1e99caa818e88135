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

/** What few sessions have: connections are many, and mostly idle. */
class SessionDetails {
  address: SocketAddress | undefined = undefined;
  tls: TlsSession | null | undefined = undefined;
  credentials: Credentials | null | undefined = undefined;
  store: Record<string, unknown> | undefined = undefined;
  reader: Waiter | null = null;
  writer: Waiter | null = null;
}

/** One connection of a server, as apps see it and as its running request uses it. */
export class EngineSession implements Session {
  readonly server: SessionServer;
  /** The engine's number of the connection, as long as it is open. */
  readonly slot: number;
  requests = 0;
  message: string | null = null;
  /** Who gets the messages, once the connection is a WebSocket. */
  sink: MessageSink | null = null;
  /** The request that the app has and hasn't answered. */
  running: EngineRequest | null = null;
  #closeReason: CloseReason | null = null;
  #details: SessionDetails | null = null;

  constructor(server: SessionServer, slot: number) {
    this.server = server;
    this.slot = slot;
  }

  /** The connection ends after the running response, or has ended. */
  get closed(): boolean {
    return this.message !== null || this.#closeReason !== null;
  }

  get address(): SocketAddress {
    const known = this.#details?.address;
    if (known !== undefined) return known;
    if (this.#closeReason !== null) return '';
    return (this.#openDetails().address = this.#engine.peerAddress(this.slot) ?? '');
  }

  get serverAddress(): SocketAddress | null {
    return this.server.listensAt ?? null;
  }

  get isConnected(): boolean {
    return this.#closeReason === null;
  }

  get credentials(): Credentials | null {
    const known = this.#details?.credentials;
    if (known !== undefined) return known;
    if (this.#closeReason !== null) return null;
    return (this.#openDetails().credentials = this.#engine.peerCredentials(this.slot));
  }

  get tls(): TlsSession | null {
    const known = this.#details?.tls;
    if (known !== undefined) return known;
    if (this.#closeReason !== null) return null;
    const info = this.#engine.tlsInfo(this.slot);
    return (this.#openDetails().tls = info === null ? null : new TlsSession(info));
  }

  get maxRequests(): number {
    const { maxRequests } = this.server.options;
    return maxRequests === 0 ? Infinity : maxRequests;
  }

  get store(): Record<string, unknown> {
    const details = this.#openDetails();
    if (details.store === undefined) {
      details.store = {};
      if (this.#closeReason === null) this.#engine.stayHere(this.slot);
    }
    return details.store;
  }

  get #engine(): Exchange['engine'] {
    return this.server.exchange.engine;
  }

  #openDetails(): SessionDetails {
    return (this.#details ??= new SessionDetails());
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
      `the connection of ${describeAddress(this.#details?.address)} is closed (${this.#closeReason})`,
    );
  }

  /** Decides that the connection ends after the running response; the first reason stays. */
  closeAfterResponse(message: string): void {
    this.message ??= message;
  }

  /** The engine has the whole answer to the running request. */
  requestOver(): void {
    this.running = null;
    this.requests++;
  }

  /** Resolves when more of the body can be read. */
  whenReadable(): Promise<void> {
    return this.#wait('reader');
  }

  /** Resolves when output has drained, or a file was sent. */
  whenWritable(): Promise<void> {
    return this.#wait('writer');
  }

  #wait(as: 'reader' | 'writer'): Promise<void> {
    const error = this.closeError;
    if (error !== null) return Promise.reject(error);
    return new Promise((resolve, reject) => {
      this.#openDetails()[as] = { resolve, reject };
    });
  }

  #takeWaiter(as: 'reader' | 'writer'): Waiter | null {
    const details = this.#details;
    const waiter = details?.[as] ?? null;
    if (details !== null) details[as] = null;
    return waiter;
  }

  // --- called by the exchange ---

  /** @internal */
  onReadable(): void {
    this.#takeWaiter('reader')?.resolve();
  }

  /** @internal */
  onWritable(): void {
    this.sink?.onWritable();
    this.#takeWaiter('writer')?.resolve();
  }

  /** @internal */
  onFileSent(errno: number): void {
    const writer = this.#takeWaiter('writer');
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
    this.#closeReason = CLOSE_REASONS[reason] ?? 'done';
    const waiters = [this.#takeWaiter('reader'), this.#takeWaiter('writer')];
    for (const waiter of waiters) if (waiter != null) waiter.reject(this.closeError as GudegError);
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
