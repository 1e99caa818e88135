import type { Socket } from 'node:net';

const empty = new Uint8Array(0);
/** Errors that mean that the peer is gone: reading is then at its end. */
const goneCodes = new Set(['ECONNRESET', 'EPIPE', 'ESHUTDOWN']);
const newLine = 0x0a;

/** What a reading call does; it yields where it has to wait until something has happened. */
export type Reading<T> = Generator<void, T, void>;

/**
 * Cuts what a socket receives into what its calls give. It never waits itself: whoever drives a
 * `Reading` does, so blocking calls and their Async twins are the same code.
 */
export class SocketReader {
  readonly #socket: Socket;
  #left: Buffer | undefined;
  #isAtEnd = false;
  #error: (Error & { code?: string }) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  /** Nothing more will come. */
  end(error?: Error & { code?: string }): void {
    this.#isAtEnd = true;
    this.#error ??= error;
  }

  /** Gives what has come and was not taken; the socket is not this object's any more. */
  detach(): Buffer | undefined {
    const left = this.#left;
    this.drop();
    return left;
  }

  /** Forgets what has come and was not taken. */
  drop(): void {
    this.#isAtEnd = true;
    this.#left = undefined;
  }

  throwIfFailed(): void {
    if (this.#error !== undefined && !goneCodes.has(this.#error.code ?? '')) throw this.#error;
  }

  /** 1 to `size` bytes; none at the end. */
  *some(size: number): Reading<Uint8Array> {
    const chunk = yield* this.#next();
    if (chunk === undefined) return empty;
    if (chunk.length <= size) return chunk;
    this.#left = chunk.subarray(size);
    return chunk.subarray(0, size);
  }

  /** `size` bytes; fewer only at the end. */
  *exactly(size: number): Reading<Uint8Array> {
    const chunks: Buffer[] = [];
    let missing = size;
    let isDone = false;
    try {
      while (missing > 0) {
        const chunk = yield* this.#next();
        if (chunk === undefined) break;
        const wanted = Math.min(chunk.length, missing);
        chunks.push(chunk.subarray(0, wanted));
        if (wanted < chunk.length) this.#left = chunk.subarray(wanted);
        missing -= wanted;
      }
      isDone = true;
    } finally {
      if (!isDone) this.#putBack(chunks);
    }
    return Buffer.concat(chunks);
  }

  /** A line with its line feed, `limit` bytes at most; without one only at the end. */
  *line(limit: number): Reading<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    let isDone = false;
    try {
      while (length < limit) {
        const chunk = yield* this.#next();
        if (chunk === undefined) break;
        const at = chunk.indexOf(newLine);
        const wanted = Math.min(at < 0 ? chunk.length : at + 1, limit - length);
        chunks.push(chunk.subarray(0, wanted));
        length += wanted;
        if (wanted < chunk.length) this.#left = chunk.subarray(wanted);
        if (at >= 0 && wanted === at + 1) break;
      }
      isDone = true;
    } finally {
      if (!isDone) this.#putBack(chunks);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** A call that was interrupted loses nothing: the next one begins where it began. */
  #putBack(chunks: Buffer[]): void {
    if (chunks.length === 0) return;
    this.#left = Buffer.concat(this.#left === undefined ? chunks : [...chunks, this.#left]);
  }

  *#next(): Reading<Buffer | undefined> {
    for (;;) {
      const left = this.#left;
      this.#left = undefined;
      if (left !== undefined) return left;
      if (this.#isAtEnd && this.#socket.readableLength === 0) {
        this.throwIfFailed();
        return undefined;
      }
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (!this.#isAtEnd) yield;
    }
  }
}
