import { inspect } from 'node:util';
import { ClientError } from '../errors.ts';
import {
  CLIENT_CLOSE_REASONS,
  type EngineClientOptions,
  type TlsFailure,
} from '../native/index.ts';
import type { SocketAddress } from '../rgi/index.ts';
import type { EngineTarget } from './client-address.ts';
import { ClientExchange, type ConnectionEvents } from './client-exchange.ts';
import { closeError, type CloseCause } from './close-error.ts';

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** What reads the heads that the engine leaves, while they are there. */
export interface HeadReceiver {
  onResponse(record: number): void;
  onInterim(record: number): void;
  /** The connection ended, for whatever reason. */
  onClosed(): void;
}

/** One connection as the engine knows it: its slot, who waits for it, and its end. */
export class ClientChannel implements ConnectionEvents {
  readonly exchange: ClientExchange;
  readonly peer: string;
  receiver: HeadReceiver | null = null;
  #slot = -1;
  #closed: CloseCause | null = null;
  /** What `close` was called with, for those who still wait. */
  #abortReason: unknown = undefined;
  #connecting: Waiter<void> | null = null;
  #reader: Waiter<void> | null = null;
  #writer: Waiter<void> | null = null;

  private constructor(exchange: ClientExchange, peer: string) {
    this.exchange = exchange;
    this.peer = peer;
  }

  /**
   * Connects.
   * @throws GUDEG_ERR_CLIENT_CONNECT, GUDEG_ERR_CLIENT_CONNECT_TIMEOUT, the reason of the signal
   */
  static async open(
    address: SocketAddress,
    target: EngineTarget,
    options: EngineClientOptions,
    signal: AbortSignal | undefined,
  ): Promise<ClientChannel> {
    signal?.throwIfAborted();
    const channel = new ClientChannel(ClientExchange.get(), describeAddress(address));
    const slot = channel.exchange.connect(target, options, channel);
    if (slot < 0) {
      channel.#closed = { reason: 'connect-failed', detail: -slot, responseBegan: false };
      throw channel.closeError(false);
    }
    channel.#slot = slot;
    const abort = (): void => {
      channel.close(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        channel.#connecting = { resolve, reject };
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
    return channel;
  }

  /** The engine's number of the connection; -1 when it is gone. */
  get slot(): number {
    return this.#slot;
  }

  get isClosed(): boolean {
    return this.#slot < 0;
  }

  /** The error for whoever uses the closed connection. */
  closeError(isPending: boolean): ClientError {
    const cause = this.#closed ?? { reason: 'aborted', detail: 0, responseBegan: false };
    return closeError(cause, isPending, this.exchange.engine.faults, this.peer);
  }

  /** The same, or the reason that `close` was given. */
  endReason(isPending: boolean): Error {
    return (this.#abortReason as Error | undefined) ?? this.closeError(isPending);
  }

  /** Learns at once that the engine has closed the connection, where its event is still to come. */
  notice(): void {
    if (this.#slot >= 0 && !this.exchange.engine.isOpen(this.#slot)) this.#slot = -1;
  }

  /** Cuts the connection off; whoever waits for it gets the reason, or an error of its own. */
  close(reason?: unknown): void {
    if (this.#slot < 0) return;
    this.#abortReason = reason;
    const slot = this.#slot;
    this.#slot = -1;
    this.exchange.engine.close(slot);
    this.#end({ reason: 'aborted', detail: 0, responseBegan: false });
  }

  /** Resolves when more of a response's body can be read. */
  whenReadable(): Promise<void> {
    return this.#wait((waiter) => (this.#reader = waiter));
  }

  /** Resolves when output has drained. */
  whenWritable(): Promise<void> {
    return this.#wait((waiter) => (this.#writer = waiter));
  }

  #wait(enqueue: (waiter: Waiter<void>) => void): Promise<void> {
    if (this.#slot < 0) return Promise.reject(this.endReason(true));
    return new Promise((resolve, reject) => {
      enqueue({ resolve, reject });
    });
  }

  // --- called by the exchange ---

  onConnected(): void {
    this.#connecting?.resolve();
    this.#connecting = null;
  }

  onResponse(record: number): void {
    this.receiver?.onResponse(record);
  }

  onInterim(record: number): void {
    this.receiver?.onInterim(record);
  }

  onReadable(): void {
    const reader = this.#reader;
    this.#reader = null;
    reader?.resolve();
  }

  onWritable(): void {
    const writer = this.#writer;
    this.#writer = null;
    writer?.resolve();
  }

  onClosed(reason: number, detail: number, responseBegan: boolean, tls: TlsFailure): void {
    if (this.#closed !== null) return;
    this.#slot = -1;
    this.#end({ reason: CLIENT_CLOSE_REASONS[reason] ?? 'done', detail, responseBegan, tls });
  }

  #end(cause: CloseCause): void {
    this.#closed = cause;
    const waiters = [this.#connecting, this.#reader, this.#writer];
    this.#connecting = this.#reader = this.#writer = null;
    for (const waiter of waiters) waiter?.reject(this.endReason(true));
    this.receiver?.onClosed();
  }
}

export function describeAddress(address: SocketAddress): string {
  if (typeof address === 'string') return address;
  if (address instanceof Uint8Array) return inspect(Buffer.from(address).toString('latin1'));
  return address[0].includes(':') ? `[${address[0]}]:${address[1]}` : `${address[0]}:${address[1]}`;
}
