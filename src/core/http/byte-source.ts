/** Gives 1..maxBytes bytes at a time, an empty array at the end; a promise only when it must wait. */
export interface ByteSource {
  /** The array given belongs to the caller: the source does not write into it again. */
  read(maxBytes: number): Uint8Array | Promise<Uint8Array>;
  /**
   * The same into memory of the caller's: gives how many bytes lie in `target` from `start` on, 0 at
   * the end. Without this method what `read` gives is copied.
   */
  readInto?(target: Uint8Array, start: number): number | Promise<number>;
  /** Called when the body has ended, has failed or is given up; may be called more than once. */
  close?(): void;
}

/** What may follow the size of a chunk (RFC 9112 section 7.1.1). */
export type ChunkExtension = readonly [key: string, value: string];

/** One chunk of the chunked transfer coding; the one with empty data is the last. */
export type Chunk = readonly [extension: ChunkExtension | null, data: Uint8Array];

/** Gives one chunk after the other, the empty one at last; a promise only when it must wait. */
export interface ChunkSource {
  /** The array given belongs to the caller: the source does not write into it again. */
  readChunk(): Chunk | Promise<Chunk>;
  /** Fields behind the last chunk, once it was given; null or undefined when there are none. */
  readonly trailers?: Record<string, string> | null;
  /** Called when the body has ended, has failed or is given up; may be called more than once. */
  close?(): void;
}
