import type { Chunk, ChunkSource } from '../http/index.ts';
import { copyBytes } from './copy-bytes.ts';

const LAST: Chunk = [null, Buffer.alloc(0)];

/** A chunked body that was there, whole, with its head. */
export class WholeChunks implements ChunkSource {
  readonly #data: Buffer[] = [];
  #given = 0;

  /**
   * Copies the data out of the arena.
   * @param table where and how long the data of each chunk is, two integers each
   */
  constructor(arena: Buffer, table: Int32Array) {
    for (let i = 0; i < table.length; i += 2) {
      this.#data.push(copyBytes(arena, table[i] as number, table[i + 1] as number));
    }
  }

  readChunk(): Chunk {
    const data = this.#data[this.#given++];
    return data === undefined ? LAST : [null, data];
  }
}
