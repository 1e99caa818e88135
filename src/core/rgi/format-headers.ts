/**
 * Header fields as text: sorted `name: value` lines joined by CRLF, without one at the end (Degu's
 * `format_headers`). An array gives a line per item. Nothing is checked, and case is kept: for
 * logs and tests, not for sockets.
 */
export function formatHeaders(headers: Readonly<Record<string, unknown>>): string {
  return Object.entries(headers)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((item) => `${name}: ${String(item)}`),
    )
    .sort()
    .join('\r\n');
}
