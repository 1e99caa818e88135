import type { Request, Session } from '../rgi/index.ts';
import type { ErrorStream } from './error-stream.ts';
import type { FileWrapperFunction } from './file-wrapper.ts';
import type { Input } from './input.ts';

/** A piece of a response body: bytes, or text that goes out as UTF-8. */
export type GatewayItem = Uint8Array | string;

/** Header fields of a response: names and values in pairs, or an object of them. */
export type GatewayHeaders =
  Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/** Sends a piece of the body at once, and blocks while the client takes its time. */
export type Write = (data: GatewayItem) => void;

/**
 * Says how the response begins (PEP 3333).
 *
 * @param status `'200 OK'`, or the number alone
 * @param excInfo the error that this response replaces another one for; thrown when it is too late
 * @throws GUDEG_ERR_GATEWAY_RESPONSE when it is called again without `excInfo`, or for what cannot be sent
 */
export type StartResponse = (
  status: string | number,
  headers: GatewayHeaders,
  excInfo?: unknown,
) => Write;

/** What a gateway app gives: the pieces of the body, or one piece alone. */
export type GatewayResult = Iterable<GatewayItem> | AsyncIterable<GatewayItem> | GatewayItem;

/** A gateway app: WSGI's contract (PEP 3333) as a function of JavaScript. It runs in a green thread. */
export type GatewayApp = (
  environ: Environ,
  startResponse: StartResponse,
) => GatewayResult | PromiseLike<GatewayResult>;

/** What must be done once the response has been sent: a function and its arguments. */
export type Posthook = readonly [fn: (...args: never[]) => unknown, ...args: unknown[]];

/** What a gateway app gets to know of its request: the keys of CGI and WSGI, and some of ours. */
export interface Environ {
  /** The method, as received. */
  REQUEST_METHOD: string;
  /** The part of the path that led to this app, percent-decoded, one byte a character; `''` at the root. */
  SCRIPT_NAME: string;
  /** The rest of the path, percent-decoded, one byte a character (PEP 3333). */
  PATH_INFO: string;
  /** What stands behind the first `?`; `''` without one. */
  QUERY_STRING: string;
  /** PATH_INFO as received, not decoded. */
  RAW_PATH_INFO: string;
  /** The request target exactly as received. */
  RAW_URI: string;
  /** `'HTTP/1.1'` or `'HTTP/1.0'`. */
  SERVER_PROTOCOL: string;
  /** Host and port on which the server listens; of a unix socket, what the client calls it. */
  SERVER_NAME: string;
  SERVER_PORT: string;
  SERVER_SOFTWARE: string;
  GATEWAY_INTERFACE: string;
  /** The peer; `''` on a unix socket. */
  REMOTE_ADDR: string;
  REMOTE_PORT: string;
  /** Where the request has these fields. */
  CONTENT_TYPE?: string;
  CONTENT_LENGTH?: string;
  'wsgi.version': readonly [number, number];
  'wsgi.url_scheme': string;
  /** The request body. */
  'wsgi.input': Input;
  /** Reading `wsgi.input` to its end is safe, also without CONTENT_LENGTH. */
  'wsgi.input_terminated': boolean;
  'wsgi.errors': ErrorStream;
  /** Calls of the app overlap only where one of them waits. */
  'wsgi.multithread': boolean;
  'wsgi.multiprocess': boolean;
  'wsgi.run_once': boolean;
  'wsgi.file_wrapper': FileWrapperFunction;
  /** Push functions with their arguments: they are called when the response has been sent. */
  'gudeg.posthooks': Posthook[];
  /** The connection and the request as an RGI app sees them. */
  'gudeg.session': Session;
  'gudeg.request': Request;
  /** `HTTP_*` fields, and whatever middleware adds. */
  [key: string]: unknown;
}
