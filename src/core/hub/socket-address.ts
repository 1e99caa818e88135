import type { AddressInfo } from 'node:net';
import { GudegError } from '../errors.ts';

/** `[host, port]`, the path of a unix socket, or an abstract name as a Buffer that begins with NUL. */
export type GreenAddress = readonly [host: string, port: number] | string | Uint8Array;

/** An address as node:net takes it. @internal */
export function toNetOptions(
  address: GreenAddress,
): { host: string; port: number } | { path: string } {
  if (typeof address === 'string') return { path: address };
  if (address instanceof Uint8Array) return { path: Buffer.from(address).toString('latin1') };
  if (Array.isArray(address)) {
    const [host, port] = address as [unknown, unknown];
    if (typeof host === 'string' && typeof port === 'number' && port >= 0 && port <= 65_535) {
      return { host, port };
    }
  }
  throw new GudegError(
    'GUDEG_ERR_INVALID_ADDRESS',
    `address must be [host, port], a path or a Buffer that begins with NUL; got ${String(address)}`,
  );
}

/** An address as node:net gives it. @internal */
export function fromNetAddress(address: AddressInfo | string | null | object): GreenAddress {
  if (typeof address === 'string') return address;
  const { address: host, port } = (address ?? {}) as Partial<AddressInfo>;
  return host === undefined || port === undefined ? '' : [host, port];
}
