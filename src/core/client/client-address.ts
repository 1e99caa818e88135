import { lookup } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { isAbsolute } from 'node:path';
import { ClientError, GudegError, describeValue } from '../errors.ts';
import type { SocketAddress } from '../rgi/index.ts';

/** An address in the form that the engine connects to. */
export interface EngineTarget {
  readonly kind: 'ipv4' | 'ipv6' | 'unix';
  readonly host: string | Uint8Array;
  readonly port: number;
  readonly flowinfo: number;
  readonly scopeId: number;
}

/** sockaddr_un has room for so many bytes, with a NUL behind a path. */
const MAX_UNIX_BYTES = 107;

/**
 * Checks where a client is to connect: `[host or name, port]`, `[ipv6, port, flowinfo, scopeId]`, the
 * absolute path of a socket file, or an abstract name as bytes that start with NUL.
 * @throws GUDEG_ERR_INVALID_ADDRESS
 */
export function checkClientAddress(address: SocketAddress): void {
  if (typeof address === 'string') {
    if (!isAbsolute(address)) throw invalid(address, 'the path of a socket file must be absolute');
    checkLength(address, Buffer.byteLength(address));
  } else if (address instanceof Uint8Array) {
    if (address.length < 2 || address[0] !== 0) {
      throw invalid(address, 'an abstract name is a NUL byte and at least one more');
    }
    checkLength(address, address.length);
  } else {
    checkTuple(address);
  }
}

function checkTuple(tuple: unknown): void {
  if (!Array.isArray(tuple) || (tuple.length !== 2 && tuple.length !== 4)) {
    throw invalid(tuple, "give [host, port], [host, port, flowinfo, scopeId], '/path' or a Buffer");
  }
  const [host, port, flowinfo = 0, scopeId = 0] = tuple as unknown[];
  if (typeof host !== 'string' || host === '') throw invalid(tuple, 'the host must be a string');
  if (!isUint(port, 1, 0xffff)) throw invalid(tuple, 'the port must be in 1..65535');
  if (!isUint(flowinfo, 0, 0xf_ffff)) throw invalid(tuple, 'the flowinfo must be in 0..1048575');
  if (!isUint(scopeId, 0, 0xffff_ffff)) throw invalid(tuple, 'the scope id must be in 0..2^32-1');
  if (tuple.length === 4 && !isIPv6(host)) {
    throw invalid(tuple, 'four items make an IPv6 address; the host must be one');
  }
}

function isUint(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function checkLength(address: unknown, bytes: number): void {
  if (bytes > MAX_UNIX_BYTES) {
    throw invalid(address, `a unix socket name has at most ${MAX_UNIX_BYTES} bytes`);
  }
}

function invalid(address: unknown, why: string): GudegError {
  return new GudegError('GUDEG_ERR_INVALID_ADDRESS', `address ${describeValue(address)}: ${why}`);
}

/** The `host` field for an address (RFC 9110 section 7.2): no default port, no scope id. */
export function hostField(address: SocketAddress, isTls: boolean): string {
  if (typeof address === 'string' || address instanceof Uint8Array) return 'localhost';
  const host = address[0].replace(/%.*$/, '');
  const shown = host.includes(':') ? `[${host}]` : host;
  return address[1] === (isTls ? 443 : 80) ? shown : `${shown}:${address[1]}`;
}

/**
 * What there is to connect to, in order of preference: several for a host name with several
 * addresses.
 * @throws GUDEG_ERR_CLIENT_CONNECT when a name has none
 */
export async function resolveClientAddress(address: SocketAddress): Promise<EngineTarget[]> {
  if (typeof address === 'string') return [unixTarget(Buffer.from(address))];
  if (address instanceof Uint8Array) return [unixTarget(address)];
  const [name, port, flowinfo = 0, scopeId = 0] = address;
  const hosts = isIPv4(name) || isIPv6(name) ? [name] : await resolveName(name);
  return hosts.map((host) => ({
    kind: isIPv4(host) ? ('ipv4' as const) : ('ipv6' as const),
    host: host.replace(/%.*$/, ''),
    port,
    flowinfo,
    scopeId,
  }));
}

function unixTarget(host: Uint8Array): EngineTarget {
  return { kind: 'unix', host, port: 0, flowinfo: 0, scopeId: 0 };
}

async function resolveName(name: string): Promise<string[]> {
  try {
    const found = await lookup(name, { all: true, order: 'ipv4first' });
    return found.map(({ address }) => address);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ClientError(
      'GUDEG_ERR_CLIENT_CONNECT',
      'always',
      `the host name ${name} has no address (${why})`,
      { cause },
    );
  }
}
