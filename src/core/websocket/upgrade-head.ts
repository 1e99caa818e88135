import { readFieldLines } from '../http/index.ts';
import type { Request, Session } from '../rgi/index.ts';
import { tlsVariables } from '../tls/index.ts';

/**
 * CGI-like variables of the request that a WebSocket began with (PEP 3333), the header fields, and what
 * is known of TLS, as gateway apps have it.
 */
export type WebSocketEnviron = Readonly<Record<string, string>>;

/** What a WebSocket knows of the request that it began with. */
export interface WebSocketHead {
  /** The request target. */
  readonly uri: string;
  /** PATH_INFO. */
  readonly path: string;
  /** Field values by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly environ: WebSocketEnviron;
}

/**
 * The request that a WebSocket began with, kept in few bytes: sockets are many, and live long. Taken
 * apart when somebody asks.
 */
export class UpgradeHead implements WebSocketHead {
  /** The request target as received. */
  readonly uri: string;
  /** Components that routing has consumed, each with a slash before it. */
  readonly #mount: string;
  /** Field lines as received. */
  readonly #fields: string;
  readonly #session: Pick<Session, 'address' | 'tls'>;

  /** @param lines the field lines as received */
  constructor(request: Request, session: Pick<Session, 'address' | 'tls'>, lines: string) {
    this.uri = request.uri;
    const { mount } = request;
    this.#mount = mount.length === 0 ? '' : `/${mount.join('/')}`;
    this.#fields = lines;
    this.#session = session;
  }

  /** What is left of the path behind the mount, decoded: PATH_INFO. */
  get path(): string {
    const mark = this.uri.indexOf('?');
    const whole = mark < 0 ? this.uri : this.uri.slice(0, mark);
    return decode(whole.slice(this.#mount.length));
  }

  /** Field values by lower-case name; repeated ones are joined by `', '`. */
  get headers(): Record<string, string> {
    const headers: Record<string, string> = Object.create(null) as Record<string, string>;
    const fields = readFieldLines(this.#fields);
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const name = (fields[i] as string).toLowerCase();
      const value = fields[i + 1] as string;
      const before = headers[name];
      headers[name] =
        before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
    }
    return headers;
  }

  get environ(): WebSocketEnviron {
    const mark = this.uri.indexOf('?');
    const { address: peer, tls } = this.#session;
    const isTcp = Array.isArray(peer);
    const environ: Record<string, string> = {
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: decode(this.#mount),
      PATH_INFO: this.path,
      QUERY_STRING: mark < 0 ? '' : this.uri.slice(mark + 1),
      SERVER_PROTOCOL: 'HTTP/1.1',
      REMOTE_ADDR: isTcp ? String(peer[0]) : '',
      REMOTE_PORT: isTcp ? String(peer[1]) : '',
      'wsgi.url_scheme': tls ? 'https' : 'http',
      ...(tls ? tlsVariables(tls) : {}),
    };
    for (const [name, value] of Object.entries(this.headers)) {
      environ[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`] = value;
    }
    return environ;
  }
}

/** Percent-decoded; as it is where that gives no text. */
function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
