import { GudegError, HttpProtocolError } from '../errors.ts';
import type { ByteSink, ChunkExtension } from '../http/index.ts';
import { WriteStatus, type Engine } from '../native/index.ts';
import type { EngineSession } from './engine-session.ts';

/** A large piece is offered in slices, so that a slow client doesn't make the engine keep all of it. */
const SLICE_BYTES = 262_144;

/** Takes the body of the answer that is under way on a connection. */
export class ConnectionSink implements ByteSink {
  readonly #session: EngineSession;
  readonly #engine: Engine;

  constructor(session: EngineSession, engine: Engine) {
    this.#session = session;
    this.#engine = engine;
  }

  write(data: Uint8Array): void | Promise<void> {
    for (let start = 0; start < data.length; start += SLICE_BYTES) {
      const slice = data.length <= SLICE_BYTES ? data : data.subarray(start, start + SLICE_BYTES);
      const status = this.#engine.write(this.#session.slot, slice);
      if (status === WriteStatus.GONE) throw this.#gone();
      if (status === WriteStatus.FULL) return this.#writeRest(data, start + SLICE_BYTES);
    }
  }

  async #writeRest(data: Uint8Array, start: number): Promise<void> {
    await this.#session.whenWritable();
    if (start < data.length) await this.write(data.subarray(start));
  }

  writeChunk(
    extension: ChunkExtension | null,
    data: Uint8Array,
    trailers?: Readonly<Record<string, string>> | null,
  ): void | Promise<void> {
    const [key, value] = extension ?? ['', ''];
    const { slot } = this.#session;
    if (data.length === 0) {
      const status = this.#engine.end(slot, key, value, renderTrailers(trailers ?? null));
      if (status === WriteStatus.GONE) throw this.#gone(extension);
      return;
    }
    const status = this.#engine.writeChunk(slot, key, value, data);
    if (status === WriteStatus.GONE) throw this.#gone(extension);
    if (status === WriteStatus.FULL) return this.#session.whenWritable();
  }

  /** Lets the kernel send a part of a file. */
  async sendFile(fd: number, offset: number, length: number): Promise<void> {
    const status = this.#engine.sendFile(this.#session.slot, fd, offset, length);
    if (status === WriteStatus.GONE) throw this.#gone();
    await this.#session.whenWritable();
  }

  #gone(extension: ChunkExtension | null = null): GudegError {
    const closed = this.#session.closeError;
    if (closed !== null) return closed;
    if (extension !== null) {
      return new HttpProtocolError('GUDEG_ERR_HTTP_BAD_OUTPUT_CHUNK', extension.join('='));
    }
    return new GudegError(
      'GUDEG_ERR_CONNECTION_CLOSED',
      'the client went away before it had the whole answer',
    );
  }
}

/** Field lines; the body classes have checked names and values. */
function renderTrailers(trailers: Readonly<Record<string, string>> | null): string {
  if (trailers === null) return '';
  return Object.entries(trailers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
