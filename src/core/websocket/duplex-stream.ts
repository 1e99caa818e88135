import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { TunnelStream } from '../http/index.ts';

/** A stream of Node as a `TunnelStream`. */
export class DuplexStream implements TunnelStream {
  readonly #duplex: Duplex;
  readonly #iterator: AsyncIterator<Buffer>;
  #rest: Buffer;

  /** @param head bytes that were read from the stream before, and come first */
  constructor(duplex: Duplex, head: Uint8Array) {
    this.#duplex = duplex;
    this.#rest = Buffer.from(head);
    // Whoever reads or writes hears of it.
    duplex.on('error', () => undefined);
    this.#iterator = duplex[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(maxBytes = 65_536): Promise<Uint8Array> {
    if (this.#rest.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return this.#rest;
      this.#rest = next.value;
    }
    const bytes = this.#rest.subarray(0, maxBytes);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (this.#duplex.write(data)) return;
    await Promise.race([once(this.#duplex, 'drain'), once(this.#duplex, 'close')]);
  }

  end(): void {
    this.#duplex.end();
  }

  destroy(): void {
    this.#duplex.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let bytes = await this.read(); bytes.length > 0; bytes = await this.read()) yield bytes;
  }
}
