import {
  Body,
  BodyIter,
  ChunkedBody,
  ChunkedBodyIter,
  ContentRange,
  Range,
  Tunnel,
} from '../http/index.ts';

/** The constructors an application needs for its answers, passed to it as the third argument. */
export interface Api {
  readonly Body: typeof Body;
  readonly ChunkedBody: typeof ChunkedBody;
  readonly BodyIter: typeof BodyIter;
  readonly ChunkedBodyIter: typeof ChunkedBodyIter;
  readonly Range: typeof Range;
  readonly ContentRange: typeof ContentRange;
  readonly Tunnel: typeof Tunnel;
}

/** The one object that all applications get (Degu's `api`). Frozen. */
export const api: Api = Object.freeze({
  Body,
  ChunkedBody,
  BodyIter,
  ChunkedBodyIter,
  Range,
  ContentRange,
  Tunnel,
});
