import { GudegTypeError, describeValue, invalidArgType } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { endIteration } from './end-iteration.ts';
import { FileSource } from './file-source.ts';

/** The part of `fs.promises.FileHandle` that is read from, at its current position. */
export interface FileHandleLike {
  readonly fd: number;
  /** Reads from the current position into `buffer`. */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>;
}

/** Whatever a Body reads from. A stream or iterable is ended (destroyed) when the body is over. */
export type BodySource = ByteSource | Uint8Array | AsyncIterable<Uint8Array> | FileHandleLike;

/** Makes one interface of everything that bytes may come from. @throws GUDEG_ERR_INVALID_ARG_TYPE */
export function asByteSource(source: BodySource): ByteSource {
  if (source instanceof Uint8Array) return new MemorySource(source);
  if (typeof source === 'object' && (source as unknown) !== null) {
    if (Symbol.asyncIterator in source) return new IterableSource(source);
    if (typeof (source as Partial<ByteSource>).read === 'function') {
      return isFileHandle(source) ? new FileHandleSource(source) : source;
    }
  }
  throw invalidArgType(
    'source',
    'a ByteSource, a Uint8Array, a Readable or other AsyncIterable<Uint8Array>, or a FileHandle',
    source,
  );
}

/** Both have `read`; what has a descriptor, and is not our own FileSource, reads into the caller's memory. */
function isFileHandle(source: ByteSource | FileHandleLike): source is FileHandleLike {
  return !(source instanceof FileSource) && 'fd' in source && typeof source.fd === 'number';
}

const NOTHING = new Uint8Array(0);

class MemorySource implements ByteSource {
  #rest: Uint8Array;

  constructor(data: Uint8Array) {
    this.#rest = data;
  }

  read(maxBytes: number): Uint8Array {
    const data = this.#rest;
    if (data.length <= maxBytes) {
      this.#rest = NOTHING;
      return data;
    }
    this.#rest = data.subarray(maxBytes);
    return data.subarray(0, maxBytes);
  }
}

class IterableSource implements ByteSource {
  #iterable: AsyncIterable<Uint8Array>;
  #iterator: AsyncIterator<Uint8Array> | null = null;
  #rest: Uint8Array | null = null;
  #isDone = false;

  constructor(iterable: AsyncIterable<Uint8Array>) {
    this.#iterable = iterable;
  }

  read(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    return this.#rest === null ? this.#readNext(maxBytes) : this.#give(this.#rest, maxBytes);
  }

  async #readNext(maxBytes: number): Promise<Uint8Array> {
    const iterator = (this.#iterator ??= this.#iterable[Symbol.asyncIterator]());
    for (;;) {
      const result = this.#isDone ? { done: true, value: undefined } : await iterator.next();
      if (result.done === true) {
        this.#isDone = true;
        return new Uint8Array(0);
      }
      const piece: unknown = result.value;
      if (!(piece instanceof Uint8Array)) {
        throw new GudegTypeError(
          'GUDEG_ERR_BODY_SOURCE',
          `the iterable of a Body must give Uint8Array items (a stream without an encoding); got ${describeValue(piece)}`,
        );
      }
      if (piece.length > 0) return this.#give(piece, maxBytes);
    }
  }

  #give(piece: Uint8Array, maxBytes: number): Uint8Array {
    this.#rest = piece.length > maxBytes ? piece.subarray(maxBytes) : null;
    return this.#rest === null ? piece : piece.subarray(0, maxBytes);
  }

  close(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#rest = null;
    endIteration(this.#iterable, this.#iterator ?? this.#iterable[Symbol.asyncIterator]());
  }
}

class FileHandleSource implements ByteSource {
  #handle: FileHandleLike;

  constructor(handle: FileHandleLike) {
    this.#handle = handle;
  }

  async read(maxBytes: number): Promise<Uint8Array> {
    const memory = Buffer.allocUnsafeSlow(Math.min(maxBytes, 65_536));
    const { bytesRead } = await this.#handle.read(memory, 0, memory.length, null);
    return memory.subarray(0, bytesRead);
  }
}
