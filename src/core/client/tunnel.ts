import { Duplex } from 'node:stream';
import type { ClientChannel } from './client-channel.ts';
import { RequestSink } from './request-sink.ts';
import type { ResponseBodyReader } from './response-body-reader.ts';

const READ_BYTES = 65_536;

/** A connection that has left HTTP, after CONNECT or an upgrade, as a stream. */
export class Tunnel extends Duplex {
  readonly #channel: ClientChannel;
  readonly #reader: ResponseBodyReader;
  readonly #sink: RequestSink;

  constructor(channel: ClientChannel, reader: ResponseBodyReader) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    this.#reader = reader;
    this.#sink = new RequestSink(channel);
  }

  override _read(): void {
    Promise.resolve(this.#reader.read(READ_BYTES)).then(
      (piece) => {
        this.push(piece.length === 0 ? null : piece);
      },
      (error: unknown) => {
        this.destroy(error as Error);
      },
    );
  }

  override _write(
    data: Uint8Array,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    try {
      const written = this.#sink.write(data);
      if (written === undefined) done();
      else
        written.then(() => {
          done();
        }, done);
    } catch (error) {
      done(error as Error);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    const { slot, exchange } = this.#channel;
    if (slot >= 0) exchange.engine.end(slot, '', '', '');
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.close();
    done(error);
  }
}
