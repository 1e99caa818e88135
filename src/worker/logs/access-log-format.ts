import { userOf, type AccessEntry } from './access-entry.ts';

// Quotes, backslashes and control characters (category Cc of Unicode).
// eslint-disable-next-line no-control-regex
const NEEDS_ESCAPE = /["\\\0-\x1f\x7f-\x9f]/;
const EACH_ESCAPE = new RegExp(NEEDS_ESCAPE, 'g');

type Atom = (entry: AccessEntry) => string;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number: number): string => String(number).padStart(2, '0');

/** `[24/Nov/2026:08:09:14 +0000]`, which is made once a second. */
function commonLogTime({ atMs }: AccessEntry): string {
  const second = Math.floor(atMs / 1000);
  if (second !== lastSecond) {
    const at = new Date(atMs);
    const day = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()] ?? ''}/${at.getUTCFullYear()}`;
    const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
    lastSecond = second;
    lastTime = `[${day}:${time} +0000]`;
  }
  return lastTime;
}

let lastSecond = NaN;
let lastTime = '';

const atoms: Readonly<Record<string, Atom>> = {
  h: ({ remote }) => remote,
  l: () => '',
  u: userOf,
  t: commonLogTime,
  r: ({ method, uri, protocol }) => `${method} ${uri} ${protocol}`,
  m: ({ method }) => method,
  U: ({ uri }) => uri.replace(/\?.*$/s, ''),
  q: ({ uri }) => /\?(.*)$/s.exec(uri)?.[1] ?? '',
  H: ({ protocol }) => protocol,
  s: ({ status }) => String(status),
  b: ({ bodyBytes }) => String(bodyBytes ?? ''),
  B: ({ bodyBytes }) => String(bodyBytes ?? 0),
  f: (entry) => entry.requestField('referer'),
  a: (entry) => entry.requestField('user-agent'),
  T: ({ durationMs }) => String(Math.floor(durationMs / 1000)),
  M: ({ durationMs }) => String(Math.floor(durationMs)),
  D: ({ durationMs }) => String(Math.floor(durationMs * 1000)),
  L: ({ durationMs }) => (durationMs / 1000).toFixed(6),
  p: () => `<${process.pid}>`,
};

const named: Readonly<Record<string, (name: string) => Atom>> = {
  i: (name) => (entry) => entry.requestField(name),
  o: (name) => (entry) => entry.responseField(name),
  e: (name) => () => process.env[name.toUpperCase()] ?? '',
};

/**
 * Compiles gunicorn's notation, `%(h)s "%(r)s" %({user-agent}i)s`, into a function that makes one line.
 * What is missing shows as `-`; quotes, backslashes and control characters are escaped, so that nobody writes
 * lines of their own.
 */
export function compileAccessFormat(format: string): (entry: AccessEntry) => string {
  const parts: (string | Atom)[] = [];
  let end = 0;
  for (const found of format.matchAll(/%\(([^)]+)\)s|%%/g)) {
    parts.push(format.slice(end, found.index));
    end = found.index + found[0].length;
    const [, name] = found;
    parts.push(name === undefined ? '%' : findAtom(name));
  }
  parts.push(`${format.slice(end)}\n`);
  return (entry) => {
    let line = '';
    for (const part of parts) line += typeof part === 'string' ? part : escape(part(entry));
    return line;
  };
}

function findAtom(name: string): Atom {
  const [, field, kind] = /^\{([^}]+)\}([ioe])$/i.exec(name) ?? [];
  if (field !== undefined && kind !== undefined) {
    return named[kind.toLowerCase()]?.(field.toLowerCase()) ?? (() => '');
  }
  return atoms[name] ?? (() => '');
}

function escape(text: string): string {
  if (text === '') return '-';
  // Nearly no text needs it.
  return NEEDS_ESCAPE.test(text) ? text.replace(EACH_ESCAPE, escaped) : text;
}

function escaped(character: string): string {
  return character === '"' || character === '\\'
    ? `\\${character}`
    : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
