import { GudegRangeError, GudegTypeError, describeValue, invalidArgType } from '../errors.ts';
import { asByteSink, type BodySink } from './as-byte-sink.ts';
import { asBuffer, parseJson } from './body-content.ts';
import { ByteCollector } from './byte-collector.ts';
import { BodyState } from './body-state.ts';
import type { Chunk, ChunkSource } from './byte-source.ts';
import { IterableChunkSource } from './iterable-chunk-source.ts';
import { MAX_READ_BYTES } from './limits.ts';
import { SingleUseBody } from './single-use-body.ts';
import { writeChunkTo } from './write-chunk-to.ts';

/**
 * A body in chunks whose length shows only at its end (Degu's `ChunkedBody`): what a request with
 * transfer-encoding carries, and what an app may answer. Chunk boundaries and extensions are kept.
 * It is used once. All methods report errors by rejecting: GUDEG_ERR_BODY_STATE when it is used
 * again, GUDEG_ERR_BODY_SOURCE when the source breaks its contract, and whatever the source throws.
 */
export class ChunkedBody extends SingleUseBody {
  /** True: the length is not known. */
  readonly chunked = true as const;
  /** Where the chunks come from, as given. */
  readonly source: ChunkSource | AsyncIterable<Uint8Array>;
  /** What `read()`, `text()` and `json()` give at most, in bytes. */
  maxReadBytes: number = MAX_READ_BYTES;
  #chunks: ChunkSource;
  #trailers: Record<string, string> | null = null;

  /**
   * @param source a ChunkSource, or a Readable or other iterable each of whose items becomes a chunk
   * @throws GUDEG_ERR_INVALID_ARG_TYPE
   */
  constructor(source: ChunkSource | AsyncIterable<Uint8Array>) {
    super();
    this.#chunks = asChunkSource(source);
    this.source = source;
  }

  /** The fields behind the last chunk, by lower-case name; null before the body is CONSUMED or without any. */
  get trailers(): Record<string, string> | null {
    return this.#trailers;
  }

  /**
   * Gives the next chunk, `[extension, data]`. The one with empty data is the last and makes the body
   * CONSUMED.
   */
  readChunk(): Promise<Chunk> {
    const refused = this.refusal(false);
    if (refused !== null) return Promise.reject(refused);
    return this.#next();
  }

  /** Gives the data of all chunks that were not read yet. @throws GUDEG_ERR_BODY_TOO_LARGE (the body is lost then) */
  async read(): Promise<Buffer> {
    const refused = this.refusal(false);
    if (refused !== null) throw refused;
    const collector = new ByteCollector();
    this.begin();
    try {
      for (;;) {
        const given = this.#chunks.readChunk();
        const [, data] = checkChunk(Array.isArray(given) ? given : await given);
        if (data.length === 0) break;
        collector.add(data);
        if (collector.length > this.maxReadBytes) throw this.#tooLarge(collector.length);
      }
    } catch (error) {
      throw this.#fail(error);
    }
    this.#finish();
    return collector.take();
  }

  #tooLarge(bytes: number): Error {
    return new GudegRangeError(
      'GUDEG_ERR_BODY_TOO_LARGE',
      `the chunks have ${bytes} bytes so far, and read() gives at most ${this.maxReadBytes}; iterate the body, or raise body.maxReadBytes`,
    );
  }

  /** The bytes of `read()` as UTF-8. */
  async text(): Promise<string> {
    return (await this.read()).toString();
  }

  /** The bytes of `read()` parsed as JSON. @throws GUDEG_ERR_BODY_JSON (status 400) */
  async json(): Promise<unknown> {
    return parseJson(await this.read());
  }

  /** Gives every chunk, `[extension, data]`, the empty last one too. Needs a READY body. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk, void, undefined> {
    const refused = this.refusal(true);
    if (refused !== null) throw refused;
    for (;;) {
      const chunk = await this.#next();
      yield chunk;
      if (chunk[1].length === 0) return;
    }
  }

  /**
   * Writes every chunk with its extension, and the trailers, and gives the number of bytes in the
   * chunked coding. Needs a READY body.
   */
  async writeTo(sink: BodySink): Promise<number> {
    const refused = this.refusal(true);
    if (refused !== null) throw refused;
    const output = asByteSink(sink);
    this.begin();
    let total = 0;
    try {
      for (;;) {
        const given = this.#chunks.readChunk();
        const [extension, data] = checkChunk(Array.isArray(given) ? given : await given);
        const isLast = data.length === 0;
        const trailers = isLast ? (this.#chunks.trailers ?? null) : null;
        const bytes = writeChunkTo(output, extension, data, trailers);
        total += typeof bytes === 'number' ? bytes : await bytes;
        if (isLast) break;
      }
    } catch (error) {
      throw this.#fail(error);
    }
    this.#finish();
    return total;
  }

  /** Gives the body up and frees what its source holds; does nothing once it is CONSUMED. */
  close(): void {
    if (this.state === BodyState.CONSUMED || this.state === BodyState.ERROR) return;
    this.settle(BodyState.ERROR);
    this.#chunks.close?.();
  }

  async #next(): Promise<Chunk> {
    this.begin();
    let chunk: Chunk;
    try {
      const given = this.#chunks.readChunk();
      chunk = checkChunk(Array.isArray(given) ? given : await given);
    } catch (error) {
      throw this.#fail(error);
    }
    if (chunk[1].length === 0) this.#finish();
    else this.settle(BodyState.STARTED);
    return Buffer.isBuffer(chunk[1]) ? chunk : [chunk[0], asBuffer(chunk[1])];
  }

  #finish(): void {
    this.#trailers = this.#chunks.trailers ?? null;
    this.settle(BodyState.CONSUMED);
    this.#chunks.close?.();
  }

  #fail(error: unknown): Error {
    this.settle(BodyState.ERROR);
    this.#chunks.close?.();
    return error as Error;
  }
}

function asChunkSource(source: ChunkSource | AsyncIterable<Uint8Array>): ChunkSource {
  if (typeof source === 'object' && (source as unknown) !== null) {
    if (Symbol.asyncIterator in source) return new IterableChunkSource(source);
    if (typeof (source as Partial<ChunkSource>).readChunk === 'function') return source;
  }
  throw invalidArgType(
    'source',
    'a ChunkSource, a Readable or other AsyncIterable<Uint8Array>',
    source,
  );
}

function checkChunk(chunk: unknown): Chunk {
  if (Array.isArray(chunk) && chunk.length === 2 && chunk[1] instanceof Uint8Array) {
    return chunk as unknown as Chunk;
  }
  throw new GudegTypeError(
    'GUDEG_ERR_BODY_SOURCE',
    `readChunk() of a chunk source must give [extension, Uint8Array]; got ${describeValue(chunk)}`,
  );
}
