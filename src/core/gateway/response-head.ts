import { GudegTypeError, describeValue } from '../errors.ts';
import { reasonPhrase } from '../http/index.ts';
import type { ResponseHeaders } from '../rgi/index.ts';

/** How a response begins, checked. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: ResponseHeaders;
  /** What `content-length` says; null without one. */
  readonly contentLength: number | null;
}

/** RFC 9110 section 7.6.1: these concern one connection, which is the server's. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'trailers',
  'transfer-encoding',
  'upgrade',
]);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const STATUS = /^([2-5]\d\d)(?: ([\t -~\x80-\xff]*))?$/;
const VALUE = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;
/** Lower-case names by what apps write; a program has few. */
const names = new Map<string, string>();
const MAX_NAMES = 512;

/** Objects without a prototype, so that a field named `__proto__` is a field like any other. */
const Headers = function () {
  /* an empty null-prototype class */
} as unknown as new () => Record<string, string | string[]>;
Headers.prototype = Object.create(null) as Record<string, string | string[]>;

/**
 * Reads what an app gave `startResponse`.
 * @param isCapitalized field names begin with capitals: `Content-Type`
 * @throws GUDEG_ERR_GATEWAY_RESPONSE naming what cannot be sent and why
 */
export function responseHead(
  status: unknown,
  headers: unknown,
  isCapitalized: boolean,
): ResponseHead {
  const code = typeof status === 'number' ? status : statusCode(status);
  if (!Number.isInteger(code) || code < 200 || code > 599) throw badStatus(status);
  const reason = typeof status === 'string' ? status.slice(4) : reasonPhrase(code);
  const fields = new Headers();
  for (const pair of fieldPairs(headers)) addField(fields, pair);
  const given = fields['content-length'];
  const contentLength = given === undefined ? null : parseLength(given);
  if (code === 204 && contentLength !== null) {
    if (contentLength > 0) throw badField('content-length', `absent with status 204`, given);
    delete fields['content-length'];
  }
  return {
    status: code,
    reason,
    headers: isCapitalized ? capitalized(fields) : fields,
    contentLength: code === 204 ? null : contentLength,
  };
}

/** `Content-Type` for clients that cannot read `content-type`. */
function capitalized(fields: ResponseHeaders): ResponseHeaders {
  const written = new Headers() as ResponseHeaders;
  for (const name in fields) {
    const capital = name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
    written[capital] = fields[name] as string;
  }
  return written;
}

function statusCode(status: unknown): number {
  const parts = typeof status === 'string' ? STATUS.exec(status) : null;
  if (parts === null) throw badStatus(status);
  return Number(parts[1]);
}

function fieldPairs(headers: unknown): Iterable<unknown> {
  if (Array.isArray(headers)) return headers as unknown[];
  if (typeof headers === 'object' && headers !== null) {
    return Symbol.iterator in headers
      ? (headers as Iterable<unknown>)
      : Object.entries(headers as Record<string, unknown>);
  }
  throw bad('headers', 'an array of [name, value], or an object', headers);
}

function addField(fields: Record<string, string | string[]>, pair: unknown): void {
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw bad('each of the headers', '[name, value]', pair);
  }
  const [given, value] = pair as [unknown, unknown];
  const name = (typeof given === 'string' ? names.get(given) : undefined) ?? fieldName(given);
  if (typeof value !== 'string') throw badField(name, 'a string', value);
  if (!VALUE.test(value)) {
    throw badField(
      name,
      'one byte a character, without control characters and outer white space',
      value,
    );
  }
  const earlier = fields[name];
  if (earlier === undefined) fields[name] = value;
  else if (typeof earlier === 'string') fields[name] = [earlier, value];
  else earlier.push(value);
}

function fieldName(given: unknown): string {
  if (typeof given !== 'string' || !TOKEN.test(given)) {
    throw bad('a header name', 'a token (RFC 9110 section 5.6.2)', given);
  }
  const name = given.toLowerCase();
  if (HOP_BY_HOP.has(name)) {
    throw bad('a header', "no hop-by-hop field, because the connection is the server's", given);
  }
  if (names.size < MAX_NAMES) names.set(given, name);
  return name;
}

function parseLength(given: string | string[]): number {
  const length = typeof given === 'string' && /^\d{1,16}$/.test(given) ? Number(given) : NaN;
  if (!Number.isSafeInteger(length)) throw badField('content-length', 'one integer from 0', given);
  return length;
}

function badStatus(status: unknown): GudegTypeError {
  return bad('status', "'200 OK' or a number, in 200..599", status);
}

function badField(name: string, expected: string, got: unknown): GudegTypeError {
  return bad(`the header ${name}`, expected, got);
}

function bad(what: string, expected: string, got: unknown): GudegTypeError {
  return new GudegTypeError(
    'GUDEG_ERR_GATEWAY_RESPONSE',
    `${what} given to startResponse must be ${expected}; got ${describeValue(got)}`,
  );
}
