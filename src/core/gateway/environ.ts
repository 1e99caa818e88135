import { createRequire } from 'node:module';
import type { Request, Session, SocketAddress } from '../rgi/index.ts';
import { tlsVariables } from '../tls/index.ts';
import { cgiName } from './cgi-name.ts';
import { cgiPath } from './cgi-path.ts';
import { standardError } from './error-stream.ts';
import { FileWrapper, type FileWrapperFunction } from './file-wrapper.ts';
import type { Environ } from './gateway-app.ts';
import type { Forwarded } from './forwarded.ts';
import { Input } from './input.ts';

/** What environs are made with. */
export interface EnvironSettings {
  readonly environ: Readonly<Record<string, unknown>>;
  readonly maxReadBytes: number;
  /** Null where no proxy is trusted. */
  readonly forwarded: Forwarded | null;
}

const WSGI_VERSION = Object.freeze([1, 0] as const);

const fileWrapper: FileWrapperFunction = (file, blockSize, part) =>
  new FileWrapper(file, blockSize, part);

let software: string | undefined;

/** `gudeg/0.1.0 Node/20.20.2`. */
function serverSoftware(): string {
  return (software ??= `gudeg/${packageVersion()} Node/${process.versions.node}`);
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../../../package.json') as {
    version: string;
  };
  return version;
}

/** Whether the request at hand has fields that were left out. */
let hasUnderscores = false;

/**
 * Makes the environ of a request: a plain object that the app owns; null where a trusted proxy contradicts
 * itself.
 */
export function makeEnviron(
  settings: EnvironSettings,
  session: Session,
  request: Request,
): Environ | null {
  const { scriptName, pathInfo, rawPathInfo } = cgiPath(request);
  const { address, tls } = session;
  const isInternet = isInternetAddress(address);
  const server = session.serverAddress ?? null;
  const isServerInternet = server !== null && isInternetAddress(server);
  const environ: Environ = {
    REQUEST_METHOD: request.method,
    SCRIPT_NAME: scriptName,
    PATH_INFO: pathInfo,
    QUERY_STRING: request.query ?? '',
    RAW_PATH_INFO: rawPathInfo,
    RAW_URI: request.uri,
    SERVER_PROTOCOL: request.httpVersion === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1',
    SERVER_NAME: isServerInternet ? server[0] : '',
    SERVER_PORT: isServerInternet ? String(server[1]) : '',
    SERVER_SOFTWARE: serverSoftware(),
    GATEWAY_INTERFACE: 'CGI/1.1',
    REMOTE_ADDR: isInternet ? address[0] : '',
    REMOTE_PORT: isInternet ? String(address[1]) : '',
    'wsgi.version': WSGI_VERSION,
    'wsgi.url_scheme': tls ? 'https' : 'http',
    'wsgi.input': new Input(request, settings.maxReadBytes),
    'wsgi.input_terminated': true,
    'wsgi.errors': standardError,
    'wsgi.multithread': false,
    'wsgi.multiprocess': false,
    'wsgi.run_once': false,
    'wsgi.file_wrapper': fileWrapper,
    'gudeg.posthooks': [],
    'gudeg.session': session,
    'gudeg.request': request,
  };
  if (tls) Object.assign(environ, tlsVariables(tls));
  hasUnderscores = false;
  request.forEachField(addField, environ);
  if (settings.forwarded?.apply(environ, session, request, hasUnderscores) === false) return null;
  if (!isServerInternet) nameServer(environ, tls ? '443' : '80');
  const given = settings.environ;
  for (const key in given) {
    if (key === 'SCRIPT_NAME') environ.SCRIPT_NAME = String(given[key]) + environ.SCRIPT_NAME;
    else environ[key] = given[key];
  }
  return environ;
}

function isInternetAddress(
  address: SocketAddress,
): address is Exclude<SocketAddress, string | Uint8Array> {
  return Array.isArray(address);
}

function addField(environ: Environ, name: string, value: string): void {
  const key = cgiName(name);
  if (key === '') {
    hasUnderscores = true;
    return;
  }
  const earlier = environ[key];
  if (earlier === undefined) environ[key] = value;
  else environ[key] = `${earlier as string}${name === 'cookie' ? '; ' : ','}${value}`;
}

/** Where the server has no name of its own it has the one that the client calls it by. */
function nameServer(environ: Environ, defaultPort: string): void {
  const host = environ['HTTP_HOST'];
  const parts = typeof host === 'string' ? /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host) : null;
  environ.SERVER_NAME = parts?.[1] ?? 'localhost';
  environ.SERVER_PORT = parts?.[2] ?? defaultPort;
}
