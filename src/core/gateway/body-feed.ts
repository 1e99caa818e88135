import { GudegError } from '../errors.ts';
import { wait } from '../hub/index.ts';
import type { ByteSource, Chunk, ChunkSource } from '../http/index.ts';

const NOTHING: Uint8Array = new Uint8Array(0);
/** Bytes that may lie here before whoever brings more has to wait. */
const HIGH_WATER_BYTES = 65_536;

interface Reader {
  readonly maxBytes: number;
  resolve(piece: Uint8Array): void;
  reject(error: unknown): void;
}

/**
 * A response body on its way from a green thread, which pushes and blocks, to the server, which pulls
 * and awaits. What is pushed can be pulled at once; nothing is held back.
 */
export class BodyFeed implements ByteSource, ChunkSource {
  /** Bytes of the whole body; null when its end is not known before. */
  readonly contentLength: number | null;
  readonly #pieces: Uint8Array[] = [];
  #queuedBytes = 0;
  #pulledBytes = 0;
  #state: 'open' | 'ended' | 'failed' | 'closed' = 'open';
  #error: unknown;
  /** The server has asked for the end, or for the last byte of a known length. */
  #isComplete = false;
  #reader: Reader | null = null;
  /** Wake the green threads that wait for room or for the end. */
  #writers: (() => void)[] = [];

  constructor(contentLength: number | null) {
    this.contentLength = contentLength;
  }

  /** Whether the server wants no more: it has everything, or the client is gone. */
  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /**
   * Brings a piece, and blocks while the client takes its time.
   * @throws GUDEG_ERR_CONNECTION_CLOSED when the client went away
   */
  push(piece: Uint8Array): void {
    if (this.#state === 'ended' || this.#isComplete) throw over();
    if (this.#state !== 'open') throw gone();
    this.#pieces.push(piece);
    this.#queuedBytes += piece.length;
    const reader = this.#reader;
    if (reader !== null) {
      this.#reader = null;
      reader.resolve(this.#shift(reader.maxBytes));
    }
    while (this.#queuedBytes >= HIGH_WATER_BYTES) {
      this.#waitForServer();
      if (this.isClosed) throw gone();
    }
  }

  /**
   * Says that this is all, and blocks until the server has sent it.
   * @throws GUDEG_ERR_CONNECTION_CLOSED when the client went away
   */
  finish(): void {
    if (!this.isClosed) {
      this.#state = 'ended';
      if (this.#reader !== null) {
        this.#isComplete = true;
        this.#reader.resolve(NOTHING);
        this.#reader = null;
      }
      while (!this.isClosed) this.#waitForServer();
    }
    if (!this.#isComplete) throw gone();
  }

  /** Lets the server find an error behind what was pushed, so that it cuts the connection. False when it wants no more. */
  fail(error: unknown): boolean {
    // Behind the last byte of a known length the server does not look.
    const isAllThere = this.#pulledBytes + this.#queuedBytes === this.contentLength;
    if (this.isClosed || this.#isComplete || isAllThere) return false;
    this.#state = 'failed';
    this.#error = error;
    this.#reader?.reject(error);
    this.#reader = null;
    return true;
  }

  #waitForServer(): void {
    wait(
      new Promise<void>((resolve) => {
        this.#writers.push(resolve);
      }),
    );
  }

  #wakeWriters(): void {
    for (const wake of this.#writers.splice(0)) wake();
  }

  // --- called by the server ---

  /** @internal */
  read(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    if (this.#pieces.length > 0) return this.#shift(maxBytes);
    if (this.#state === 'failed') throw this.#error;
    if (this.#state !== 'open') {
      this.#isComplete = true;
      return NOTHING;
    }
    return new Promise((resolve, reject) => {
      this.#reader = { maxBytes, resolve, reject };
    });
  }

  #shift(maxBytes: number): Uint8Array {
    let piece = this.#pieces[0] as Uint8Array;
    if (piece.length > maxBytes) {
      this.#pieces[0] = piece.subarray(maxBytes);
      piece = piece.subarray(0, maxBytes);
    } else {
      this.#pieces.shift();
    }
    this.#queuedBytes -= piece.length;
    this.#pulledBytes += piece.length;
    if (this.#pulledBytes === this.contentLength) this.#isComplete = true;
    if (this.#queuedBytes < HIGH_WATER_BYTES && this.#writers.length > 0) this.#wakeWriters();
    return piece;
  }

  /** @internal */
  readChunk(): Chunk | Promise<Chunk> {
    const given = this.read(Infinity);
    return given instanceof Uint8Array ? [null, given] : given.then((piece) => [null, piece]);
  }

  /** @internal */
  close(): void {
    if (this.isClosed) return;
    this.#state = 'closed';
    this.#pieces.length = 0;
    this.#wakeWriters();
  }
}

/** The error for a piece that comes too late. */
export function over(): GudegError {
  return new GudegError(
    'GUDEG_ERR_GATEWAY_RESPONSE',
    'a piece was written after the response was over',
  );
}

function gone(): GudegError {
  return new GudegError(
    'GUDEG_ERR_CONNECTION_CLOSED',
    'the client went away before it had the whole response',
  );
}
