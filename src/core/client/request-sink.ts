import { HttpProtocolError } from '../errors.ts';
import { EngineBodyWriter, type ChunkExtension } from '../http/index.ts';
import { WriteStatus } from '../native/index.ts';
import type { ClientChannel } from './client-channel.ts';

/** Takes the body of a request, or what a tunnel sends. */
export class RequestSink extends EngineBodyWriter {
  readonly #channel: ClientChannel;
  #isRefused = false;

  constructor(channel: ClientChannel) {
    super();
    this.#channel = channel;
  }

  /** True once the server takes no more, though it may still have answered. */
  get isRefused(): boolean {
    return this.#isRefused && !this.#channel.isClosed;
  }

  protected override offer(data: Uint8Array, start: number): number {
    const { slot, exchange } = this.#channel;
    return slot < 0 ? WriteStatus.GONE : exchange.engine.offer(slot, data, start);
  }

  protected override putChunk(key: string, value: string, data: Uint8Array): number {
    const { slot, exchange } = this.#channel;
    return slot < 0 ? WriteStatus.GONE : exchange.engine.writeChunk(slot, key, value, data);
  }

  protected override putEnd(key: string, value: string, trailers: string): number {
    const { slot, exchange } = this.#channel;
    return slot < 0 ? WriteStatus.GONE : exchange.engine.end(slot, key, value, trailers);
  }

  protected override whenWritable(): Promise<void> {
    return this.#channel.whenWritable();
  }

  protected override gone(extension: ChunkExtension | null): Error {
    if (extension !== null && !this.#channel.isClosed) {
      return new HttpProtocolError('GUDEG_ERR_HTTP_BAD_OUTPUT_CHUNK', extension.join('='));
    }
    this.#isRefused = true;
    return this.#channel.endReason(true);
  }
}
