import type { App } from '../rgi/index.ts';
import type { TlsServerOptions } from '../tls/index.ts';
import type { ServerOptions } from './server-options.ts';
import type { ListenAddress } from './socket-address.ts';
import { SSLServer } from './ssl-server.ts';

/**
 * A `TempServer` whose connections are TLS (Degu's `TempSSLServer`).
 *
 * @example
 * using pki = new TempPKI();
 * await using server = await TempSSLServer.start(pki.serverSslconfig, () => [200, 'OK', {}, 'hello']);
 */
export class TempSSLServer extends SSLServer {
  /** Makes a server that listens already. */
  static async start(
    tls: TlsServerOptions,
    app: App,
    options: Omit<ServerOptions, 'tls'> = {},
    address: ListenAddress = ['127.0.0.1', 0],
  ): Promise<TempSSLServer> {
    return await new TempSSLServer(tls, address, app, options).listen();
  }

  /** Stops listening and cuts all connections. */
  async terminate(): Promise<void> {
    await this.close({ graceMs: 0 });
  }

  /** `terminate()`. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
  }
}
