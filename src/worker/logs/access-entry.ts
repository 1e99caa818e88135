import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response, Session, SocketAddress } from '../../core/index.ts';

/** One answered request, as the access log sees it. */
export interface AccessEntry {
  /** Address of the client. */
  readonly remote: string;
  readonly method: string;
  /** As the request line has it. */
  readonly uri: string;
  /** `HTTP/1.1` */
  readonly protocol: string;
  readonly status: number;
  /** Of the answer, where they are known: those of a chunked body are not. */
  readonly bodyBytes: number | null;
  /** When it was, in ms since 1970. */
  readonly atMs: number;
  readonly at: Date;
  readonly durationMs: number;
  /** A field of the request by its lower-case name; nothing when there is none. */
  requestField(name: string): string;
  /** A field of the answer by its lower-case name. */
  responseField(name: string): string;
}

/** The status of an answer that its client didn't wait for; nginx has made it known. */
const CLIENT_CLOSED = 499;

/** An RGI app's answer. */
export class RgiAccessEntry implements AccessEntry {
  readonly atMs: number = Date.now();
  readonly durationMs: number;
  readonly #session: Session;
  readonly #request: Request;
  readonly #response: Response | null;
  #fields: Request['headers'] | null = null;

  /** @param response null when the app failed */
  constructor(session: Session, request: Request, response: Response | null, durationMs: number) {
    this.#session = session;
    this.#request = request;
    this.#response = response;
    this.durationMs = durationMs;
  }

  get at(): Date {
    return new Date(this.atMs);
  }

  get remote(): string {
    return hostOf(this.#session.address);
  }

  get protocol(): string {
    return this.#request.httpVersion === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1';
  }

  get method(): string {
    return this.#request.method;
  }

  get uri(): string {
    return this.#request.uri;
  }

  get status(): number {
    return this.#response?.[0] ?? 500;
  }

  get bodyBytes(): number | null {
    const body = this.#response?.[3];
    if (body === undefined || body === null || this.method === 'HEAD') return 0;
    if (typeof body === 'string') return Buffer.byteLength(body);
    if (body instanceof Uint8Array) return body.length;
    return 'contentLength' in body ? body.contentLength : null;
  }

  requestField(name: string): string {
    this.#fields ??= fieldsOf(this.#request);
    const value = this.#fields[name];
    return value === undefined ? '' : String(value);
  }

  responseField(name: string): string {
    const fields = Object.entries(this.#response?.[2] ?? {});
    const found = fields.find(([key]) => key.toLowerCase() === name);
    return found === undefined ? '' : String(found[1]);
  }
}

/** What an app for `node:http` has answered; made when the request comes. */
export class NodeAccessEntry implements AccessEntry {
  readonly atMs: number = Date.now();
  /** A connection that is gone has no address. */
  readonly remote: string;
  /** A router such as Express' changes `request.url` on its way. */
  readonly uri: string;
  readonly #startedAt: number = performance.now();
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.remote = request.socket.remoteAddress ?? '';
    this.uri = request.url ?? '';
  }

  get at(): Date {
    return new Date(this.atMs);
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get protocol(): string {
    return `HTTP/${this.#request.httpVersion}`;
  }

  get status(): number {
    return this.#response.headersSent ? this.#response.statusCode : CLIENT_CLOSED;
  }

  get bodyBytes(): number | null {
    const { statusCode } = this.#response;
    if (!this.#response.headersSent || this.method === 'HEAD') return 0;
    if (statusCode === 204 || statusCode === 304) return 0;
    const length = this.responseField('content-length');
    return length === '' ? null : Number(length);
  }

  get durationMs(): number {
    return performance.now() - this.#startedAt;
  }

  requestField(name: string): string {
    return String(this.#request.headers[name] ?? '');
  }

  responseField(name: string): string {
    const set = this.#response.getHeader(name);
    if (set !== undefined) return String(set);
    // What was given to writeHead(), or added by node, stands in the head alone.
    const { _header: head } = this.#response as unknown as { _header: string | null };
    const line = head?.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name}: `));
    return line?.slice(name.length + 2) ?? '';
  }
}

/** Those of a request whose client has gone are gone too. */
function fieldsOf(request: Request): Request['headers'] {
  try {
    return request.headers;
  } catch {
    return {};
  }
}

/** `127.0.0.1`; the path of a named unix peer; nothing for others. */
function hostOf(address: SocketAddress): string {
  if (typeof address === 'string') return address;
  if (address instanceof Uint8Array) return `@${Buffer.from(address).toString('latin1', 1)}`;
  return address[0];
}

/** The user of HTTP basic authentication. */
export function userOf(entry: AccessEntry): string {
  const given = entry.requestField('authorization');
  if (given === '') return '';
  const [, encoded] = /^basic ([\w+/=]+)/i.exec(given) ?? [];
  if (encoded === undefined) return '';
  return /^([^:]*):/.exec(Buffer.from(encoded, 'base64').toString())?.[1] ?? '';
}
