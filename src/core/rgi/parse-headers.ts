import { HttpProtocolError, describeValue } from '../errors.ts';
import { ContentRange, Range } from '../http/index.ts';
import type { RequestHeaders, RequestHeaderValue } from './request.ts';

const NAME = /^[-0-9A-Za-z]{1,32}$/;
const VALUE = /^[-0-9A-Za-z +.:_~%&=/?"'()*,;<>[\]]+$/;
const LENGTH = /^(?:0|[1-9][0-9]{0,15})$/;

/**
 * Field lines as an object, by Degu's strict rules (`parse_headers`): `Name: value` lines joined by
 * CRLF, without one at the end; names become lower-case, `content-length` a number, `range` and
 * `content-range` objects. Bytes are taken as Latin-1. The object has no prototype.
 *
 * @param isResponse whose fields they are: `range` belongs to requests, `content-range` to responses
 * @throws HttpProtocolError as the engine does in the `degu` profile
 */
export function parseHeaders(source: string | Uint8Array, isResponse = false): RequestHeaders {
  const text = typeof source === 'string' ? source : Buffer.from(source).toString('latin1');
  const headers = Object.create(null) as RequestHeaders;
  if (text === '') return headers;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(': ');
    if (colon < 0 || line.length < 4) {
      throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_FIELD_LINE', describeValue(line));
    }
    const name = line.slice(0, colon);
    const value = line.slice(colon + 2);
    if (!NAME.test(name)) {
      throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_FIELD_NAME', describeValue(name));
    }
    if (!VALUE.test(value)) {
      throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_FIELD_VALUE', describeValue(line));
    }
    const key = name.toLowerCase();
    if (key in headers) {
      throw new HttpProtocolError('GUDEG_ERR_HTTP_DUPLICATE_FIELD', describeValue(line));
    }
    headers[key] = parseValue(key, value);
  }
  checkCombination(headers, isResponse);
  return headers;
}

function parseValue(name: string, value: string): RequestHeaderValue {
  switch (name) {
    case 'content-length':
      if (!LENGTH.test(value)) {
        throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH', describeValue(value));
      }
      if (Number(value) > Number.MAX_SAFE_INTEGER) {
        throw new HttpProtocolError('GUDEG_ERR_HTTP_CONTENT_LENGTH_TOO_LARGE', value);
      }
      return Number(value);
    case 'transfer-encoding':
      if (value === 'chunked') return value;
      throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_TRANSFER_ENCODING', describeValue(value));
    case 'range':
      return (
        Range.parse(value) ??
        refuse(new HttpProtocolError('GUDEG_ERR_HTTP_BAD_RANGE', describeValue(value)))
      );
    case 'content-range':
      return (
        ContentRange.parse(value) ??
        refuse(new HttpProtocolError('GUDEG_ERR_HTTP_BAD_CONTENT_RANGE', describeValue(value)))
      );
    default:
      return value;
  }
}

function checkCombination(headers: RequestHeaders, isResponse: boolean): void {
  const hasLength = 'content-length' in headers;
  const hasEncoding = 'transfer-encoding' in headers;
  if (hasLength && hasEncoding) {
    throw new HttpProtocolError('GUDEG_ERR_HTTP_LENGTH_AND_TRANSFER_ENCODING');
  }
  if ('range' in headers && (hasLength || hasEncoding)) {
    throw new HttpProtocolError('GUDEG_ERR_HTTP_RANGE_WITH_BODY');
  }
  if ((isResponse ? 'range' : 'content-range') in headers) {
    throw new HttpProtocolError('GUDEG_ERR_HTTP_MISPLACED_RANGE');
  }
}

function refuse(error: HttpProtocolError): never {
  throw error;
}
