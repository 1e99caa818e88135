import { isIPv4, isIPv6 } from 'node:net';
import { lookup } from 'node:dns/promises';
import { isAbsolute } from 'node:path';
import { GudegError, describeValue } from '../errors.ts';
import type { ListenArguments } from '../native/index.ts';

/** An inherited, listening socket by its file descriptor. */
export interface InheritedSocket {
  readonly fd: number;
  /** The descriptor stays its owner's, and the server uses a copy of it. Default false: it is closed with the server. */
  readonly isShared?: boolean;
}

/**
 * Where a server listens: `['127.0.0.1', 0]`, `['::1', 0]`, `['fe80::1', 0, flowinfo, scopeId]`, a host
 * name, `'/path/of.sock'`, an abstract name as bytes that start with NUL (just `'\0'` or empty: the
 * kernel chooses), or `{ fd }`.
 */
export type ListenAddress =
  | readonly [host: string, port: number]
  | readonly [host: string, port: number, flowinfo: number, scopeId: number]
  | string
  | Uint8Array
  | InheritedSocket;

/** An address in the form that the engine takes. */
export interface EngineListenAddress {
  readonly kind: 'ipv4' | 'ipv6' | 'unix' | 'fd' | 'fd-copy';
  readonly host: string | Uint8Array;
  readonly port: number;
  readonly flowinfo: number;
  readonly scopeId: number;
  readonly fd: number;
}

/** The address and the way to listen on it, in the order that the engine takes them. */
export function listenArguments(
  { kind, host, port, flowinfo, scopeId, fd }: EngineListenAddress,
  { backlog, reusePort, ipv6Only }: { backlog: number; reusePort: boolean; ipv6Only: boolean },
): ListenArguments {
  return [kind, host, port, flowinfo, scopeId, fd, backlog, reusePort, ipv6Only];
}

const nothing = { host: '', port: 0, flowinfo: 0, scopeId: 0, fd: -1 } as const;
/** sockaddr_un has room for so many bytes, with a NUL behind a path. */
const MAX_UNIX_BYTES = 107;

/**
 * Checks an address; a host name is not resolved yet.
 * @throws GUDEG_ERR_INVALID_ADDRESS
 */
export function checkListenAddress(address: ListenAddress): void {
  if (typeof address === 'string') {
    if (!isAbsolute(address)) throw invalid(address, 'the path of a socket file must be absolute');
    checkUnixLength(address, Buffer.byteLength(address));
  } else if (address instanceof Uint8Array) {
    if (address.length > 0 && address[0] !== 0) {
      throw invalid(address, 'an abstract socket name must start with a NUL byte');
    }
    checkUnixLength(address, address.length);
  } else if (Array.isArray(address)) {
    checkTuple(address as unknown[]);
  } else {
    const fd = (address as Partial<InheritedSocket> | null)?.fd;
    if (!Number.isInteger(fd) || (fd as number) < 0) {
      throw invalid(
        address,
        "give [host, port], [host, port, flowinfo, scopeId], '/path.sock', a Buffer or { fd }",
      );
    }
  }
}

function checkTuple(tuple: unknown[]): void {
  if (tuple.length !== 2 && tuple.length !== 4) {
    throw invalid(tuple, 'an address must have 2 or 4 items');
  }
  const [host, port, flowinfo = 0, scopeId = 0] = tuple;
  if (typeof host !== 'string' || host === '') throw invalid(tuple, 'the host must be a string');
  if (!isUint(port, 0xffff)) throw invalid(tuple, 'the port must be in 0..65535');
  if (!isUint(flowinfo, 0xf_ffff)) throw invalid(tuple, 'the flowinfo must be in 0..1048575');
  if (!isUint(scopeId, 0xffff_ffff)) throw invalid(tuple, 'the scope id must be in 0..2^32-1');
  if (tuple.length === 4 && !isIPv6(host)) {
    throw invalid(tuple, 'four items make an IPv6 address; the host must be one');
  }
}

function isUint(value: unknown, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

function checkUnixLength(address: unknown, bytes: number): void {
  if (bytes > MAX_UNIX_BYTES) {
    throw invalid(address, `a unix socket name has at most ${MAX_UNIX_BYTES} bytes`);
  }
}

function invalid(address: unknown, why: string): GudegError {
  return new GudegError('GUDEG_ERR_INVALID_ADDRESS', `address ${describeValue(address)}: ${why}`);
}

/** The engine's form of a checked address; a host name is looked up (IPv4 first). */
export async function resolveListenAddress(address: ListenAddress): Promise<EngineListenAddress> {
  if (typeof address === 'string') return { ...nothing, kind: 'unix', host: Buffer.from(address) };
  if (address instanceof Uint8Array) {
    return { ...nothing, kind: 'unix', host: address.length === 0 ? Buffer.from('\0') : address };
  }
  if (!isTuple(address)) {
    return { ...nothing, kind: address.isShared ? 'fd-copy' : 'fd', fd: address.fd };
  }
  const [name, port, flowinfo = 0, scopeId = 0] = address;
  const host = isIPv4(name) || isIPv6(name) ? name : await resolveName(name);
  const kind = isIPv4(host) ? 'ipv4' : 'ipv6';
  return { ...nothing, kind, host: host.replace(/%.*$/, ''), port, flowinfo, scopeId };
}

function isTuple(
  address: Exclude<ListenAddress, string | Uint8Array>,
): address is readonly [string, number] | readonly [string, number, number, number] {
  return Array.isArray(address);
}

async function resolveName(name: string): Promise<string> {
  const [first] = await lookup(name, { all: true, order: 'ipv4first' });
  if (first === undefined) throw invalid([name], 'the host name has no address');
  return first.address;
}
