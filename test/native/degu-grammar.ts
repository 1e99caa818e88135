/**
 * Degu's rules once more, as plain as can be: a function for each of its parse functions, which gives
 * what that gives and throws for what it refuses. Strings stand for bytes in Latin-1. What the project
 * decided otherwise is in here: no `..`, no repeated field, no length above 2^53-1.
 */
export const deguGrammar: Readonly<Record<string, (first: string, second: string) => unknown>> = {
  parse_method: (text) => [text, methodBit(text)],
  parse_uri: (text) => [text, ...targetParts(text)],
  parse_request_line: requestLine,
  parse_headers: (text, isResponse) => fields(text, isResponse === '1'),
  parse_content_length: length,
  parse_range: range,
  parse_content_range: contentRange,
  parse_request: (text) => request(text, '<rfile>'),
  parse_response_line: statusLine,
  parse_response: response,
  parse_chunk_size: chunkSize,
  parse_chunk_extension: extension,
  parse_chunk: chunkLine,
  'list(ChunkedBody)': chunks,
  'Reader.read_request': (text) => {
    const size = text.slice(0, 32768).indexOf('\r\n\r\n');
    return request(take(text.slice(0, size), size > 0), '<reader>');
  },
};

type Fields = Record<string, unknown>;

const MAX = 9999999999999999n;
const DECIMAL = '(?:0|[1-9][0-9]{0,15})';

/** The value, if the rule holds for it. */
function take<T>(value: T, holds: boolean): T {
  if (!holds) throw new SyntaxError('refused');
  return value;
}

/** The groups of a match of the whole text. */
function match(text: string, pattern: string): string[] {
  const found = new RegExp(`^(?:${pattern})$`, 's').exec(text);
  return take(found ?? [], found !== null).slice(1);
}

/** What stands before and behind a mark; null where there is no mark. */
function split(text: string, mark: string): [string, string | null] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + mark.length)];
}

function methodBit(text: string): number {
  const index = ['GET', 'PUT', 'POST', 'HEAD', 'DELETE'].indexOf(text);
  return take(2 ** index, index >= 0);
}

function targetParts(text: string): [[], string[], string | null] {
  const [path, query] = split(text, '?');
  match(path, '/|(?:/[-+.:_~0-9A-Za-z]+)+/?');
  match(query ?? '', '[-+.:_~%&=0-9A-Za-z]*');
  const parts = path === '/' ? [] : path.slice(1).split('/');
  return [[], take(parts, !parts.includes('..')), query];
}

function requestLine(text: string): [string, string, ...unknown[]] {
  const [method = '', target = ''] = match(text, '([A-Z]+) (/.*) HTTP/1\\.1');
  methodBit(method);
  return [method, target, ...targetParts(target)];
}

function statusLine(text: string): [number, string] {
  const [status, reason = ''] = match(text, 'HTTP/1\\.1 ([1-5][0-9]{2}) ([- 0-9A-Za-z]{2,})');
  return [Number(status), reason];
}

/** As the probe shows numbers: text, where JavaScript cannot hold them. */
const shown = (value: bigint): number | string =>
  value.toString().length > 15 ? value.toString() : Number(value);

function length(text: string): number | string {
  match(text, DECIMAL);
  return shown(take(BigInt(text), BigInt(text) <= BigInt(Number.MAX_SAFE_INTEGER)));
}

function range(text: string): Fields {
  const [start = '', last = ''] = match(text, `bytes=(${DECIMAL})-(${DECIMAL})`);
  const stop = BigInt(last) + 1n;
  take(stop, BigInt(start) < stop && stop <= MAX);
  return { $range: [shown(BigInt(start)), shown(stop)] };
}

function contentRange(text: string): Fields {
  const numbers = match(text, `bytes (${DECIMAL})-(${DECIMAL})/(${DECIMAL})`).map(BigInt);
  const [start = 0n, last = 0n, total = 0n] = numbers;
  take(total, start <= last && last < total);
  return { $contentRange: [shown(start), shown(last + 1n), shown(total)] };
}

const typed: Record<string, (text: string) => unknown> = {
  'content-length': length,
  range,
  'content-range': contentRange,
  'transfer-encoding': (text) => take(text, text === 'chunked'),
};

function fields(text: string, isResponse: boolean): Fields {
  const all: Fields = {};
  const lines = text.split('\r\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    const form = `([-0-9A-Za-z]{1,32}): ([-0-9A-Za-z +.:_~%&=/?"'()*,;<>[\\]]+)`;
    const [name = '', value = ''] = match(line, form);
    const key = take(name.toLowerCase(), !Object.hasOwn(all, name.toLowerCase()));
    all[key] = Object.hasOwn(typed, key) ? typed[key]?.(value) : value;
  }
  const has = (name: string): boolean => Object.hasOwn(all, name);
  const framings = Number(has('content-length')) + Number(has('transfer-encoding'));
  take(all, framings + Number(has('range')) < 2);
  return take(all, !has(isResponse ? 'range' : 'content-range'));
}

function body(all: Fields, reader: string): string {
  if ('content-length' in all) return `Body(${reader}, ${String(all['content-length'])})`;
  return 'transfer-encoding' in all ? `ChunkedBody(${reader})` : 'None';
}

function request(text: string, reader: string): unknown[] {
  const [line, rest] = split(text, '\r\n');
  const [method, uri, ...parts] = requestLine(line);
  const all = fields(rest ?? '', false);
  const kind = body(all, reader);
  take(kind, kind === 'None' || method === 'PUT' || method === 'POST');
  return [method, uri, all, ...parts, kind];
}

function response(method: string, text: string): unknown[] {
  methodBit(method);
  const [line, rest] = split(text, '\r\n');
  const all = fields(rest ?? '', true);
  return [...statusLine(line), all, method === 'HEAD' ? 'None' : body(all, '<rfile>')];
}

function chunkSize(text: string): number {
  match(text, '0|[1-9a-fA-F][0-9a-fA-F]{0,6}');
  return take(parseInt(text, 16), parseInt(text, 16) <= 2 ** 24);
}

function extension(text: string): string[] {
  return match(text, `([-0-9A-Za-z]+)=([-0-9A-Za-z+.:_~"'()*,;<>[\\]]+)`);
}

function chunkLine(text: string): [number, string[] | null] {
  const [size, rest] = split(text, ';');
  return [chunkSize(size), rest === null ? null : extension(rest)];
}

function chunks(text: string): unknown[] {
  const end = text.slice(0, 4096).indexOf('\r\n');
  const [size, ext] = chunkLine(take(text.slice(0, end), end >= 0));
  const rest = text.slice(end + 2);
  take(rest, rest.startsWith('\r\n', size));
  const chunk = [ext, rest.slice(0, size)];
  return size === 0 ? [chunk] : [chunk, ...chunks(rest.slice(size + 2))];
}
