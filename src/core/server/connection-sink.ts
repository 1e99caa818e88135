import { GudegError, HttpProtocolError } from '../errors.ts';
import { EngineBodyWriter, type ChunkExtension } from '../http/index.ts';
import { WriteStatus, type Engine } from '../native/index.ts';
import type { EngineRequest } from './engine-request.ts';
import type { EngineSession } from './engine-session.ts';

/**
 * Takes the body of the answer to one request. An app may go on writing when its connection is gone or
 * the next request runs: the engine's number of the connection may mean another one by then, so that
 * nothing is passed on unless the request is the one that runs.
 */
export class ConnectionSink extends EngineBodyWriter {
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
    super();
    this.#session = session;
    this.#request = request;
    this.#engine = engine;
    this.#left = length ?? Infinity;
    this.#onComplete = onComplete;
  }

  protected override offer(data: Uint8Array, start: number): number {
    this.#checkRunning();
    const taken = this.#engine.offer(this.#session.slot, data, start);
    if (taken < 0) return taken;
    this.#left -= taken;
    if (this.#left === 0) this.#onComplete();
    return taken;
  }

  protected override putChunk(key: string, value: string, data: Uint8Array): number {
    this.#checkRunning();
    return this.#engine.writeChunk(this.#session.slot, key, value, data);
  }

  protected override putEnd(key: string, value: string, trailers: string): number {
    this.#checkRunning();
    const status = this.#engine.end(this.#session.slot, key, value, trailers);
    if (status !== WriteStatus.GONE) this.#onComplete();
    return status;
  }

  protected override whenWritable(): Promise<void> {
    return this.#session.whenWritable();
  }

  /** Lets the kernel send a part of a file, which is the whole body. */
  async sendFile(fd: number, offset: number, length: number): Promise<void> {
    this.#checkRunning();
    const status = this.#engine.sendFile(this.#session.slot, fd, offset, length);
    if (status === WriteStatus.GONE) throw this.gone();
    await this.#session.whenWritable();
    if (this.putEnd('', '', '') === WriteStatus.GONE) throw this.gone();
  }

  #checkRunning(): void {
    if (this.#session.running !== this.#request) throw this.gone();
  }

  protected override gone(extension: ChunkExtension | null = null): GudegError {
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
