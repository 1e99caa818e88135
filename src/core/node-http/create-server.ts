import type { RequestListener } from 'node:http';
import type { HttpServerOptions } from './engine-backend.ts';
import { Server } from './server.ts';

/**
 * `http.createServer` on the native engine: the same arguments, the same server.
 *
 * @example
 * import { createServer } from 'gudeg/node-http'; // was: 'node:http'
 * createServer((req, res) => res.end('hello, world')).listen(8000);
 * @throws GUDEG_ERR_INVALID_OPTION for `insecureHTTPParser: true`
 */
export function createServer(listener?: RequestListener): Server;
export function createServer(options: HttpServerOptions, listener?: RequestListener): Server;
export function createServer(
  options?: HttpServerOptions | RequestListener,
  listener?: RequestListener,
): Server {
  return new Server(options, listener);
}
