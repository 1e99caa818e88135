import { outOfRange } from '../errors.ts';
import type { TunnelStream } from '../http/index.ts';
import type { ClientChannel } from './client-channel.ts';
import { RequestSink } from './request-sink.ts';
import type { ResponseBodyReader } from './response-body-reader.ts';

const READ_BYTES = 65_536;

/** A client's connection that has left HTTP, after CONNECT or an upgrade. */
export class ClientTunnel implements TunnelStream {
  readonly #channel: ClientChannel;
  readonly #reader: ResponseBodyReader;
  readonly #sink: RequestSink;
  #hasEnded = false;

  constructor(channel: ClientChannel, reader: ResponseBodyReader) {
    this.#channel = channel;
    this.#reader = reader;
    this.#sink = new RequestSink(channel);
  }

  async read(maxBytes: number = READ_BYTES): Promise<Uint8Array> {
    if (!Number.isInteger(maxBytes) || maxBytes < 1) {
      throw outOfRange('maxBytes', 'an integer from 1', maxBytes);
    }
    return await this.#reader.read(maxBytes);
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (this.#hasEnded) throw this.#channel.closeError(false);
    await this.#sink.write(typeof data === 'string' ? Buffer.from(data) : data);
  }

  end(): void {
    const { slot, exchange } = this.#channel;
    if (this.#hasEnded || slot < 0) return;
    this.#hasEnded = true;
    exchange.engine.end(slot, '', '', '');
  }

  destroy(): void {
    this.#channel.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const piece = await this.read();
      if (piece.length === 0) return;
      yield piece;
    }
  }
}
