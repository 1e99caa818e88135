import { Body } from './body.ts';
import { BodyIter } from './body-iter.ts';
import { ChunkedBody } from './chunked-body.ts';
import { ChunkedBodyIter } from './chunked-body-iter.ts';

/** A body that writes itself, as fast as a sink takes it. */
export type StreamedBody = Body | ChunkedBody | BodyIter | ChunkedBodyIter;

/** Whether a value is a body that writes itself. */
export function isStreamedBody(body: unknown): body is StreamedBody {
  return (
    body instanceof Body ||
    body instanceof ChunkedBody ||
    body instanceof BodyIter ||
    body instanceof ChunkedBodyIter
  );
}
