import { GudegError, describeValue } from '../errors.ts';
import type { SocketAddress } from '../rgi/index.ts';
import { hostField } from './client-address.ts';
import type { ClientOptions } from './client-options.ts';
import { fieldLine } from './render-request.ts';

/** Fields that every request of a client has, by lower-case name, sorted, and their lines. */
export class BaseHeaders {
  readonly values: ReadonlyMap<string, string>;
  readonly lines: string;

  /** @throws GUDEG_ERR_CLIENT_REQUEST for a name that is not in lower case */
  constructor(values: Iterable<readonly [name: string, value: string]>) {
    const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name] of sorted) {
      if (name === name.toLowerCase()) continue;
      throw new GudegError(
        'GUDEG_ERR_CLIENT_REQUEST',
        `the name of a base header must be in lower case; got ${describeValue(name)}`,
      );
    }
    this.values = new Map(sorted);
    this.lines = sorted.map(([name, value]) => fieldLine(name, value)).join('');
  }

  /** `authorization` and `host`. Degu's servers ask for no host, and over unix sockets its clients send none. */
  static of(address: SocketAddress, options: Omit<ClientOptions, 'onConnect'>): BaseHeaders {
    const isUnix = typeof address === 'string' || address instanceof Uint8Array;
    const usual =
      isUnix && options.profile === 'degu' ? null : hostField(address, options.tls !== undefined);
    const { authorization = null, host = usual } = options;
    return new BaseHeaders([]).with('authorization', authorization).with('host', host);
  }

  /** The same with another value, or without the field. */
  with(name: string, value: string | null): BaseHeaders {
    const others = [...this.values].filter(([each]) => each !== name);
    return new BaseHeaders(value === null ? others : [...others, [name, value]]);
  }
}
