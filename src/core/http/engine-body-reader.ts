import { outOfRange } from '../errors.ts';
import { BodyStatus, ControlIndex } from '../native/index.ts';
import type { ByteSource, Chunk, ChunkExtension, ChunkSource } from './byte-source.ts';

/** What one call into the engine gives at most. */
const READ_BYTES = 65_536;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * A body pulled from the engine, which reads from the socket only as fast as this is asked. Whose
 * message it is, and how its connection waits and fails, is the subclass' affair.
 */
export abstract class EngineBodyReader implements ByteSource, ChunkSource {
  /** Where the engine copies to, as long as reads are short. */
  static #spare: Buffer | null = null;

  /** The rest of a body that was there, whole, with its head. */
  #rest: Buffer | null;
  #trailers: Record<string, string> | null = null;

  constructor(whole: Buffer | null) {
    this.#rest = whole;
  }

  /** The control integers that the engine's steps set. */
  protected abstract readonly control: Int32Array;
  /** The memory whose head holds a chunk's extension after its step. */
  protected abstract readonly arena: Buffer;

  /** One step of the engine: the bytes it copied, or -1 when the connection is gone. */
  protected abstract step(target: Uint8Array, start: number, size: number): number;
  protected abstract whenReadable(): Promise<void>;
  /** The error for a fault by its number. */
  protected abstract fault(number: number): Error;
  /** The error when nothing can be read any more. */
  protected abstract over(): Error;
  protected abstract readTrailers(
    headOffset: number,
    fieldsOffset: number,
    count: number,
  ): Record<string, string>;

  get trailers(): Record<string, string> | null {
    return this.#trailers;
  }

  read(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    const rest = this.#rest;
    if (rest === null) return this.#pull(Math.min(maxBytes, READ_BYTES));
    if (rest.length <= maxBytes) {
      this.#rest = NOTHING;
      return rest;
    }
    this.#rest = rest.subarray(maxBytes);
    return rest.subarray(0, maxBytes);
  }

  readInto(target: Uint8Array, start: number): number | Promise<number> {
    const rest = this.#rest;
    if (rest === null) return this.#pullInto(target, start);
    const piece = rest.subarray(0, target.length - start);
    this.#rest = rest.subarray(piece.length);
    target.set(piece, start);
    return piece.length;
  }

  #pullInto(target: Uint8Array, start: number): number | Promise<number> {
    // Its memory was given away while the body waited.
    if (target.length <= start) throw outOfRange('target.length', `above ${start}`, target.length);
    const count = this.#step(target, start, target.length - start);
    switch (this.#status) {
      case BodyStatus.DATA:
        return count;
      case BodyStatus.WAIT:
        return this.whenReadable().then(() => this.#pullInto(target, start));
      default:
        return 0;
    }
  }

  #pull(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    const target = (EngineBodyReader.#spare ??= Buffer.allocUnsafeSlow(READ_BYTES));
    const count = this.#step(target, 0, maxBytes);
    switch (this.#status) {
      case BodyStatus.DATA:
        return EngineBodyReader.#handOver(target, count);
      case BodyStatus.WAIT:
        return this.whenReadable().then(() => this.#pull(maxBytes));
      default:
        return NOTHING;
    }
  }

  /** A long read is given as it is; a short one doesn't keep a long allocation alive. */
  static #handOver(target: Buffer, count: number): Buffer {
    if (count <= target.length / 2) return Buffer.from(target.subarray(0, count));
    EngineBodyReader.#spare = null;
    return target.subarray(0, count);
  }

  async readChunk(): Promise<Chunk> {
    await this.#stepUntil(BodyStatus.CHUNK_HEAD);
    const { control, arena } = this;
    const size = control[ControlIndex.CHUNK_SIZE] as number;
    const keyLength = control[ControlIndex.KEY_LENGTH] as number;
    const valueLength = control[ControlIndex.VALUE_LENGTH] as number;
    const extension: ChunkExtension | null =
      keyLength === 0
        ? null
        : [
            arena.toString('latin1', 0, keyLength),
            arena.toString('latin1', keyLength, keyLength + valueLength),
          ];
    if (size === 0) {
      await this.#stepUntil(BodyStatus.END);
      this.#takeTrailers();
      return [extension, NOTHING];
    }
    return [extension, await this.#chunkData(size)];
  }

  /** Memory grows with what arrives, not with what the chunk's size line announces. */
  async #chunkData(size: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let missing = size; missing > 0;) {
      const target = Buffer.allocUnsafe(Math.min(missing, READ_BYTES));
      await this.#fill(target);
      pieces.push(target);
      missing -= target.length;
    }
    await this.#stepUntil(BodyStatus.CHUNK_END);
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size);
  }

  async #fill(target: Buffer): Promise<void> {
    for (let filled = 0; filled < target.length;) {
      const count = this.#step(target, filled, target.length - filled);
      if (this.#status === BodyStatus.WAIT) await this.whenReadable();
      else if (this.#status === BodyStatus.DATA) filled += count;
      else throw this.over();
    }
  }

  get #status(): number {
    return this.control[ControlIndex.BODY_STATUS] as number;
  }

  async #stepUntil(wanted: number): Promise<void> {
    for (;;) {
      this.#step(NOTHING, 0, 0);
      if (this.#status === wanted) return;
      if (this.#status === BodyStatus.WAIT) await this.whenReadable();
      else if (this.#status === BodyStatus.END) throw this.over();
    }
  }

  #step(target: Uint8Array, start: number, size: number): number {
    const count = this.step(target, start, size);
    if (count < 0) throw this.over();
    if (this.#status === BodyStatus.FAULT) {
      throw this.fault(this.control[ControlIndex.BODY_FAULT] as number);
    }
    return count;
  }

  #takeTrailers(): void {
    const { control } = this;
    const count = control[ControlIndex.TRAILER_COUNT] as number;
    if (count === 0) return;
    this.#trailers = this.readTrailers(
      control[ControlIndex.HEAD_OFFSET] as number,
      control[ControlIndex.FIELDS_OFFSET] as number,
      count,
    );
  }
}
