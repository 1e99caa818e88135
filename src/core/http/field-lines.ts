/** Field lines that the engine has judged as names and values in turn: `['Content-Type', 'text/plain']`. */
export function readFieldLines(lines: string, isDegu = false): string[] {
  const fields: string[] = [];
  for (let start = 0; start < lines.length;) {
    const found = lines.indexOf('\r\n', start);
    const end = found < 0 ? lines.length : found;
    const colon = lines.indexOf(':', start);
    fields.push(
      lines.slice(start, colon),
      // Degu knows one separator, `: `, and what follows is the value.
      isDegu ? lines.slice(colon + 2, end) : withoutBlanks(lines, colon + 1, end),
    );
    start = end + 2;
  }
  return fields;
}

/** Without optional whitespace (RFC 9110 section 5.6.3), which is less than what `trim()` takes. */
function withoutBlanks(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
