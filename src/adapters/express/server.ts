import { once } from 'node:events';
import type { RequestListener, ServerOptions } from 'node:http';
import type { ListenOptions } from 'node:net';
import { invalidArgType } from '../../core/errors.ts';
import {
  createSecureServer as createHttpsServer,
  createServer as createHttpServer,
  type SecureServer,
  type SecureServerOptions,
  type Server,
} from '../../core/node-http/index.ts';

/** An Express app, or any other request listener. */
export type ExpressApp = RequestListener;

/**
 * Where to listen: a port on all interfaces, `[host, port]`, the path of a unix socket, or what
 * `server.listen()` of node:net takes.
 */
export type ServeAddress = number | EndPoint | string | ListenOptions;

/** Options of `serve()` for a server with TLS. */
export interface HttpsOptions {
  /** Those of `https.createServer`. */
  https: SecureServerOptions;
}

type EndPoint = readonly [host: string, port: number, ...rest: number[]];

/**
 * An `http.Server` on the engine that runs an Express app.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app
 *
 * @example
 * createServer(app).listen(3000); // was: http.createServer(app)
 */
export function createServer(app: ExpressApp, options: ServerOptions = {}): Server {
  if (typeof app !== 'function') throw invalidArgType('app', 'an Express app', app);
  return createHttpServer(options, app);
}

/**
 * An `https.Server` on the engine that runs an Express app.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app; as `SecureServer` of `gudeg/node-http`
 *
 * @example
 * createSecureServer(app, { key, cert }).listen(3443); // was: https.createServer({ key, cert }, app)
 */
export function createSecureServer(app: ExpressApp, options: SecureServerOptions): SecureServer {
  if (typeof app !== 'function') throw invalidArgType('app', 'an Express app', app);
  return createHttpsServer(options, app);
}

/**
 * Runs an Express app on the engine; gives the server when it listens.
 *
 * @param address default: a free port on all interfaces, as with `app.listen()`
 * @throws GUDEG_ERR_INVALID_ARG_TYPE; a system error such as EADDRINUSE; with `https` as `SecureServer`
 *
 * @example
 * const server = await serve(app, 3000); // was: app.listen(3000)
 */
export function serve(
  app: ExpressApp,
  address: ServeAddress | undefined,
  options: HttpsOptions,
): Promise<SecureServer>;
export function serve(
  app: ExpressApp,
  address?: ServeAddress,
  options?: ServerOptions,
): Promise<Server>;
export async function serve(
  app: ExpressApp,
  address: ServeAddress = 0,
  options: ServerOptions | HttpsOptions = {},
): Promise<Server | SecureServer> {
  const server =
    'https' in options ? createSecureServer(app, options.https) : createServer(app, options);
  server.listen(listenOptions(address));
  await once(server, 'listening');
  return server;
}

function listenOptions(address: ServeAddress): ListenOptions {
  if (typeof address === 'number') return { port: address };
  if (typeof address === 'string') return { path: address };
  if (isEndPoint(address)) return { host: address[0], port: address[1] };
  return address;
}

function isEndPoint(address: ServeAddress): address is EndPoint {
  return Array.isArray(address);
}
