import { inspect } from 'node:util';
import { GudegError } from '../errors.ts';
import { dateTime, timeZone } from './date-time.ts';
import type { Environ } from './gateway-app.ts';
import type { LogSink } from './gateway-options.ts';
import type { GatewayResponse } from './gateway-response.ts';

/** What one access line speaks of. */
interface Access {
  readonly environ: Environ;
  readonly response: GatewayResponse;
  readonly wallMs: number;
  readonly clientIp: string;
}

type Atom = (access: Access) => string | number;

const MISSING = '-';
const UNSAFE = /["\\\p{Cc}]/gu;

const requestLine: Atom = ({ environ }) =>
  `${environ.REQUEST_METHOD} ${environ.RAW_URI} ${environ.SERVER_PROTOCOL}`;
const statusCode: Atom = ({ response }) => response.status ?? MISSING;

/** eventlet's names, then gunicorn's letters. */
const atoms: Readonly<Record<string, Atom>> = {
  client_ip: ({ clientIp }) => clientIp,
  client_port: ({ environ }) => environ.REMOTE_PORT,
  date_time: () => dateTime(' '),
  request_line: requestLine,
  status_code: statusCode,
  body_length: ({ response }) => response.sentBytes,
  wall_seconds: ({ wallMs }) => wallMs / 1000,
  h: ({ clientIp }) => clientIp,
  l: () => MISSING,
  u: userName,
  t: () => `[${dateTime(':')} ${timeZone()}]`,
  r: requestLine,
  m: ({ environ }) => environ.REQUEST_METHOD,
  U: ({ environ }) => environ.SCRIPT_NAME + environ.PATH_INFO,
  q: ({ environ }) => environ.QUERY_STRING,
  H: ({ environ }) => environ.SERVER_PROTOCOL,
  s: statusCode,
  b: ({ response }) => (response.sentBytes === 0 ? MISSING : response.sentBytes),
  B: ({ response }) => response.sentBytes,
  f: ({ environ }) => textOf(environ['HTTP_REFERER']),
  a: ({ environ }) => textOf(environ['HTTP_USER_AGENT']),
  T: ({ wallMs }) => Math.floor(wallMs / 1000),
  M: ({ wallMs }) => Math.floor(wallMs),
  D: ({ wallMs }) => Math.floor(wallMs * 1000),
  L: ({ wallMs }) => (wallMs / 1000).toFixed(6),
  p: () => `<${process.pid}>`,
};

const PART = /%%|%\((?:\{([^}]+)\}([ioe])|(\w+))\)(?:\.(\d+))?([sdf])/g;

/** Writes one line for each request, in a form that names its parts: `%(status_code)s`. */
export class AccessLog {
  readonly #parts: (string | Atom)[] = [];
  readonly #write: (line: string) => void;
  readonly #logXForwardedFor: boolean;

  /** @throws GUDEG_ERR_INVALID_OPTION for a form with a part that there is not */
  constructor(format: string, log: LogSink, logXForwardedFor: boolean) {
    let end = 0;
    for (const part of format.matchAll(PART)) {
      this.#parts.push(format.slice(end, part.index), part[0] === '%%' ? '%' : makeAtom(part));
      end = part.index + part[0].length;
    }
    this.#parts.push(format.slice(end));
    this.#write = typeof log === 'function' ? log : (line) => log.write(`${line}\n`);
    this.#logXForwardedFor = logXForwardedFor;
  }

  /** Writes the line of a request. */
  write(environ: Environ, response: GatewayResponse, wallMs: number): void {
    const access = { environ, response, wallMs, clientIp: this.#clientIp(environ) };
    let line = '';
    for (const part of this.#parts) line += typeof part === 'string' ? part : String(part(access));
    this.#write(line);
  }

  /** What proxies say, then who is really there. */
  #clientIp({ REMOTE_ADDR, HTTP_X_FORWARDED_FOR }: Environ): string {
    if (!this.#logXForwardedFor || typeof HTTP_X_FORWARDED_FOR !== 'string') return REMOTE_ADDR;
    return escapeText(`${HTTP_X_FORWARDED_FOR.replaceAll(' ', '')},${REMOTE_ADDR}`);
  }
}

function makeAtom([text, field, from, name, digits, kind]: RegExpMatchArray): Atom {
  const atom = field === undefined ? atoms[name ?? ''] : fieldAtom(field, from);
  if (atom === undefined) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      `the option logFormat has no part ${text}; known are ${Object.keys(atoms).join(', ')}, {name}i, {name}o and {name}e`,
    );
  }
  return (access) => {
    const value = atom(access);
    if (typeof value === 'string') return escapeText(value);
    if (kind === 'f') return value.toFixed(digits === undefined ? 6 : Number(digits));
    return kind === 'd' ? Math.trunc(value) : value;
  };
}

/** A request field (`i`), a response field (`o`), or a key of the environ (`e`). */
function fieldAtom(field: string, from: string | undefined): Atom {
  if (from === 'e') return ({ environ }) => textOf(environ[field]);
  if (from === 'i') {
    const key = field.toUpperCase().replaceAll('-', '_');
    const isPlain = key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH';
    return ({ environ }) => textOf(environ[isPlain ? key : `HTTP_${key}`]);
  }
  const name = field.toLowerCase();
  return ({ response }) => textOf(response.head?.headers[name]);
}

/** The name in basic credentials. */
function userName({ environ }: Access): string {
  const [, token] = /^basic +(\S+)$/i.exec(textOf(environ['HTTP_AUTHORIZATION'])) ?? [];
  if (token === undefined) return MISSING;
  return textOf(Buffer.from(token, 'base64').toString('latin1').split(':', 1)[0]);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return MISSING;
  return typeof value === 'string' ? value : inspect(value);
}

/** What a client sent cannot end the line, nor a quotation. */
function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
