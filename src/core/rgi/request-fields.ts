import { ContentRange, Range } from '../http/index.ts';
import type { RequestHeaders } from './request.ts';

/** Makes an object without a prototype, so that a field named `__proto__` is a field like any other. */
export const RequestFields = function () {
  /* an empty null-prototype class */
} as unknown as new () => RequestHeaders;
RequestFields.prototype = Object.create(null) as RequestHeaders;

/** Gives fields, in place, Degu's types: a length is a number, a simple range an object. */
export function giveFieldTypes(headers: RequestHeaders): void {
  const length = headers['content-length'];
  if (length !== undefined) headers['content-length'] = Number(length);
  const range = headers['range'];
  if (range !== undefined) headers['range'] = Range.parse(range as string) ?? range;
  const contentRange = headers['content-range'];
  if (contentRange !== undefined) {
    headers['content-range'] = ContentRange.parse(contentRange as string) ?? contentRange;
  }
}

/** Adds one field; a repeated one is joined to the earlier (RFC 9110 section 5.3; cookies by RFC 6265). */
export function addField(headers: RequestHeaders, name: string, value: string): void {
  const earlier = headers[name];
  if (earlier === undefined) headers[name] = value;
  else headers[name] = `${String(earlier)}${name === 'cookie' ? '; ' : ', '}${value}`;
}

/** Names and values in turn, as received, become `request.headers`. */
export function requestFields(rawHeaders: readonly string[]): RequestHeaders {
  const headers = new RequestFields();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    addField(headers, (rawHeaders[i] as string).toLowerCase(), rawHeaders[i + 1] as string);
  }
  giveFieldTypes(headers);
  return headers;
}
