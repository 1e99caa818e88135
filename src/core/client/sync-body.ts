import { GudegError, GudegRangeError, outOfRange } from '../errors.ts';
import { MAX_READ_BYTES, type Chunk, type ChunkExtension } from '../http/index.ts';
import { BodyStatus, ControlIndex } from '../native/index.ts';
import { addTrailer } from './add-trailer.ts';
import type { SyncChannel } from './sync-channel.ts';

/** What one call into the engine gives at most. */
const READ_BYTES = 65_536;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The body of a response of a `SyncConnection`: every method blocks until it has what it gives. Read
 * it, or close the connection, before the next request.
 */
export class SyncBody {
  /** Whether it comes in chunks; otherwise its length is known, or the connection's end ends it. */
  readonly chunked: boolean;
  /** Length in bytes; null when it is not known. */
  readonly contentLength: number | null;
  /** What `read()`, `text()` and `json()` give at most, in bytes. */
  maxReadBytes: number = MAX_READ_BYTES;
  readonly #channel: SyncChannel;
  /** A body that came with its head. */
  #whole: Buffer | null;
  /** Bytes still to come of a body of known length. */
  #left: number;
  #isOver = false;
  #trailers: Record<string, string> | null = null;

  /** @internal */
  constructor(
    channel: SyncChannel,
    chunked: boolean,
    contentLength: number | null,
    whole: Buffer | null,
  ) {
    this.#channel = channel;
    this.chunked = chunked;
    this.contentLength = contentLength;
    this.#left = contentLength ?? Infinity;
    this.#whole = whole;
  }

  /** True when everything was read. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @internal True when the connection has nothing of it left. */
  get isHere(): boolean {
    return this.#isOver || this.#whole !== null;
  }

  /** The fields behind the last chunk; null before it or without any. */
  get trailers(): Record<string, string> | null {
    return this.#trailers;
  }

  /** Gives what is left. @throws GUDEG_ERR_BODY_STATE, GUDEG_ERR_BODY_TOO_LARGE, ClientError */
  read(): Buffer {
    const whole = this.#whole;
    if (whole !== null && !this.#isOver) {
      this.#isOver = true;
      return whole;
    }
    const pieces: Buffer[] = [];
    let bytes = 0;
    for (const piece of this) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > this.maxReadBytes) {
        this.#channel.close();
        throw new GudegRangeError(
          'GUDEG_ERR_BODY_TOO_LARGE',
          `the body has ${bytes} bytes so far, and read() gives at most ${this.maxReadBytes}; iterate it, or raise body.maxReadBytes`,
        );
      }
    }
    const [only = NOTHING] = pieces;
    return pieces.length <= 1 ? only : Buffer.concat(pieces, bytes);
  }

  /**
   * Reads into memory of the caller's, which may be used again and again. Fills `target`, or as much of
   * it as is left, and gives the number of bytes; 0 when nothing is left.
   * @throws GUDEG_ERR_OUT_OF_RANGE for a target without room, ClientError
   */
  readInto(target: Uint8Array): number {
    if (target.length === 0) throw outOfRange('target.length', 'at least 1', 0);
    const whole = this.#whole;
    if (whole !== null) {
      const piece = whole.subarray(0, target.length);
      target.set(piece);
      this.#whole = whole.subarray(piece.length);
      this.#isOver ||= piece.length === 0;
      return piece.length;
    }
    let filled = 0;
    while (!this.#isOver && filled < target.length) {
      const count = this.#step(target, filled, target.length - filled);
      if (this.#status === BodyStatus.DATA) filled += count;
    }
    return filled;
  }

  /** The bytes of `read()` as UTF-8. */
  text(): string {
    return this.read().toString();
  }

  /** The bytes of `read()` parsed as JSON. @throws GUDEG_ERR_BODY_JSON */
  json(): unknown {
    const text = this.text();
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new GudegError('GUDEG_ERR_BODY_JSON', `the body is not JSON: ${String(cause)}`, {
        cause,
      });
    }
  }

  /** Gives what is left in pieces, as they come. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    this.#checkOpen();
    if (this.#whole !== null) {
      this.#isOver = true;
      if (this.#whole.length > 0) yield this.#whole;
      return;
    }
    let target = Buffer.allocUnsafeSlow(READ_BYTES);
    while (!this.#isOver) {
      const count = this.#step(target, 0, READ_BYTES);
      if (this.#status !== BodyStatus.DATA) continue;
      // A short piece doesn't keep a long allocation alive.
      if (count <= READ_BYTES / 2) {
        yield Buffer.from(target.subarray(0, count));
      } else {
        yield target.subarray(0, count);
        target = Buffer.allocUnsafeSlow(READ_BYTES);
      }
    }
  }

  /**
   * Gives the next chunk, `[extension, data]`; the one with empty data is the last.
   * @throws GUDEG_ERR_BODY_STATE for a body that has no chunks, or is over
   */
  readChunk(): Chunk {
    this.#checkOpen();
    if (!this.chunked) {
      throw new GudegError('GUDEG_ERR_BODY_STATE', 'this body has no chunks; use read()');
    }
    this.#stepTo(BodyStatus.CHUNK_HEAD);
    const { control, memory } = this.#channel;
    const size = control[ControlIndex.CHUNK_SIZE] as number;
    const keyEnd = control[ControlIndex.KEY_LENGTH] as number;
    const valueEnd = keyEnd + (control[ControlIndex.VALUE_LENGTH] as number);
    const extension: ChunkExtension | null =
      keyEnd === 0
        ? null
        : [
            memory.arena.toString('latin1', 0, keyEnd),
            memory.arena.toString('latin1', keyEnd, valueEnd),
          ];
    if (size === 0) {
      this.#stepTo(BodyStatus.END);
      return [extension, NOTHING];
    }
    const pieces: Buffer[] = [];
    for (let missing = size; missing > 0;) {
      const target = Buffer.allocUnsafe(Math.min(missing, READ_BYTES));
      const count = this.#step(target, 0, target.length);
      pieces.push(target.subarray(0, count));
      missing -= count;
    }
    this.#stepTo(BodyStatus.CHUNK_END);
    return [extension, Buffer.concat(pieces, size)];
  }

  get #status(): number {
    return this.#channel.control[ControlIndex.BODY_STATUS] as number;
  }

  #checkOpen(): void {
    if (!this.#isOver) return;
    throw new GudegError('GUDEG_ERR_BODY_STATE', 'the body was read already');
  }

  #stepTo(wanted: number): void {
    do this.#step(NOTHING, 0, 0);
    while (this.#status !== wanted);
  }

  #step(target: Uint8Array, start: number, size: number): number {
    const count = this.#channel.readBody(target, start, size);
    if (this.#status === BodyStatus.FAULT) {
      this.#isOver = true;
      throw this.#channel.bodyError();
    }
    if (this.#status === BodyStatus.END) {
      this.#isOver = true;
      this.#takeTrailers();
    } else if (this.contentLength !== null && (this.#left -= count) === 0) {
      this.#isOver = true;
    }
    return count;
  }

  #takeTrailers(): void {
    const { control, memory } = this.#channel;
    const count = control[ControlIndex.TRAILER_COUNT] as number;
    if (count === 0) return;
    const trailers: Record<string, string> = {};
    memory.fields.visit(
      control[ControlIndex.HEAD_OFFSET] as number,
      control[ControlIndex.FIELDS_OFFSET] as number,
      count,
      addTrailer,
      trailers,
    );
    this.#trailers = trailers;
  }
}
