import { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { GudegError } from '../errors.ts';
import type { ByteSink, ChunkExtension } from '../http/index.ts';

/** A stream, or a `ServerResponse`, which takes trailers too. */
type MessageStream = Writable & { addTrailers?(trailers: Record<string, string>): void };

/**
 * Takes a body that goes out through a host's stream. Each chunk is written alone, so that it stays a
 * chunk; node:http has no place for chunk extensions.
 */
export class MessageSink implements ByteSink {
  readonly #stream: MessageStream;

  constructor(stream: MessageStream) {
    this.#stream = stream;
  }

  write(data: Uint8Array): void | Promise<void> {
    const stream = this.#stream;
    if (stream.destroyed) throw readerGone();
    if (data.length === 0) return;
    if (stream instanceof ServerResponse) gatherInSocket(stream.socket);
    if (stream.write(data)) return;
    return this.#drained();
  }

  writeChunk(
    _extension: ChunkExtension | null,
    data: Uint8Array,
    trailers?: Readonly<Record<string, string>> | null,
  ): void | Promise<void> {
    if (data.length > 0) return this.write(data);
    if (trailers !== undefined && trailers !== null) this.#stream.addTrailers?.(trailers);
  }

  #drained(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        stream.off('drain', onDrain).off('close', onClose);
      };
      const onDrain = (): void => {
        stop();
        resolve();
      };
      const onClose = (): void => {
        stop();
        reject(readerGone());
      };
      stream.on('drain', onDrain).on('close', onClose);
    });
  }
}

/**
 * From Node 26 on a response makes one chunk of all that is written in one go, unless its socket is corked: that
 * gathers as well, and knows nothing of chunks.
 */
function gatherInSocket(socket: Writable | null): void {
  if (socket?.writableCorked !== 0) return;
  socket.cork();
  process.nextTick(() => {
    socket.uncork();
  });
}

function readerGone(): GudegError {
  return new GudegError(
    'GUDEG_ERR_CONNECTION_CLOSED',
    'the client went away before it had the whole answer',
  );
}
