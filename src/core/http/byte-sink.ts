import type { ChunkExtension } from './byte-source.ts';

/** Where a body writes itself to. A returned promise means: wait before the next write (backpressure). */
export interface ByteSink {
  /** Takes bytes of content. */
  write(data: Uint8Array): void | Promise<void>;
  /**
   * Takes one chunk and does the chunked transfer coding itself; without this method the body
   * encodes, and calls `write`. Empty data is the last chunk, and only there `trailers` may be given.
   */
  writeChunk?(
    extension: ChunkExtension | null,
    data: Uint8Array,
    trailers?: Readonly<Record<string, string>> | null,
  ): void | Promise<void>;
}
