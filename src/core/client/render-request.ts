import { GudegError, GudegTypeError, describeValue } from '../errors.ts';
import { Body, BodyIter, ChunkedBody, ChunkedBodyIter, type Tunnel } from '../http/index.ts';
import type { BaseHeaders } from './base-headers.ts';
import type { ResponseBody, ResponseHeaders, ResponseHeaderValue } from '../rgi/index.ts';

/** What a request can carry; a string is sent as UTF-8. */
export type RequestBody = Exclude<ResponseBody, Tunnel>;

/** Outgoing fields of a request by name; an array gives one field line per item. */
export type OutgoingHeaders = ResponseHeaders;

/** A request in the form that the engine takes. The engine judges what is in it. */
export interface RenderedRequest {
  readonly head: string;
  readonly fieldCount: number;
  /** A body that is there; null where there is none or where it is written later. */
  readonly bytes: Uint8Array | null;
  /** A body that writes itself after the head. */
  readonly later: Body | BodyIter | ChunkedBody | ChunkedBodyIter | null;
  readonly expectsContinue: boolean;
}

const WIDE = /[^\0-\xff]/;
/** Methods whose requests usually have content (RFC 9110 section 8.6). */
const EXPECTS_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_CLIENT_REQUEST */
export function renderRequest(
  method: string,
  uri: string,
  base: BaseHeaders,
  headers: OutgoingHeaders,
  body: RequestBody,
  isDegu: boolean,
): RenderedRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  let lines = base.lines;
  let fieldCount = base.values.size;
  let framing = framingOf(method, bytes, isDegu);
  let expectsContinue = false;
  for (const given in headers) {
    const value = headers[given] as ResponseHeaderValue;
    const name = given.toLowerCase();
    if (base.values.has(name)) continue;
    if (name === 'content-length' || name === 'transfer-encoding') {
      framing = checkFraming(name, value, framing);
      continue;
    }
    if (name === 'expect') expectsContinue = bytes !== null;
    for (const each of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      lines += fieldLine(name, each);
      fieldCount++;
    }
  }
  if (framing !== null) {
    lines += `${framing[0]}: ${framing[1]}\r\n`;
    fieldCount++;
  }
  const head = `${method} ${uri} HTTP/1.1\r\n${lines}\r\n`;
  if (WIDE.test(head)) {
    throw new GudegError(
      'GUDEG_ERR_CLIENT_REQUEST',
      `a request head holds one byte a character; encode what has more in ${describeValue(head)}`,
    );
  }
  const isBytes = bytes instanceof Uint8Array;
  return {
    head,
    fieldCount,
    bytes: isBytes && bytes.length > 0 ? bytes : null,
    later: isBytes ? null : bytes,
    expectsContinue,
  };
}

type Framing = readonly [name: 'content-length' | 'transfer-encoding', value: string];

function framingOf(
  method: string,
  body: Exclude<RequestBody, string>,
  isDegu: boolean,
): Framing | null {
  if (body === null) {
    return !isDegu && EXPECTS_BODY.has(method) ? ['content-length', '0'] : null;
  }
  if (body instanceof Uint8Array) return ['content-length', String(body.length)];
  if (body instanceof Body || body instanceof BodyIter) {
    return ['content-length', String(body.contentLength)];
  }
  if (body instanceof ChunkedBody || body instanceof ChunkedBodyIter) {
    return ['transfer-encoding', 'chunked'];
  }
  throw new GudegTypeError(
    'GUDEG_ERR_INVALID_ARG_TYPE',
    `body must be null, a string, a Uint8Array, Body, BodyIter, ChunkedBody or ChunkedBodyIter; got ${describeValue(body)}`,
  );
}

/** What a caller says of the framing must be so (Degu: `'content-length' mismatch: 3 != 4`). */
function checkFraming(name: string, value: unknown, framing: Framing | null): Framing | null {
  const text = String(value);
  if (framing === null && name === 'content-length' && text === '0') return [name, '0'];
  if (framing?.[0] === name && framing[1] === text) return framing;
  throw new GudegError(
    'GUDEG_ERR_CLIENT_REQUEST',
    `'${name}' mismatch: ${describeValue(value)} given, but the body makes it ${framing?.join(': ') ?? 'absent'}`,
  );
}

/** One line. The engine finds line ends in it, but not that a name holds a colon. */
export function fieldLine(name: string, value: unknown): string {
  if (value === undefined || value === null || name.includes(':')) {
    throw new GudegError(
      'GUDEG_ERR_CLIENT_REQUEST',
      `a field is a name without colon and a value; got ${describeValue(name)}: ${describeValue(value)}`,
    );
  }
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- what renders itself may be a value
  return `${name}: ${String(value)}\r\n`;
}
