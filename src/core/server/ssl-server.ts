import type { App } from '../rgi/index.ts';
import type { TlsServerOptions } from '../tls/index.ts';
import { Server } from './server.ts';
import type { ServerOptions } from './server-options.ts';
import type { ListenAddress } from './socket-address.ts';

/**
 * A `Server` whose connections are TLS (Degu's `SSLServer`): the same as
 * `new Server(address, app, { tls })`. Clients need a certificate unless
 * `allowUnauthenticatedClients: true` is said.
 *
 * @example
 * const tls = { certFile: '/etc/app/cert.pem', keyFile: '/etc/app/key.pem', caFile: '/etc/app/clients.pem' };
 * const server = new SSLServer(tls, ['127.0.0.1', 0], (session) => {
 *   return [200, 'OK', {}, session.tls?.peerCertificate?.subject ?? ''];
 * });
 * await server.listen();
 */
export class SSLServer extends Server {
  /** @throws as the constructor of `Server` with `tls` */
  constructor(
    tls: TlsServerOptions,
    address: ListenAddress,
    app: App,
    options: Omit<ServerOptions, 'tls'> = {},
  ) {
    super(address, app, { ...options, tls });
  }

  override toString(): string {
    return `SSL${super.toString()}`;
  }
}
