import { formatHeaders } from './format-headers.ts';

/** The head of a response as text, without the empty line at its end (Degu's `format_response`). Nothing is checked. */
export function formatResponse(
  status: number,
  reason: string,
  headers: Readonly<Record<string, unknown>>,
): string {
  const line = `HTTP/1.1 ${status} ${reason}`;
  const fields = formatHeaders(headers);
  return fields === '' ? line : `${line}\r\n${fields}`;
}
