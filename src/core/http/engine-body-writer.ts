import { WriteStatus } from '../native/index.ts';
import type { ByteSink } from './byte-sink.ts';
import type { ChunkExtension } from './byte-source.ts';
import { trailerLines } from './chunk-coding.ts';

/**
 * A body pushed to the engine, which takes no more of a large piece than its socket does. Whose message
 * it is, and how its connection waits and fails, is the subclass' affair.
 */
export abstract class EngineBodyWriter implements ByteSink {
  /** How many of the bytes from `start` on the engine took; negative when the connection is gone. */
  protected abstract offer(data: Uint8Array, start: number): number;
  /** A chunk to the engine; gives a `WriteStatus`. */
  protected abstract putChunk(key: string, value: string, data: Uint8Array): number;
  /** The last chunk and the trailer section to the engine; gives a `WriteStatus`. */
  protected abstract putEnd(key: string, value: string, trailers: string): number;
  protected abstract whenWritable(): Promise<void>;
  /** The error when nothing can be written any more, or when the engine refused the extension. */
  protected abstract gone(extension: ChunkExtension | null): Error;

  write(data: Uint8Array): void | Promise<void> {
    const taken = this.#offer(data, 0);
    if (taken < data.length) return this.#offerRest(data, taken);
  }

  writeChunk(
    extension: ChunkExtension | null,
    data: Uint8Array,
    trailers?: Readonly<Record<string, string>> | null,
  ): void | Promise<void> {
    const [key, value] = extension ?? ['', ''];
    const status =
      data.length === 0
        ? this.putEnd(key, value, trailerLines(trailers ?? null))
        : this.putChunk(key, value, data);
    if (status === WriteStatus.GONE) throw this.gone(extension);
    if (status === WriteStatus.FULL) return this.whenWritable();
  }

  async #offerRest(data: Uint8Array, taken: number): Promise<void> {
    for (let start = taken; start < data.length;) {
      await this.whenWritable();
      start += this.#offer(data, start);
    }
  }

  #offer(data: Uint8Array, start: number): number {
    const taken = this.offer(data, start);
    if (taken < 0) throw this.gone(null);
    return taken;
  }
}
