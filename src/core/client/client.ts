import { ClientError, describeValue } from '../errors.ts';
import type { EngineClientOptions } from '../native/index.ts';
import type { SocketAddress } from '../rgi/index.ts';
import { AddressRotation } from './address-rotation.ts';
import { BaseHeaders } from './base-headers.ts';
import { checkClientAddress, resolveClientAddress } from './client-address.ts';
import { ClientChannel, describeAddress } from './client-channel.ts';
import type { ClientOptions } from './client-options.ts';
import { Connection } from './connection.ts';
import { engineOptions } from './engine-options.ts';

/**
 * Where to connect and how (Degu's `Client`). It holds no connection itself and may be used for any
 * number of them.
 *
 * @example
 * const client = new Client(['127.0.0.1', 8000]);
 * const connection = await client.connect();
 * const { status, headers, body } = await connection.get('/example');
 * const bytes = await body?.read();
 * connection.close();
 */
export class Client {
  readonly address: SocketAddress;
  readonly options: Readonly<ClientOptions>;
  readonly #engineOptions: EngineClientOptions;
  readonly #rotation: AddressRotation = new AddressRotation();
  #base: BaseHeaders;

  /**
   * @param address `[host, port]` with a name or an IP address, `[ipv6, port, flowinfo, scopeId]`, the
   *   absolute path of a socket file, or an abstract name as bytes that start with NUL
   * @throws GUDEG_ERR_INVALID_ADDRESS, GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ARG_TYPE; with `tls`
   *   also GUDEG_ERR_TLS_FILE, GUDEG_ERR_TLS_CERTIFICATE, GUDEG_ERR_TLS_KEY, GUDEG_ERR_TLS_KEY_MISMATCH,
   *   GUDEG_ERR_TLS_UNAVAILABLE
   */
  constructor(address: SocketAddress, options: ClientOptions = {}) {
    checkClientAddress(address);
    this.address = address;
    this.options = { ...options };
    this.#engineOptions = engineOptions(address, options);
    this.#base = BaseHeaders.of(address, options);
  }

  /** Fields that every request of later connections has, by lower-case name, sorted. */
  get baseHeaders(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#base.values);
  }

  /**
   * Sets or, with null, removes a field of all requests. Connections that are open keep theirs.
   * @throws GUDEG_ERR_CLIENT_REQUEST for a name that is not in lower case
   */
  setBaseHeader(name: string, value: string | null): void {
    this.#base = this.#base.with(name, value);
  }

  /**
   * Opens a connection: of a host name with several addresses, to each in turn, and to the next where
   * one takes none.
   * @throws ClientError GUDEG_ERR_CLIENT_CONNECT, GUDEG_ERR_CLIENT_CONNECT_TIMEOUT,
   *   GUDEG_ERR_CLIENT_REFUSED, one of the GUDEG_ERR_TLS_ codes for a failed handshake, or the reason of
   *   the signal
   */
  async connect(options: { signal?: AbortSignal } = {}): Promise<Connection> {
    const channel = await this.#openChannel(options.signal);
    const isDegu = this.options.profile === 'degu';
    const connection = new Connection(channel, this.#base, isDegu);
    const { onConnect } = this.options;
    if (onConnect === undefined) return connection;
    try {
      const verdict: unknown = await onConnect(connection);
      if (verdict === true) return connection;
      throw new ClientError(
        'GUDEG_ERR_CLIENT_REFUSED',
        'always',
        `onConnect must give true; it gave ${describeValue(verdict)}`,
      );
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async #openChannel(signal: AbortSignal | undefined): Promise<ClientChannel> {
    const { address } = this;
    let failure: unknown;
    for (const target of this.#rotation.order(await resolveClientAddress(address))) {
      try {
        const channel = await ClientChannel.open(address, target, this.#engineOptions, signal);
        this.#rotation.succeeded(target);
        return channel;
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        this.#rotation.failed(target);
        failure = error;
      }
    }
    throw failure;
  }

  /** `Client(127.0.0.1:8000)` */
  toString(): string {
    return `Client(${describeAddress(this.address)})`;
  }
}
