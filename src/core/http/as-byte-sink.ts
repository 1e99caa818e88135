import { GudegError, invalidArgType } from '../errors.ts';
import type { ByteSink } from './byte-sink.ts';

/** Whatever a body writes itself to. A stream is written to at its own pace, and not ended. */
export type BodySink = ByteSink | NodeJS.WritableStream;

/** Makes one interface of everything that bytes may go to. @throws GUDEG_ERR_INVALID_ARG_TYPE */
export function asByteSink(sink: BodySink): ByteSink {
  if (typeof (sink as Partial<ByteSink> | null)?.write !== 'function') {
    throw invalidArgType('sink', 'a ByteSink or a Writable', sink);
  }
  return isStream(sink) ? new StreamSink(sink) : sink;
}

function isStream(sink: BodySink): sink is NodeJS.WritableStream {
  return (
    typeof (sink as Partial<NodeJS.WritableStream>).once === 'function' && !('writeChunk' in sink)
  );
}

class StreamSink implements ByteSink {
  #stream: NodeJS.WritableStream;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  write(data: Uint8Array): void | Promise<void> {
    if (!this.#stream.writable) throw streamClosed();
    if (this.#stream.write(data)) return;
    return this.#drained();
  }

  #drained(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        stream.off('drain', onDrain).off('close', onClose).off('error', settle);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onDrain = (): void => settle();
      const onClose = (): void => settle(streamClosed());
      stream.on('drain', onDrain).on('close', onClose).on('error', settle);
    });
  }
}

function streamClosed(): GudegError {
  return new GudegError('GUDEG_ERR_BODY_SINK', 'the stream was closed before all was written');
}
