import { GudegTypeError, describeValue } from '../errors.ts';
import type { Chunk, ChunkSource } from './byte-source.ts';
import { endIteration } from './end-iteration.ts';

/** The items of an iterable as chunks without extensions; its end is the last chunk. */
export class IterableChunkSource implements ChunkSource {
  #iterable: AsyncIterable<Uint8Array>;
  #iterator: AsyncIterator<Uint8Array>;
  #isDone = false;

  constructor(iterable: AsyncIterable<Uint8Array>) {
    this.#iterable = iterable;
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  async readChunk(): Promise<Chunk> {
    for (;;) {
      const result = await this.#iterator.next();
      if (result.done === true) {
        this.#isDone = true;
        return [null, new Uint8Array(0)];
      }
      const data: unknown = result.value;
      if (!(data instanceof Uint8Array)) {
        throw new GudegTypeError(
          'GUDEG_ERR_BODY_SOURCE',
          `the iterable of a ChunkedBody must give Uint8Array items (a stream without an encoding); got ${describeValue(data)}`,
        );
      }
      // An empty chunk would end the body on the wire.
      if (data.length > 0) return [null, data];
    }
  }

  close(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    endIteration(this.#iterable, this.#iterator);
  }
}
