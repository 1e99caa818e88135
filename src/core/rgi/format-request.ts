import { formatHeaders } from './format-headers.ts';

/** The head of a request as text, without the empty line at its end (Degu's `format_request`). Nothing is checked. */
export function formatRequest(
  method: string,
  uri: string,
  headers: Readonly<Record<string, unknown>>,
): string {
  const line = `${method} ${uri} HTTP/1.1`;
  const fields = formatHeaders(headers);
  return fields === '' ? line : `${line}\r\n${fields}`;
}
