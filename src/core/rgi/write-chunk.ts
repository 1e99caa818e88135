import { asByteSink, writeChunkTo, type BodySink, type Chunk } from '../http/index.ts';

/**
 * Writes one chunk in the chunked transfer coding and gives the number of bytes (Degu's
 * `write_chunk`). Rejects with GUDEG_ERR_BAD_CHUNK_EXTENSION, or what the sink throws.
 */
export async function writeChunk(sink: BodySink, [extension, data]: Chunk): Promise<number> {
  return writeChunkTo(asByteSink(sink), extension, data, null);
}
