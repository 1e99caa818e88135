import type { RequestOptions } from 'node:https';
import { connect as connectNet, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ClientOptions } from './options.ts';

const PROTOCOLS: ReadonlySet<string> = new Set([
  'ws:',
  'wss:',
  'http:',
  'https:',
  'ws+unix:',
  'wss+unix:',
]);
/** What a handshake over plain or encrypted connections uses where no port is named. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'ws:': 80, 'wss:': 443 };
/** What must not be told to another host. */
const SECRETS: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/**
 * The URL of an address, with `ws:` for `http:` and `wss:` for `https:`.
 * @throws SyntaxError
 */
export function targetOf(address: string | URL): URL {
  if (!URL.canParse(String(address))) throw new SyntaxError(`Invalid URL: ${String(address)}`);
  const url = new URL(address);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  else if (url.protocol === 'https:') url.protocol = 'wss:';
  if (!PROTOCOLS.has(url.protocol)) {
    throw new SyntaxError(
      'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"',
    );
  }
  if (isUnix(url) && url.pathname === '') throw new SyntaxError("The URL's pathname is empty");
  if (url.hash !== '') throw new SyntaxError('The URL contains a fragment identifier');
  return url;
}

/** Whether the connection is encrypted. */
export function isSecure({ protocol }: URL): boolean {
  return protocol === 'wss:' || protocol === 'wss+unix:';
}

/** The options have the path of the request, which is none of a socket. */
function netSocket(options: { socketPath?: string }): Socket {
  return connectNet({ ...options, path: options.socketPath } as NetConnectOpts);
}

function tlsSocket(options: { socketPath?: string }): Socket {
  return connectTls({ ...options, path: options.socketPath } as ConnectionOptions);
}

function isUnix({ protocol }: URL): boolean {
  return protocol === 'ws+unix:' || protocol === 'wss+unix:';
}

/** What node's `request()` gets for a handshake. */
export function requestOptions(
  url: URL,
  key: string,
  extra: Readonly<Record<string, string>>,
  options: ClientOptions,
): RequestOptions {
  const { origin, protocolVersion = 13, headers, ...rest } = options;
  const originName = protocolVersion < 13 ? 'Sec-WebSocket-Origin' : 'Origin';
  const wanted: RequestOptions = {
    ...rest,
    // What the address says, the options can't say otherwise.
    protocol: undefined,
    hostname: undefined,
    method: 'GET',
    timeout: undefined,
    // Without an agent a connection is made for this request alone.
    createConnection: options.createConnection ?? (isSecure(url) ? tlsSocket : netSocket),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 80) : url.port,
    defaultPort: isSecure(url) ? 443 : 80,
    path: `${url.pathname}${url.search}`,
    headers: {
      ...headers,
      'Sec-WebSocket-Version': protocolVersion,
      'Sec-WebSocket-Key': key,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      ...extra,
      ...(origin !== undefined && { [originName]: origin }),
    },
  } as RequestOptions;
  if (isSecure(url)) {
    wanted.servername ??= isIP(url.hostname) === 0 ? url.hostname : '';
  }
  if (url.username !== '' || url.password !== '') {
    wanted.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  }
  if (isUnix(url)) {
    const [socketPath, path = '/'] = url.pathname.split(':');
    Object.assign(wanted, { socketPath, path: `${path}${url.search}`, host: undefined });
  }
  // An absent option has a meaning to node that an undefined one has not.
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) Reflect.deleteProperty(wanted, name);
  }
  return wanted;
}

/**
 * Where a redirect leads. Secrets stay with the host, and on encrypted connections, that they were for.
 * @throws SyntaxError
 */
export function nextTarget(
  location: string,
  from: URL,
  options: ClientOptions,
  keepsAll: boolean,
): { url: URL; options: ClientOptions } {
  let url: URL;
  try {
    url = targetOf(new URL(location, from));
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    throw new SyntaxError(`Invalid URL: ${location}`, { cause: error });
  }
  const isSameHost = placeOf(url) === placeOf(from);
  const isDowngrade = isSecure(from) && !isSecure(url);
  // Whoever listens to `redirect` decides.
  if (keepsAll || (isSameHost && !isDowngrade)) {
    return { url, options: withAuthorization(options, from) };
  }
  const { auth: _auth, headers = {}, ...rest } = options;
  const kept = Object.entries(headers).filter(
    ([name]) => !SECRETS.has(name.toLowerCase()) && (isSameHost || name.toLowerCase() !== 'host'),
  );
  return { url, options: { ...rest, headers: Object.fromEntries(kept) } };
}

/** What is connected to: a host, or a socket file. */
function placeOf(url: URL): string {
  return isUnix(url) ? `unix:${url.pathname.split(':', 1)[0] ?? ''}` : url.host;
}

/** The first URL's user goes with all that follow. */
function withAuthorization(options: ClientOptions, { username, password }: URL): ClientOptions {
  const { auth, headers = {} } = options;
  const hasField = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  const user =
    username === '' && password === ''
      ? auth
      : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  if (hasField || user === undefined || user === null) return options;
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
  return { ...options, headers: { ...headers, authorization } };
}
