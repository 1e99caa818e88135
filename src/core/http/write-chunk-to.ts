import type { ByteSink } from './byte-sink.ts';
import type { ChunkExtension } from './byte-source.ts';
import {
  checkChunkExtension,
  checkTrailers,
  formatChunk,
  formattedChunkBytes,
} from './chunk-coding.ts';

/**
 * Writes one chunk to a sink, by its own coding or ours, and gives the bytes it takes on the wire:
 * a promise only when the sink asks to wait.
 * @throws GUDEG_ERR_BAD_CHUNK_EXTENSION, GUDEG_ERR_BAD_TRAILER before anything is written
 */
export function writeChunkTo(
  sink: ByteSink,
  extension: ChunkExtension | null,
  data: Uint8Array,
  trailers: Readonly<Record<string, string>> | null,
): number | Promise<number> {
  if (extension !== null) checkChunkExtension(extension);
  if (trailers !== null) checkTrailers(trailers);
  let bytes: number;
  let written: void | Promise<void>;
  if (sink.writeChunk === undefined) {
    const chunk = formatChunk(extension, data, trailers);
    bytes = chunk.length;
    written = sink.write(chunk);
  } else {
    bytes = formattedChunkBytes(extension, data.length, trailers);
    written = sink.writeChunk(extension, data, trailers);
  }
  return written === undefined ? bytes : Promise.resolve(written).then(() => bytes);
}
