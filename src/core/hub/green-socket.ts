import type { Socket } from 'node:net';
import { GudegError, invalidArgType } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
} from './blocking-call.ts';
import { checkCount } from './semaphore.ts';
import { type GreenAddress, fromNetAddress } from './socket-address.ts';
import { type Reading, SocketReader } from './socket-reader.ts';
import { expiredTimeout } from './timeout.ts';
import { WaitQueue } from './wait-queue.ts';

const RECV: BlockingCall<GreenSocket, undefined> = {
  name: 'GreenSocket.recv()',
  timedOut(_self, seconds) {
    throw expiredTimeout(seconds);
  },
};
const SEND: BlockingCall<GreenSocket, undefined> = {
  name: 'GreenSocket.sendall()',
  timedOut(_self, seconds) {
    throw expiredTimeout(seconds);
  },
};

/** A connected socket whose calls block the green thread, with the calls of Python's. Plain, unix or TLS. */
export class GreenSocket {
  readonly #socket: Socket;
  readonly #readers = new WaitQueue();
  readonly #writers = new WaitQueue();
  readonly #reader: SocketReader;
  #timeout: number | undefined;
  #isClosed = false;
  readonly #listeners: readonly (readonly [event: string, listener: (error?: Error) => void])[] = [
    ['readable', () => this.#readers.settleAll(undefined)],
    ['drain', () => this.#writers.settleAll(undefined)],
    ['end', () => this.#end()],
    ['error', (error) => this.#end(error)],
    ['close', () => this.#end()],
  ];

  /** @param socket a connected node:net or node:tls socket that nobody else reads */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = new SocketReader(socket);
    for (const [event, listener] of this.#listeners) socket.on(event, listener);
  }

  /** The socket beneath, for what is not offered here. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /** The peer's address, as `connect` takes it. */
  getpeername(): GreenAddress {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress === undefined ? '' : [remoteAddress, remotePort ?? 0];
  }

  /** The own address. */
  getsockname(): GreenAddress {
    return fromNetAddress(this.#socket.address());
  }

  /** Seconds that each later call waits at most; then a `Timeout` is thrown. null: forever. */
  settimeout(seconds: number | null): void {
    this.#timeout = checkSeconds('seconds', seconds);
  }

  /** The timeout of each call in seconds; null for none. */
  gettimeout(): number | null {
    return this.#timeout ?? null;
  }

  /**
   * What has come, waiting for something: 1 to `size` bytes; no bytes at the end, or when the peer
   * is gone.
   *
   * @throws GudegError GUDEG_ERR_HUB_BUSY_DESCRIPTOR while another green thread reads
   */
  recv(size = 65_536): Uint8Array {
    return this.#read(this.#reader.some(checkSize('size', size)));
  }

  /** The promise-returning twin of `recv`. */
  recvAsync(size = 65_536, options: AsyncOptions = {}): Promise<Uint8Array> {
    return this.#readAsync(this.#reader.some(checkSize('size', size)), options);
  }

  /** Exactly `size` bytes; fewer only at the end. Interrupted, it leaves all of them to the next call. */
  readexactly(size: number): Uint8Array {
    return this.#read(this.#reader.exactly(checkCount('size', size)));
  }

  /** The promise-returning twin of `readexactly`. */
  readexactlyAsync(size: number, options: AsyncOptions = {}): Promise<Uint8Array> {
    return this.#readAsync(this.#reader.exactly(checkCount('size', size)), options);
  }

  /**
   * The next line with its line feed; without one only at the end, and empty after it. Interrupted,
   * it leaves the beginning of the line to the next call.
   *
   * @param limit bytes at most; a longer line comes in pieces
   */
  readline(limit = 65_536): string {
    return this.#read(this.#reader.line(checkSize('limit', limit)));
  }

  /** The promise-returning twin of `readline`. */
  readlineAsync(limit = 65_536, options: AsyncOptions = {}): Promise<string> {
    return this.#readAsync(this.#reader.line(checkSize('limit', limit)), options);
  }

  /** The lines until the end. */
  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (let line = this.readline(); line !== ''; line = this.readline()) yield line;
  }

  /** The same outside green threads. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const line = await this.readlineAsync();
      if (line === '') return;
      yield line;
    }
  }

  /** Sends everything; waits while the peer is slower than this end. A string is sent as UTF-8. */
  sendall(data: string | Uint8Array): void {
    if (this.#write(data)) return;
    block(this.#writers, SEND, this as GreenSocket, this.#timeout);
    this.#reader.throwIfFailed();
  }

  /** The promise-returning twin of `sendall`. Ending the wait takes back nothing that was sent. */
  async sendallAsync(data: string | Uint8Array, options: AsyncOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.#write(data)) return;
    await blockAsync(this.#writers, SEND, this as GreenSocket, this.#limits(options));
    this.#reader.throwIfFailed();
  }

  /** Ends one direction: `write` (the peer reads the end), `read`, or `both`. */
  shutdown(how: 'read' | 'write' | 'both' = 'both'): void {
    if (how !== 'read') this.#socket.end();
    if (how !== 'write') {
      this.#reader.drop();
      this.#readers.settleAll(undefined);
    }
  }

  /**
   * Lets go of the socket beneath, with what has come and was not taken: this object is closed then, and the
   * connection is the caller's.
   */
  detach(): Socket {
    this.#checkOpen();
    this.#isClosed = true;
    for (const [event, listener] of this.#listeners) {
      if (event !== 'error') this.#socket.removeListener(event, listener);
    }
    const left = this.#reader.detach();
    if (left !== undefined) this.#socket.unshift(left);
    this.#end();
    return this.#socket;
  }

  /** Closes it; what was sent is still delivered. Those who wait in it go on. Closing again is nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader.drop();
    this.#socket.end(() => this.#socket.destroy());
    this.#end();
    // Whatever still comes must not keep the connection half open.
    this.#socket.resume();
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** How it stands now, in figures. */
  statistics(): { readonly reading: number; readonly writing: number; readonly closed: boolean } {
    return { reading: this.#readers.length, writing: this.#writers.length, closed: this.#isClosed };
  }

  #read<T>(reading: Reading<T>): T {
    this.#checkReadable();
    try {
      for (;;) {
        const step = reading.next();
        if (step.done) return step.value;
        block(this.#readers, RECV, this as GreenSocket, this.#timeout);
      }
    } finally {
      reading.return(undefined as T);
    }
  }

  async #readAsync<T>(reading: Reading<T>, options: AsyncOptions): Promise<T> {
    options.signal?.throwIfAborted();
    this.#checkReadable();
    try {
      for (;;) {
        const step = reading.next();
        if (step.done) return step.value;
        await blockAsync(this.#readers, RECV, this as GreenSocket, this.#limits(options));
      }
    } finally {
      reading.return(undefined as T);
    }
  }

  #write(data: string | Uint8Array): boolean {
    this.#checkOpen();
    if (this.#reader.error !== undefined) throw this.#reader.error;
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
      throw invalidArgType('data', 'a string or a Uint8Array', data);
    }
    return this.#socket.write(data);
  }

  #limits({ timeout = this.#timeout, signal }: AsyncOptions): AsyncOptions {
    return { timeout, signal };
  }

  #end(error?: Error): void {
    this.#reader.end(error);
    this.#readers.settleAll(undefined);
    if (this.#socket.destroyed || this.#reader.error !== undefined) {
      this.#writers.settleAll(undefined);
    }
  }

  #checkReadable(): void {
    this.#checkOpen();
    if (this.#readers.length === 0) return;
    throw new GudegError(
      'GUDEG_ERR_HUB_BUSY_DESCRIPTOR',
      'Another green thread reads this socket already; let one thread read it',
    );
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new GudegError('GUDEG_ERR_HUB_IO', 'The socket is closed');
  }
}

function checkSize(name: string, size: unknown): number {
  if (typeof size === 'number' && Number.isInteger(size) && size > 0) return size;
  throw invalidArgType(name, 'a positive integer', size);
}
