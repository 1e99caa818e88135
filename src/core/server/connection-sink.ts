import { GudegError, HttpProtocolError } from '../errors.ts';
import type { ByteSink, ChunkExtension } from '../http/index.ts';
import { WriteStatus, type Engine } from '../native/index.ts';
import type { EngineRequest } from './engine-request.ts';
import type { EngineSession } from './engine-session.ts';

/**
 * Takes the body of the answer to one request. An app may go on writing when its connection is gone or
 * the next request runs: the engine's number of the connection may mean another one by then, so that
 * nothing is passed on unless the request is the one that runs.
 */
export class ConnectionSink implements ByteSink {
  readonly #session: EngineSession;
  readonly #request: EngineRequest;
  readonly #engine: Engine;
  readonly #onComplete: () => void;
  /** Bytes of a body of known length that are still to come. */
  #left: number;

  /**
   * @param length of the whole body in bytes; null when its last chunk ends it
   * @param onComplete is called when the engine has the whole answer, before it gives another request
   */
  constructor(
    session: EngineSession,
    request: EngineRequest,
    engine: Engine,
    length: number | null,
    onComplete: () => void,
  ) {
    this.#session = session;
    this.#request = request;
    this.#engine = engine;
    this.#left = length ?? Infinity;
    this.#onComplete = onComplete;
  }

  write(data: Uint8Array): void | Promise<void> {
    const taken = this.#offer(data, 0);
    if (taken < data.length) return this.#offerRest(data, taken);
  }

  async #offerRest(data: Uint8Array, taken: number): Promise<void> {
    for (let start = taken; start < data.length;) {
      await this.#session.whenWritable();
      start += this.#offer(data, start);
    }
  }

  /** How many bytes the engine took: a slow client doesn't make it keep all of a large piece. */
  #offer(data: Uint8Array, start: number): number {
    this.#checkRunning();
    const taken = this.#engine.offer(this.#session.slot, data, start);
    if (taken < 0) throw this.#gone();
    this.#left -= taken;
    if (this.#left === 0) this.#onComplete();
    return taken;
  }

  writeChunk(
    extension: ChunkExtension | null,
    data: Uint8Array,
    trailers?: Readonly<Record<string, string>> | null,
  ): void | Promise<void> {
    this.#checkRunning();
    const [key, value] = extension ?? ['', ''];
    const { slot } = this.#session;
    if (data.length === 0) {
      const status = this.#engine.end(slot, key, value, renderTrailers(trailers ?? null));
      if (status === WriteStatus.GONE) throw this.#gone(extension);
      this.#onComplete();
      return;
    }
    const status = this.#engine.writeChunk(slot, key, value, data);
    if (status === WriteStatus.GONE) throw this.#gone(extension);
    if (status === WriteStatus.FULL) return this.#session.whenWritable();
  }

  /** Lets the kernel send a part of a file, which is the whole body. */
  async sendFile(fd: number, offset: number, length: number): Promise<void> {
    this.#checkRunning();
    const { slot } = this.#session;
    const status = this.#engine.sendFile(slot, fd, offset, length);
    if (status === WriteStatus.GONE) throw this.#gone();
    await this.#session.whenWritable();
    this.#checkRunning();
    if (this.#engine.end(slot, '', '', '') === WriteStatus.GONE) throw this.#gone();
    this.#onComplete();
  }

  #checkRunning(): void {
    if (this.#session.running !== this.#request) throw this.#gone();
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
