import { HttpProtocolError } from '../errors.ts';
import type { ByteSink, ChunkExtension } from '../http/index.ts';
import { WriteStatus } from '../native/index.ts';
import type { ClientChannel } from './client-channel.ts';

/** Takes the body of a request, or what a tunnel sends. */
export class RequestSink implements ByteSink {
  readonly #channel: ClientChannel;
  #isRefused = false;

  constructor(channel: ClientChannel) {
    this.#channel = channel;
  }

  /** True once the server takes no more, though it may still have answered. */
  get isRefused(): boolean {
    return this.#isRefused && !this.#channel.isClosed;
  }

  write(data: Uint8Array): void | Promise<void> {
    const taken = this.#offer(data, 0);
    if (taken < data.length) return this.#offerRest(data, taken);
  }

  async #offerRest(data: Uint8Array, taken: number): Promise<void> {
    for (let start = taken; start < data.length;) {
      await this.#channel.whenWritable();
      start += this.#offer(data, start);
    }
  }

  /** How many bytes the engine took: a slow server doesn't make it keep all of a large piece. */
  #offer(data: Uint8Array, start: number): number {
    const { slot, exchange } = this.#channel;
    const taken = slot < 0 ? WriteStatus.GONE : exchange.engine.offer(slot, data, start);
    if (taken < 0) throw this.#gone();
    return taken;
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
    this.#isRefused = true;
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
