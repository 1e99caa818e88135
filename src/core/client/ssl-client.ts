import type { SocketAddress } from '../rgi/index.ts';
import type { TlsClientOptions } from '../tls/index.ts';
import { Client } from './client.ts';
import type { ClientOptions } from './client-options.ts';

/**
 * A `Client` whose connections are TLS (Degu's `SSLClient`): the same as `new Client(address, { tls })`.
 *
 * @example
 * const client = new SSLClient({ caFile: '/etc/app/ca.pem' }, ['app.example', 443]);
 */
export class SSLClient extends Client {
  /** @throws as the constructor of `Client` with `tls` */
  constructor(
    tls: TlsClientOptions,
    address: SocketAddress,
    options: Omit<ClientOptions, 'tls'> = {},
  ) {
    super(address, { ...options, tls });
  }

  /** `SSLClient(app.example:443)` */
  override toString(): string {
    return `SSL${super.toString()}`;
  }
}
