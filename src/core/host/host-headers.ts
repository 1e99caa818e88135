import { HttpProtocolError } from '../errors.ts';
import { badResponse, type ResponseHeaders, type ResponseHeaderValue } from '../rgi/index.ts';

/** Fields as node:http writes them. */
export type HostFields = Record<string, number | string | string[] | undefined>;

/** Fields that a host's middleware and an app each add to; of all others the app's is the last word. */
const JOINED = new Set(['set-cookie', 'vary']);
/** What was said of another body than the app's. */
const FRAMING = new Set(['content-length', 'transfer-encoding']);

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The fields of an app's answer, with those that the host set before, as node:http takes them.
 * @throws GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD, GUDEG_ERR_APP_RESPONSE
 */
export function hostHeaders(headers: ResponseHeaders, earlier: Readonly<HostFields>): HostFields {
  const given: HostFields = {};
  for (const name in earlier) if (!FRAMING.has(name)) given[name] = earlier[name];
  let isEmpty = true;
  for (const name in headers) {
    isEmpty = false;
    const text = asText(name, headers[name]);
    const key = name.toLowerCase();
    const before = JOINED.has(key) ? given[key] : undefined;
    given[key] = before === undefined ? text : [before, text].flat().map(String);
  }
  // A Map or a Headers object has no properties to see.
  if (isEmpty && Symbol.iterator in headers) {
    throw badResponse('headers that are a plain object (use Object.fromEntries)', headers);
  }
  return given;
}

function asText(name: string, value: ResponseHeaderValue | undefined): string | string[] {
  if (value === undefined || value === null) throw badField(name, value);
  if (Array.isArray(value)) return (value as unknown[]).map((item) => checked(name, String(item)));
  return checked(name, String(value));
}

function checked(name: string, text: string): string {
  if (!NAME.test(name) || !VALUE.test(text)) throw badField(name, text);
  return text;
}

function badField(name: string, value: unknown): HttpProtocolError {
  return new HttpProtocolError('GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD', `${name}: ${String(value)}`);
}
