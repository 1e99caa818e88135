import type { IncomingMessage } from 'node:http';
import { GudegError } from '../errors.ts';
import type { ByteSource, Chunk, ChunkSource } from '../http/index.ts';

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The body of a host's request, pulled from its stream: the host reads from the socket only as fast as
 * this is asked.
 */
export class MessageReader implements ByteSource, ChunkSource {
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  get trailers(): Record<string, string> | null {
    const { trailers } = this.#message;
    const names = Object.keys(trailers);
    return names.length === 0 ? null : (trailers as Record<string, string>);
  }

  read(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    const message = this.#message;
    // What is buffered comes without an event.
    const most = Math.min(maxBytes, message.readableLength);
    const piece = most === 0 ? null : (message.read(most) as Buffer | null);
    if (piece !== null) return piece;
    if (message.readableEnded) return NOTHING;
    return this.#until('readable').then(() => this.#readNow(maxBytes));
  }

  /** Node tells the pieces of a body as they came, and no chunk extensions. */
  async readChunk(): Promise<Chunk> {
    const message = this.#message;
    if (message.readableEnded) return [null, NOTHING];
    const piece = this.#until('data');
    message.resume();
    return [null, (await piece) ?? NOTHING];
  }

  #readNow(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    const message = this.#message;
    if (message.readableLength > 0) return this.read(maxBytes);
    // Only a read notices the end.
    message.read();
    return message.readableEnded ? NOTHING : this.read(maxBytes);
  }

  /** Waits for one event; null when the stream has ended. */
  #until(event: 'readable' | 'data'): Promise<Buffer | null> {
    const message = this.#message;
    if (message.destroyed || message.errored !== null) return Promise.reject(this.#gone());
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        message.off(event, onEvent).off('end', onEnd).off('close', onGone).off('error', onGone);
      };
      const onEvent = (piece?: Buffer): void => {
        stop();
        if (event === 'data') message.pause();
        resolve(piece ?? null);
      };
      const onEnd = (): void => {
        stop();
        resolve(null);
      };
      const onGone = (): void => {
        stop();
        reject(this.#gone());
      };
      message.on(event, onEvent).on('end', onEnd).on('close', onGone).on('error', onGone);
    });
  }

  #gone(): GudegError {
    const { method = '', url = '' } = this.#message;
    return new GudegError(
      'GUDEG_ERR_CONNECTION_CLOSED',
      `the client went away before the body of ${method} ${url} was there`,
      { cause: this.#message.errored ?? undefined },
    );
  }
}
