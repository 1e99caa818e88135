import type { Socket } from 'node:net';
import { GudegError, invalidArgType } from '../errors.ts';
import { block, type BlockingCall, checkSeconds } from './blocking-call.ts';
import { type GreenAddress, fromNetAddress } from './socket-address.ts';
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

const empty = new Uint8Array(0);
/** Errors that mean that the peer is gone: reading is then at its end. */
const goneCodes = new Set(['ECONNRESET', 'EPIPE', 'ESHUTDOWN']);
const newLine = 0x0a;

/** A connected socket whose calls block the green thread, with the calls of Python's. Plain, unix or TLS. */
export class GreenSocket {
  readonly #socket: Socket;
  readonly #readers = new WaitQueue();
  readonly #writers = new WaitQueue();
  #left: Buffer | undefined;
  #timeout: number | undefined;
  #isAtEnd = false;
  #isClosed = false;
  #error: (Error & { code?: string }) | undefined;

  /** @param socket a connected node:net or node:tls socket that nobody else reads */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('readable', () => this.#readers.settleAll(undefined));
    socket.on('drain', () => this.#writers.settleAll(undefined));
    socket.on('end', () => this.#end());
    socket.on('error', (error) => {
      this.#error = error;
      this.#end();
    });
    socket.on('close', () => this.#end());
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
    if (!Number.isInteger(size) || size <= 0)
      throw invalidArgType('size', 'a positive integer', size);
    const chunk = this.#next();
    if (chunk === undefined) return empty;
    if (chunk.length <= size) return chunk;
    this.#left = chunk.subarray(size);
    return chunk.subarray(0, size);
  }

  /** Exactly `size` bytes; fewer only at the end. */
  readexactly(size: number): Uint8Array {
    const chunks: Uint8Array[] = [];
    for (let missing = size; missing > 0;) {
      const chunk = this.recv(missing);
      if (chunk.length === 0) break;
      chunks.push(chunk);
      missing -= chunk.length;
    }
    return Buffer.concat(chunks);
  }

  /**
   * The next line with its line feed; without one only at the end, and empty after it.
   *
   * @param limit bytes at most; a longer line comes in pieces
   */
  readline(limit = 65_536): string {
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = this.#next();
      if (chunk === undefined) break;
      const at = chunk.indexOf(newLine);
      const wanted = Math.min(at < 0 ? chunk.length : at + 1, limit - length);
      chunks.push(chunk.subarray(0, wanted));
      length += wanted;
      if (wanted < chunk.length) this.#left = chunk.subarray(wanted);
      if ((at >= 0 && wanted === at + 1) || length >= limit) break;
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** The lines until the end. */
  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (let line = this.readline(); line !== ''; line = this.readline()) yield line;
  }

  /** Sends everything; waits while the peer is slower than this end. A string is sent as UTF-8. */
  sendall(data: string | Uint8Array): void {
    this.#checkOpen();
    if (this.#error !== undefined) throw this.#error;
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
      throw invalidArgType('data', 'a string or a Uint8Array', data);
    }
    if (this.#socket.write(data)) return;
    block(this.#writers, SEND, this as GreenSocket, this.#timeout);
    this.#throwIfFailed();
  }

  /** Ends one direction: `write` (the peer reads the end), `read`, or `both`. */
  shutdown(how: 'read' | 'write' | 'both' = 'both'): void {
    if (how !== 'read') this.#socket.end();
    if (how !== 'write') {
      this.#isAtEnd = true;
      this.#left = undefined;
      this.#readers.settleAll(undefined);
    }
  }

  /** Closes it; what was sent is still delivered. Those who wait in it go on. Closing again is nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
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

  #next(): Buffer | undefined {
    this.#checkOpen();
    if (this.#readers.length > 0) {
      throw new GudegError(
        'GUDEG_ERR_HUB_BUSY_DESCRIPTOR',
        'Another green thread reads this socket already; let one thread read it',
      );
    }
    for (;;) {
      const left = this.#left;
      this.#left = undefined;
      if (left !== undefined) return left;
      if (this.#isAtEnd && this.#socket.readableLength === 0) {
        this.#throwIfFailed();
        return undefined;
      }
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (this.#isAtEnd) continue;
      block(this.#readers, RECV, this as GreenSocket, this.#timeout);
      if (this.#isClosed) return undefined;
    }
  }

  #end(): void {
    this.#isAtEnd = true;
    this.#readers.settleAll(undefined);
    if (this.#socket.destroyed || this.#error !== undefined) this.#writers.settleAll(undefined);
  }

  #throwIfFailed(): void {
    if (this.#error !== undefined && !goneCodes.has(this.#error.code ?? '')) throw this.#error;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new GudegError('GUDEG_ERR_HUB_IO', 'The socket is closed');
  }
}
