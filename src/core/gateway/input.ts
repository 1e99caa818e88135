import { GudegError, GudegRangeError, outOfRange } from '../errors.ts';
import { wait } from '../hub/index.ts';
import { asBuffer, type Body, type ChunkedBody } from '../http/index.ts';
import type { Request } from '../rgi/index.ts';

const NOTHING: Buffer = Buffer.alloc(0);
const LINE_FEED = 0x0a;
/** What one read asks its source for at most. */
const PIECE_BYTES = 65_536;

/** Gives a piece of the body, nothing at its end; a promise where it must wait. */
type Pull = () => Uint8Array | Promise<Uint8Array>;

/**
 * The request body, `wsgi.input`. Reading blocks the green thread until what was asked for is there;
 * meanwhile nothing more is taken from the socket than a buffer holds. The first read answers
 * `Expect: 100-continue`. At the end of the body every method gives nothing.
 *
 * Whatever ends the body early is thrown, again at every later read: GUDEG_ERR_CONNECTION_CLOSED when
 * the client went away, the fault when it broke the protocol, GUDEG_ERR_BODY_TRUNCATED when its
 * bytes ran out.
 */
export class Input {
  readonly #request: Request;
  readonly #maxReadBytes: number;
  #pull: Pull | null = null;
  /** A pull that waits. It outlives a kill or a timeout of the wait, so that no bytes are lost. */
  #pending: Promise<Uint8Array> | null = null;
  #isAwaited = false;
  /** Bytes of a body of known length that have not come yet. */
  #missing = 0;
  /** Bytes that have come and were not asked for yet. */
  #left: Buffer = NOTHING;
  #isAtEnd = false;

  /** @param maxReadBytes what a read without a size gives at most */
  constructor(request: Request, maxReadBytes: number) {
    this.#request = request;
    this.#maxReadBytes = maxReadBytes;
  }

  /**
   * Exactly `size` bytes, fewer only at the end; without a size, or with a negative one, all.
   *
   * @throws GUDEG_ERR_BODY_TOO_LARGE without a size when there are more than `maxReadBytes`
   */
  read(size?: number | null): Buffer {
    const isAll = isUnlimited(size);
    const wanted = this.#limit(size);
    const pieces: Buffer[] = [];
    let length = 0;
    while (length < wanted) {
      const piece = this.#piece(wanted - length);
      if (piece.length === 0) break;
      pieces.push(piece);
      length += piece.length;
      // What is announced need not be read first.
      if (isAll) this.#checkSize(length + this.#missing);
    }
    return join(pieces, length);
  }

  /** What has come, 1 to `size` bytes, waiting for something; nothing at the end. */
  read1(size?: number | null): Buffer {
    const wanted = this.#limit(size);
    return wanted === 0 ? NOTHING : this.#piece(wanted);
  }

  /** The next line with its line feed, at most `size` bytes of it; the last one may have none. */
  readline(size?: number | null): Buffer {
    const isAll = isUnlimited(size);
    const wanted = this.#limit(size);
    const pieces: Buffer[] = [];
    let length = 0;
    while (length < wanted) {
      const piece = this.#left.length > 0 ? this.#left : this.#next();
      if (piece.length === 0) break;
      const end = piece.indexOf(LINE_FEED) + 1;
      const taken = Math.min(end === 0 ? piece.length : end, wanted - length);
      pieces.push(piece.subarray(0, taken));
      length += taken;
      this.#left = piece.subarray(taken);
      if (isAll) this.#checkSize(length);
      if (taken === end) break;
    }
    return join(pieces, length);
  }

  /** Lines until the end; with a hint no more once they have that many bytes together. */
  readlines(hint?: number | null): Buffer[] {
    const isAll = isUnlimited(hint) || hint === 0;
    const most = isAll ? Infinity : this.#limit(hint);
    const lines: Buffer[] = [];
    let length = 0;
    for (const line of this) {
      lines.push(line);
      length += line.length;
      if (isAll) this.#checkSize(length);
      if (length >= most) break;
    }
    return lines;
  }

  /** The lines until the end. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line;
  }

  /** 1 to `most` bytes, nothing at the end. */
  #piece(most: number): Buffer {
    const piece = this.#left.length > 0 ? this.#left : this.#next();
    this.#left = piece.subarray(most);
    return piece.length <= most ? piece : piece.subarray(0, most);
  }

  #limit(size: number | null | undefined): number {
    if (isUnlimited(size)) return Infinity;
    if (!Number.isInteger(size)) throw outOfRange('size', 'an integer, null or undefined', size);
    return size;
  }

  #checkSize(length: number): void {
    if (length <= this.#maxReadBytes) return;
    throw new GudegRangeError(
      'GUDEG_ERR_BODY_TOO_LARGE',
      `a read without a size gives at most ${this.#maxReadBytes} bytes, and there are ${length} or more; give a size, or raise maxReadBytes`,
    );
  }

  /** The next piece from outside. */
  #next(): Buffer {
    if (this.#isAtEnd) return NOTHING;
    if (this.#pending === null) {
      this.#pull ??= this.#open();
      const given = this.#pull();
      if (given instanceof Uint8Array) return this.#take(given);
      this.#pending = given;
    }
    return this.#take(this.#await(this.#pending));
  }

  #await(pending: Promise<Uint8Array>): Uint8Array {
    if (this.#isAwaited) {
      throw new GudegError(
        'GUDEG_ERR_BODY_STATE',
        'another green thread reads from wsgi.input already; let one thread read it',
      );
    }
    this.#isAwaited = true;
    try {
      const piece = wait(pending);
      this.#pending = null;
      return piece;
    } finally {
      this.#isAwaited = false;
    }
  }

  #take(piece: Uint8Array): Buffer {
    if (piece.length === 0) {
      if (this.#missing > 0) {
        throw new GudegError(
          'GUDEG_ERR_BODY_TRUNCATED',
          `the request body ended ${this.#missing} bytes before its content-length`,
        );
      }
      this.#isAtEnd = true;
    }
    this.#missing = Math.max(this.#missing - piece.length, 0);
    return asBuffer(piece);
  }

  #open(): Pull {
    const { body } = this.#request;
    if (body === null) return () => NOTHING;
    return body.chunked ? pullChunks(body) : this.#pullBytes(body);
  }

  #pullBytes(body: Body): Pull {
    this.#missing = body.contentLength;
    const source = body.takeSource();
    return () => {
      if (this.#missing > 0) return source.read(Math.min(this.#missing, PIECE_BYTES));
      source.close?.();
      return NOTHING;
    };
  }
}

function pullChunks(body: ChunkedBody): Pull {
  return async () => (await body.readChunk())[1];
}

function isUnlimited(size: number | null | undefined): size is null | undefined {
  return size === undefined || size === null || size < 0;
}

function join(pieces: Buffer[], length: number): Buffer {
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, length);
}
