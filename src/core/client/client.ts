import { ClientError, GudegError, describeValue } from '../errors.ts';
import type { EngineClientOptions } from '../native/index.ts';
import type { SocketAddress } from '../rgi/index.ts';
import { checkClientAddress, hostField, resolveClientAddress } from './client-address.ts';
import { ClientChannel, describeAddress } from './client-channel.ts';
import { completeClientOptions, type ClientOptions } from './client-options.ts';
import { Connection } from './connection.ts';
import { fieldLine, type BaseHeaders } from './render-request.ts';

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
  readonly #values = new Map<string, string>();
  #base: BaseHeaders | null = null;

  /**
   * @param address `[host, port]` with a name or an IP address, `[ipv6, port, flowinfo, scopeId]`, the
   *   absolute path of a socket file, or an abstract name as bytes that start with NUL
   * @throws GUDEG_ERR_INVALID_ADDRESS, GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ARG_TYPE
   */
  constructor(address: SocketAddress, options: ClientOptions = {}) {
    checkClientAddress(address);
    this.address = address;
    this.options = { ...options };
    this.#engineOptions = completeClientOptions(options);
    const { authorization = null, host = this.#defaultHost() } = options;
    this.setBaseHeader('authorization', authorization);
    this.setBaseHeader('host', host);
  }

  /** Degu's servers ask for no host, and over unix sockets its clients send none. */
  #defaultHost(): string | null {
    const isUnix = typeof this.address === 'string' || this.address instanceof Uint8Array;
    return isUnix && this.options.profile === 'degu' ? null : hostField(this.address);
  }

  /** Fields that every request of later connections has, by lower-case name, sorted. */
  get baseHeaders(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#baseHeaders().values);
  }

  /**
   * Sets or, with null, removes a field of all requests. Connections that are open keep theirs.
   * @throws GUDEG_ERR_CLIENT_REQUEST for a name that is not in lower case
   */
  setBaseHeader(name: string, value: string | null): void {
    if (name !== name.toLowerCase()) {
      throw new GudegError(
        'GUDEG_ERR_CLIENT_REQUEST',
        `the name of a base header must be in lower case; got ${describeValue(name)}`,
      );
    }
    if (value === null) this.#values.delete(name);
    else this.#values.set(name, value);
    this.#base = null;
  }

  /**
   * Opens a connection: of a host name with several addresses, to the first that takes it.
   * @throws ClientError GUDEG_ERR_CLIENT_CONNECT, GUDEG_ERR_CLIENT_CONNECT_TIMEOUT,
   *   GUDEG_ERR_CLIENT_REFUSED, or the reason of the signal
   */
  async connect(options: { signal?: AbortSignal } = {}): Promise<Connection> {
    const channel = await this.#openChannel(options.signal);
    const isDegu = this.options.profile === 'degu';
    const connection = new Connection(channel, this.#baseHeaders(), isDegu);
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
    for (const target of await resolveClientAddress(address)) {
      try {
        return await ClientChannel.open(address, target, this.#engineOptions, signal);
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #baseHeaders(): BaseHeaders {
    if (this.#base === null) {
      const sorted = [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1));
      this.#base = {
        values: new Map(sorted),
        lines: sorted.map(([name, value]) => fieldLine(name, value)).join(''),
      };
    }
    return this.#base;
  }

  /** `Client(127.0.0.1:8000)` */
  toString(): string {
    return `Client(${describeAddress(this.address)})`;
  }
}
