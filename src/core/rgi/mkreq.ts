import { GudegError, describeValue, invalidArgType, outOfRange } from '../errors.ts';
import { Body, type ChunkedBody } from '../http/index.ts';
import { Request, type RequestHeaders, type RequestHeaderValue } from './request.ts';

/**
 * A request that comes from nowhere, to call an app with (Degu's `mkreq`).
 *
 * @param method any token
 * @param uri origin-form, or `*`
 * @param headers by name; names become lower-case
 * @param body a string (UTF-8) or bytes become a Body, and its content-length is set
 * @param shift how many components of the path are in `mount` already
 * @throws GUDEG_ERR_INVALID_ARG_VALUE, GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_OUT_OF_RANGE
 *
 * @example
 * const [status] = await app(session, mkreq('GET', '/foo/bar', {}, null, 1), api);
 */
export function mkreq(
  method: string,
  uri: string,
  headers: Readonly<Record<string, RequestHeaderValue>> = {},
  body: Body | ChunkedBody | Uint8Array | string | null = null,
  shift = 0,
): Request {
  if (typeof method !== 'string') throw invalidArgType('method', 'a string', method);
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_ARG_VALUE',
      `method must be a token such as GET; got ${describeValue(method)}`,
    );
  }
  if (typeof uri !== 'string') throw invalidArgType('uri', 'a string', uri);
  if (!/^(?:\/[!-~]*|\*)$/.test(uri)) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_ARG_VALUE',
      `uri must start with / and hold visible ASCII only; got ${describeValue(uri)}`,
    );
  }
  const request = new MadeRequest(method, uri, headers, body);
  if (!Number.isInteger(shift) || shift < 0 || shift > request.path.length) {
    throw outOfRange('shift', `an integer in 0..${request.path.length}`, shift);
  }
  for (let i = 0; i < shift; i += 1) request.shiftPath();
  return request;
}

class MadeRequest extends Request {
  override readonly method: string;
  override readonly uri: string;
  override readonly headers: RequestHeaders;
  override readonly rawHeaders: readonly string[];
  override readonly body: Body | ChunkedBody | null;

  constructor(
    method: string,
    uri: string,
    headers: Readonly<Record<string, RequestHeaderValue>>,
    body: Body | ChunkedBody | Uint8Array | string | null,
  ) {
    super();
    this.method = method;
    this.uri = uri;
    this.headers = Object.create(null) as RequestHeaders;
    for (const [name, value] of Object.entries(headers)) this.headers[name.toLowerCase()] = value;
    if (typeof body === 'string' || body instanceof Uint8Array) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      this.body = new Body(bytes, bytes.length);
      this.headers['content-length'] ??= bytes.length;
    } else {
      this.body = body;
    }
    this.rawHeaders = Object.entries(this.headers).flatMap(([name, value]) => [
      name,
      String(value),
    ]);
  }
}
