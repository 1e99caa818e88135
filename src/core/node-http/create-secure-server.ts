import type { RequestListener } from 'node:http';
import { SecureServer } from './secure-server.ts';
import type { SecureServerOptions } from './secure-options.ts';

/**
 * `https.createServer` on the native engine: the same arguments, the same server.
 *
 * @example
 * import { createSecureServer } from 'gudeg/node-http'; // was: import { createServer } from 'node:https'
 * createSecureServer({ key, cert }, (req, res) => res.end('hello, world')).listen(8443);
 * @throws as the constructor of `SecureServer`
 */
export function createSecureServer(listener?: RequestListener): SecureServer;
export function createSecureServer(
  options: SecureServerOptions,
  listener?: RequestListener,
): SecureServer;
export function createSecureServer(
  options?: SecureServerOptions | RequestListener,
  listener?: RequestListener,
): SecureServer {
  return new SecureServer(options, listener);
}
