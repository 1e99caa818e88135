import type { Request, Response, Session, SocketAddress } from '../../core/index.ts';

/** One answered request, as the access log sees it. */
export interface AccessEntry {
  readonly session: Session;
  readonly request: Request;
  /** Null when the app failed. */
  readonly response: Response | null;
  readonly at: Date;
  readonly durationMs: number;
}

type Atom = (entry: AccessEntry) => string;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number: number): string => String(number).padStart(2, '0');

/** `127.0.0.1`; the path of a named unix peer; nothing for others. */
export function hostOf(address: SocketAddress): string {
  if (typeof address === 'string') return address;
  if (address instanceof Uint8Array) return `@${Buffer.from(address).toString('latin1', 1)}`;
  return address[0];
}

/** Bytes of the answer's body, where they are known: a chunked body's are not. */
export function bodyBytes({ response, request }: AccessEntry): number | null {
  const body = response?.[3];
  if (body === undefined || body === null || request.method === 'HEAD') return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  return 'contentLength' in body ? body.contentLength : null;
}

/** The user of HTTP basic authentication. */
export function userOf({ request }: AccessEntry): string {
  const [, encoded] =
    /^basic ([\w+/=]+)/i.exec(String(request.headers['authorization'] ?? '')) ?? [];
  if (encoded === undefined) return '';
  return /^([^:]*):/.exec(Buffer.from(encoded, 'base64').toString())?.[1] ?? '';
}

/** `[24/Nov/2026:08:09:14 +0000]` */
function commonLogTime(at: Date): string {
  const day = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()] ?? ''}/${at.getUTCFullYear()}`;
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  return `[${day}:${time} +0000]`;
}

/** The request head does not tell which minor version it had: 1.1 unless a 1.0 client could be told apart. */
const PROTOCOL = 'HTTP/1.1';

const atoms: Readonly<Record<string, Atom>> = {
  h: ({ session }) => hostOf(session.address),
  l: () => '',
  u: userOf,
  t: ({ at }) => commonLogTime(at),
  r: ({ request }) => `${request.method} ${request.uri} ${PROTOCOL}`,
  m: ({ request }) => request.method,
  U: ({ request }) => request.uri.replace(/\?.*$/s, ''),
  q: ({ request }) => request.query ?? '',
  H: () => PROTOCOL,
  s: ({ response }) => String(response?.[0] ?? 500),
  b: (entry) => String(bodyBytes(entry) ?? ''),
  B: (entry) => String(bodyBytes(entry) ?? 0),
  f: ({ request }) => String(request.headers['referer'] ?? ''),
  a: ({ request }) => String(request.headers['user-agent'] ?? ''),
  T: ({ durationMs }) => String(Math.floor(durationMs / 1000)),
  M: ({ durationMs }) => String(Math.floor(durationMs)),
  D: ({ durationMs }) => String(Math.floor(durationMs * 1000)),
  L: ({ durationMs }) => (durationMs / 1000).toFixed(6),
  p: () => `<${process.pid}>`,
};

const named: Readonly<Record<string, (name: string) => Atom>> = {
  i:
    (name) =>
    ({ request }) =>
      String(request.headers[name] ?? ''),
  o:
    (name) =>
    ({ response }) => {
      const found = Object.entries(response?.[2] ?? {}).find(([key]) => key.toLowerCase() === name);
      return found === undefined ? '' : String(found[1]);
    },
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
  parts.push(format.slice(end));
  return (entry) =>
    parts.map((part) => (typeof part === 'string' ? part : escape(part(entry)))).join('') + '\n';
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
  return /["\\\p{Cc}]/u.test(text) ? escapeAll(text) : text;
}

function escapeAll(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
