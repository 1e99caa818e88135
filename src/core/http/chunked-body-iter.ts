import { GudegError, GudegRangeError, GudegTypeError, describeValue } from '../errors.ts';
import { asByteSink, type BodySink } from './as-byte-sink.ts';
import { type BodyItem, checkItemSource, closeItemSource, itemBytes } from './body-item.ts';
import { BodyState } from './body-state.ts';
import type { Chunk, ChunkExtension } from './byte-source.ts';
import { MAX_CHUNK_BYTES } from './limits.ts';
import { SingleUseBody } from './single-use-body.ts';
import { writeChunkTo } from './write-chunk-to.ts';

/** One outgoing chunk. Text goes out as UTF-8. */
export type ChunkItem = readonly [extension: ChunkExtension | null, data: BodyItem];

/** How a ChunkedBodyIter ends. */
export interface ChunkedBodyIterOptions {
  /** Fields behind the last chunk, or what makes them once all chunks were given (a checksum). */
  trailers?: Record<string, string> | (() => Record<string, string>);
}

/**
 * An outgoing body in chunks that an iterable makes (Degu's `ChunkedBodyIter`). Used once.
 *
 * @example
 * return [200, 'OK', {}, new api.ChunkedBodyIter([[null, 'hello'], [['k', 'v'], 'world'], [null, '']])];
 */
export class ChunkedBodyIter extends SingleUseBody {
  /** True: the length is not known. */
  readonly chunked = true as const;
  /** Where the chunks come from. */
  readonly source: Iterable<ChunkItem> | AsyncIterable<ChunkItem>;
  #trailers: ChunkedBodyIterOptions['trailers'] | null;
  #last: Chunk | null = null;

  /**
   * @param source gives `[extension, data]`: the extension null or [key, value], the data a Uint8Array
   *   or a string of at most 16 MiB. The last item, and only the last, has empty data.
   * @throws GUDEG_ERR_INVALID_ARG_TYPE
   */
  constructor(
    source: Iterable<ChunkItem> | AsyncIterable<ChunkItem>,
    options: ChunkedBodyIterOptions = {},
  ) {
    super();
    checkItemSource(source);
    this.source = source;
    this.#trailers = options.trailers ?? null;
  }

  /** @internal The empty chunk, once the source has given it. */
  get lastChunk(): Chunk | null {
    return this.#last;
  }

  /**
   * Writes all chunks and gives the number of bytes in the chunked coding. The last chunk is held
   * back until the source has ended, so that no body with a chunk too many looks complete. Rejects
   * with GUDEG_ERR_BODY_STATE when called again, GUDEG_ERR_BODY_CHUNKS, GUDEG_ERR_BODY_SOURCE,
   * GUDEG_ERR_BAD_CHUNK_EXTENSION, GUDEG_ERR_BAD_TRAILER, or what the source or the sink throws.
   */
  async writeTo(sink: BodySink): Promise<number> {
    const refused = this.refusal(true);
    if (refused !== null) throw refused;
    const output = asByteSink(sink);
    this.begin();
    try {
      const { source } = this;
      let total = 0;
      if (Symbol.asyncIterator in source) {
        for await (const item of source) {
          const chunk: Chunk = checkItem(item, this.#last);
          if (chunk[1].length === 0) this.#last = chunk;
          else total += await writeChunkTo(output, chunk[0], chunk[1], null);
        }
      } else {
        for (const item of source) {
          const chunk: Chunk = checkItem(item, this.#last);
          if (chunk[1].length === 0) {
            this.#last = chunk;
            continue;
          }
          const bytes = writeChunkTo(output, chunk[0], chunk[1], null);
          total += typeof bytes === 'number' ? bytes : await bytes;
        }
      }
      const last = this.#last;
      if (last === null) {
        throw new GudegError(
          'GUDEG_ERR_BODY_CHUNKS',
          "the last chunk of a ChunkedBodyIter has data, or there is none; end with [null, '']",
        );
      }
      const bytes = writeChunkTo(output, last[0], last[1], this.#makeTrailers());
      total += typeof bytes === 'number' ? bytes : await bytes;
      this.settle(BodyState.CONSUMED);
      return total;
    } catch (error) {
      this.settle(BodyState.ERROR);
      throw error;
    }
  }

  /** Gives the body up before it is written, and ends its source. */
  close(): void {
    if (this.state !== BodyState.READY) return;
    this.settle(BodyState.ERROR);
    closeItemSource(this.source);
  }

  #makeTrailers(): Record<string, string> | null {
    const trailers = this.#trailers ?? null;
    return typeof trailers === 'function' ? trailers() : trailers;
  }
}

function checkItem(item: unknown, last: Chunk | null): Chunk {
  if (!Array.isArray(item) || item.length !== 2) {
    throw new GudegTypeError(
      'GUDEG_ERR_BODY_SOURCE',
      `ChunkedBodyIter items must be [extension, data]; got ${describeValue(item)}`,
    );
  }
  const data = itemBytes('ChunkedBodyIter', item[1]);
  if (last !== null) {
    throw new GudegError(
      'GUDEG_ERR_BODY_CHUNKS',
      `a ChunkedBodyIter gave another chunk (${data.length} bytes) behind the empty one; only the last is empty`,
    );
  }
  if (data.length > MAX_CHUNK_BYTES) {
    throw new GudegRangeError(
      'GUDEG_ERR_OUT_OF_RANGE',
      `the data of a chunk must be at most ${MAX_CHUNK_BYTES} bytes; got ${data.length}`,
    );
  }
  return [item[0] as ChunkExtension | null, data];
}
