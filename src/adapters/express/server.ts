import { once } from 'node:events';
import type { RequestListener, ServerOptions } from 'node:http';
import type { ListenOptions } from 'node:net';
import { invalidArgType } from '../../core/errors.ts';
import { createServer as createHttpServer, type Server } from '../../core/node-http/index.ts';

/** An Express app, or any other request listener. */
export type ExpressApp = RequestListener;

/**
 * Where to listen: a port on all interfaces, `[host, port]`, the path of a unix socket, or what
 * `server.listen()` of node:net takes.
 */
export type ServeAddress = number | EndPoint | string | ListenOptions;

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
 * Runs an Express app on the engine; gives the server when it listens.
 *
 * @param address default: a free port on all interfaces, as with `app.listen()`
 * @throws GUDEG_ERR_INVALID_ARG_TYPE; a system error such as EADDRINUSE
 *
 * @example
 * const server = await serve(app, 3000); // was: app.listen(3000)
 */
export async function serve(
  app: ExpressApp,
  address: ServeAddress = 0,
  options: ServerOptions = {},
): Promise<Server> {
  const server = createServer(app, options);
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
