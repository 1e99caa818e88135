import { HttpProtocolError } from '../errors.ts';
import type { ByteSink, ChunkExtension } from '../http/index.ts';
import { WriteStatus } from '../native/index.ts';
import type { ClientChannel } from './client-channel.ts';

/** A large piece is offered in slices, so that a slow server doesn't make the engine keep all of it. */
const SLICE_BYTES = 262_144;

/** Takes the body of a request, or what a tunnel sends. */
export class RequestSink implements ByteSink {
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel) {
    this.#channel = channel;
  }

  write(data: Uint8Array): void | Promise<void> {
    for (let start = 0; start < data.length; start += SLICE_BYTES) {
      const slice = data.length <= SLICE_BYTES ? data : data.subarray(start, start + SLICE_BYTES);
      const { slot, exchange } = this.#channel;
      const status = slot < 0 ? WriteStatus.GONE : exchange.engine.write(slot, slice);
      if (status === WriteStatus.GONE) throw this.#gone();
      if (status === WriteStatus.FULL) return this.#writeRest(data, start + SLICE_BYTES);
    }
  }

  async #writeRest(data: Uint8Array, start: number): Promise<void> {
    await this.#channel.whenWritable();
    if (start < data.length) await this.write(data.subarray(start));
  }

  writeChunk(
    extension: ChunkExtension | null,
    data: Uint8Array,
    trailers?: Readonly<Record<string, string>> | null,
  ): void | Promise<void> {
    const [key, value] = extension ?? ['', ''];
    const { slot, exchange } = this.#channel;
    if (slot < 0) throw this.#gone();
    const status =
      data.length === 0
        ? exchange.engine.end(slot, key, value, trailerLines(trailers ?? null))
        : exchange.engine.writeChunk(slot, key, value, data);
    if (status === WriteStatus.GONE) {
      if (this.#channel.isClosed || extension === null) throw this.#gone();
      throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_OUTPUT_CHUNK', extension.join('='));
    }
    if (status === WriteStatus.FULL) return this.#channel.whenWritable();
  }

  #gone(): Error {
    return this.#channel.endReason(true);
  }
}

/** Field lines; the body classes have checked names and values. */
function trailerLines(trailers: Readonly<Record<string, string>> | null): string {
  if (trailers === null) return '';
  return Object.entries(trailers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
