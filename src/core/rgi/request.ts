import { outOfRange } from '../errors.ts';
import type { Body, ChunkedBody, ContentRange, Range } from '../http/index.ts';
import type { ResponseHeaders } from './app.ts';

/** An incoming field value: text, except `content-length` (number), `range` and `content-range` (objects where they have Degu's simple form). */
export type RequestHeaderValue = string | number | Range | ContentRange;

/** Incoming fields by lower-case name. The object has no prototype. */
export type RequestHeaders = Record<string, RequestHeaderValue>;

const CURRENT_VERSION = '1.1';

/**
 * One request as an application sees it (Degu's `Request`). Where it comes from — the engine, a test,
 * a host framework — is the subclass' affair; path, mount and query are derived from `uri` here, when
 * first asked for.
 *
 * `'/' + [...mount, ...path].join('/') + (query === null ? '' : '?' + query)` is always the uri of an
 * origin-form target: components are raw, nothing is decoded.
 */
export abstract class Request {
  #mount: string[] | null = null;
  #path: string[] | null = null;
  #query: string | null | undefined = undefined;

  /** The request method, case-sensitive: any token (five methods in the `degu` profile). */
  abstract readonly method: string;
  /** The request target exactly as received. */
  abstract readonly uri: string;
  /** Fields by lower-case name; repeated fields are joined by `', '` (cookies by `'; '`). */
  abstract readonly headers: RequestHeaders;
  /** Names and values in turn, as received, in order: `['Host', 'a', 'Accept', 'b']`. */
  abstract readonly rawHeaders: readonly string[];
  /** The body, or null where the request has none. */
  abstract readonly body: Body | ChunkedBody | null;

  /** The protocol version of the request: `'1.0'` only from an old client. */
  get httpVersion(): '1.0' | '1.1' {
    return CURRENT_VERSION;
  }

  /**
   * Calls `visit(context, name, value)` for each field line as received, in order, with the name in
   * lower case: what is cheaper than `headers` for code that makes something else of the fields.
   */
  forEachField<T>(visit: (context: T, name: string, value: string) => void, context: T): void {
    const { rawHeaders } = this;
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      visit(context, (rawHeaders[i] as string).toLowerCase(), rawHeaders[i + 1] as string);
    }
  }

  /** @internal As `forEachField()`; gives the field lines as received, each but the last with its CRLF. */
  visitFieldLines<T>(visit: (context: T, name: string, value: string) => void, context: T): string {
    this.forEachField(visit, context);
    const { rawHeaders } = this;
    const lines: string[] = [];
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
    }
    return lines.join('\r\n');
  }

  /** Path components already consumed by routing. */
  get mount(): string[] {
    return (this.#mount ??= []);
  }

  /** Path components still to be routed: `/foo/` is `['foo', '']`, `/` is `[]`. */
  get path(): string[] {
    return (this.#path ??= splitPath(this.uri));
  }

  /** The part behind the first `?`; null without one, `''` when it is empty. */
  get query(): string | null {
    if (this.#query === undefined) {
      const mark = this.uri.indexOf('?');
      this.#query = mark < 0 ? null : this.uri.slice(mark + 1);
    }
    return this.#query;
  }

  /** Moves the first component of `path` to the end of `mount` and gives it; null when `path` is empty. */
  shiftPath(): string | null {
    const component = this.path.shift();
    if (component === undefined) return null;
    this.mount.push(component);
    return component;
  }

  /**
   * @internal Begins the routing of a host's request anew: the first `depth` components that are not
   * empty, and the empty ones between them, are `mount`, the others `path`.
   */
  mountAt(depth: number): void {
    this.#mount = this.#path = null;
    if (depth === 0) return;
    const { mount, path } = this;
    let end = 0;
    for (let missing = depth; missing > 0 && end < path.length; end += 1) {
      if (path[end] !== '') missing -= 1;
    }
    mount.push(...path.splice(0, end));
  }

  /**
   * Sends an informational response (RFC 9110 section 15.2) ahead of the answer, such as 103 with
   * `link` fields. Where nothing can take one, as from HTTP/1.0 or a test, it is dropped.
   * @param status 100 or 102..199; 100 is sent by itself when the body is read
   * @throws GUDEG_ERR_OUT_OF_RANGE; GUDEG_ERR_REQUEST_OVER when it was answered
   */
  inform(status: number, headers: ResponseHeaders = {}): void {
    if (!Number.isInteger(status) || status < 100 || status > 199 || status === 101) {
      throw outOfRange('status', '100 or an integer in 102..199', status);
    }
    this.sendInterim(status, headers);
  }

  /** For subclasses that have a connection. */
  protected sendInterim(_status: number, _headers: ResponseHeaders): void {
    // There is no connection.
  }

  /** The target for an upstream server: what is left of the path, with the query. */
  buildProxyUri(): string {
    const uri = '/' + this.path.join('/');
    return this.query === null ? uri : `${uri}?${this.query}`;
  }
}

/** Raw path components of a request target; `*` and `host:port` have none. */
function splitPath(uri: string): string[] {
  if (uri === '/') return [];
  let start = 0;
  if (uri.charCodeAt(0) !== 47 /* / */) {
    const scheme = uri.indexOf('://');
    start = scheme < 0 ? -1 : uri.indexOf('/', scheme + 3);
    if (start < 0) return [];
  }
  const mark = uri.indexOf('?', start);
  const path = mark < 0 ? uri.slice(start + 1) : uri.slice(start + 1, mark);
  return path === '' ? [] : path.split('/');
}
