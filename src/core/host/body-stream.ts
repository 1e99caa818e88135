import { PassThrough, type Readable } from 'node:stream';
import type { StreamedBody } from '../http/index.ts';
import { MessageSink } from './message-sink.ts';

/** A body as a stream, for a host that wants to look at what it sends. Destroying it gives the body up. */
export function bodyStream(body: StreamedBody): Readable {
  const stream = new PassThrough();
  body.writeTo(new MessageSink(stream)).then(
    () => {
      stream.end();
    },
    (error: unknown) => {
      stream.destroy(error as Error);
    },
  );
  return stream;
}
