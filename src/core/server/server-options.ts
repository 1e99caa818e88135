import { GudegError, invalidOption } from '../errors.ts';
import {
  HIGH_WATER_LIMITS,
  MAX_MS,
  MESSAGE_LIMITS,
  checkLimit,
  checkProfile,
  defaultOf,
  type NumericLimit,
} from '../http/index.ts';
import { completeProxyOptions, type ProxyOptions } from './proxy-options.ts';
import type { TlsServerOptions } from '../tls/index.ts';

/** How strictly, and after which rules, a server reads and writes. */
export type Profile = 'rfc' | 'degu';

/** Options of `Server`. Times are in milliseconds, 0 = no limit, unless it says otherwise. */
export interface ServerOptions extends ProxyOptions {
  /** TLS instead of plain connections. A client's certificate is required unless it says otherwise. Default none. */
  tls?: TlsServerOptions;
  /** `'rfc'`: RFC 9110/9112. `'degu'`: the rules, byte classes and defaults of Degu 0.17. Default `'rfc'`. */
  profile?: Profile;
  /** Connections at a time; one more gets 503 and is closed. Default 65536, degu 50. */
  maxConnections?: number;
  /** Requests of one connection, 0 = no limit. Default 0, degu 1000. */
  maxRequests?: number;
  /** Default of the five timeouts below (Degu's `timeout`). Degu 30000. */
  timeoutMs?: number;
  /** From a request's first byte to the end of its head; then 408. Default 30000. */
  headTimeoutMs?: number;
  /** Between two requests. Default 60000. */
  keepAliveTimeoutMs?: number;
  /** Waiting for more of a request body that the app reads; then 408. Default 30000. */
  bodyTimeoutMs?: number;
  /** For a whole request body, however steadily it drips. Default 300000. */
  requestTimeoutMs?: number;
  /** Waiting for the client to take output. Default 30000. */
  writeTimeoutMs?: number;
  /** Request line in bytes; beyond is 414. Default 16384. */
  maxStartLineBytes?: number;
  /** Request line and fields in bytes, at most 65535; beyond is 431. Default 32768. */
  maxHeadBytes?: number;
  /** Fields of a request, at most 1000; beyond is 431. Default 100, degu 1000. */
  maxHeaderCount?: number;
  /** Request body in bytes; an announced one beyond is 413. Default 2^53-1. */
  maxBodyBytes?: number;
  /** A chunk's size line in bytes. Default 4096. */
  maxChunkLineBytes?: number;
  /** The chunk extensions of one request body together, in bytes; beyond is 413. Default 262144. */
  maxChunkExtensionBytes?: number;
  /** A chunk's data in bytes. Default 16777216. */
  maxChunkBytes?: number;
  /** The trailer section in bytes. Default 8192. */
  maxTrailerBytes?: number;
  /** How much of a request body that the app left unread is dropped before the connection closes instead. Default 65536. */
  maxDrainBytes?: number;
  /** Unsent bytes of one connection from which on a body's source has to wait. Default 65536. */
  outputHighWaterBytes?: number;
  /** Unread bytes of one connection from which on nothing more is read from it. Default 65536. */
  inputHighWaterBytes?: number;
  /** Whether faults are answered (400, 408, 413, …, 500) before the connection closes, or it just closes. Default true, degu false. */
  errorResponses?: boolean;
  /** Whether responses get a `date`. Default true, degu false. */
  dateHeader?: boolean;
  /** Connections that the kernel queues. Default 511. */
  backlog?: number;
  /** New connections that one turn of the event loop takes. Fewer spread them better over processes that share a socket. Default 128. */
  acceptsPerTurn?: number;
  /** SO_REUSEPORT: several processes may listen on the address. Default false. */
  reusePort?: boolean;
  /** IPV6_V6ONLY: `::` doesn't take IPv4 connections. Default false. */
  ipv6Only?: boolean;
}

/** All options of HTTP with their values. */
export type CompleteServerOptions = Required<Omit<ServerOptions, 'tls'>>;

const MAX_UINT = 0xffff_ffff;

const limits: Record<string, NumericLimit> = {
  maxConnections: { min: 1, max: MAX_UINT, rfc: 65_536, degu: 50 },
  maxRequests: { min: 0, max: MAX_UINT, rfc: 0, degu: 1000 },
  headTimeoutMs: { min: 0, max: MAX_MS, rfc: 30_000, degu: 30_000 },
  keepAliveTimeoutMs: { min: 0, max: MAX_MS, rfc: 60_000, degu: 30_000 },
  bodyTimeoutMs: { min: 0, max: MAX_MS, rfc: 30_000 },
  requestTimeoutMs: { min: 0, max: MAX_MS, rfc: 300_000 },
  writeTimeoutMs: { min: 0, max: MAX_MS, rfc: 30_000 },
  maxStartLineBytes: { min: 16, max: 65_535, rfc: 16_384, degu: 32_768 },
  ...MESSAGE_LIMITS,
  maxDrainBytes: { min: 0, max: MAX_UINT, rfc: 65_536, degu: 0 },
  ...HIGH_WATER_LIMITS,
  acceptsPerTurn: { min: 1, max: 0xffff, rfc: 128 },
  backlog: { min: 1, max: 0x7fff_ffff, rfc: 511 },
};

type FlagName = 'errorResponses' | 'dateHeader' | 'reusePort' | 'ipv6Only';

const flags: Record<FlagName, { readonly rfc: boolean; readonly degu: boolean }> = {
  errorResponses: { rfc: true, degu: false },
  dateHeader: { rfc: true, degu: false },
  reusePort: { rfc: false, degu: false },
  ipv6Only: { rfc: false, degu: false },
};

/** Every option with its type, for command lines and documentation. */
export const SERVER_OPTION_TYPES: Readonly<
  Record<keyof CompleteServerOptions, 'string' | 'number' | 'boolean' | 'list'>
> = {
  profile: 'string',
  timeoutMs: 'number',
  ...(Object.fromEntries(Object.keys(limits).map((name) => [name, 'number'])) as Record<
    Exclude<keyof CompleteServerOptions, 'profile' | 'timeoutMs' | FlagName | keyof ProxyOptions>,
    'number'
  >),
  ...(Object.fromEntries(Object.keys(flags).map((name) => [name, 'boolean'])) as Record<
    FlagName,
    'boolean'
  >),
  proxyProtocol: 'string',
  proxyAllowIps: 'list',
};

const timeouts = new Set(
  Object.keys(limits).filter((name) => name.endsWith('TimeoutMs') && name !== 'requestTimeoutMs'),
);

/**
 * Checks options and fills in the defaults of the profile.
 * @throws GUDEG_ERR_INVALID_OPTION
 */
export function completeServerOptions(given: Omit<ServerOptions, 'tls'>): CompleteServerOptions {
  const { profile: named = 'rfc', timeoutMs, proxyProtocol, proxyAllowIps, ...rest } = given;
  const profile = checkProfile(named);
  if (timeoutMs !== undefined) checkLimit('timeoutMs', { min: 0, max: MAX_MS, rfc: 0 }, timeoutMs);
  const values = rest as Record<string, unknown>;
  const known = new Set([
    ...Object.keys(limits),
    'proxyProtocol',
    'proxyAllowIps',
    ...Object.keys(flags),
  ]);
  for (const name of Object.keys(values)) {
    if (!known.has(name)) throw unknownOption(name, known);
  }
  const complete: Record<string, unknown> = { profile, timeoutMs: timeoutMs ?? 0 };
  for (const [name, limit] of Object.entries(limits)) {
    const general = timeouts.has(name) ? timeoutMs : undefined;
    const value = values[name] ?? general ?? defaultOf(limit, profile);
    complete[name] = checkLimit(name, limit, value);
  }
  for (const [name, defaults] of Object.entries(flags)) {
    const value = values[name] ?? defaults[profile];
    if (typeof value !== 'boolean') throw invalidOption(name, 'true or false', value);
    complete[name] = value;
  }
  const proxies: ProxyOptions = {};
  if (proxyProtocol !== undefined) proxies.proxyProtocol = proxyProtocol;
  if (proxyAllowIps !== undefined) proxies.proxyAllowIps = proxyAllowIps;
  Object.assign(complete, completeProxyOptions(proxies));
  return complete as unknown as CompleteServerOptions;
}

function unknownOption(name: string, known: Set<string>): GudegError {
  const flat = name.toLowerCase().replace(/[^a-z]/g, '');
  const meant = [...known].find((each) => {
    const other = each.toLowerCase();
    return other === flat || other.startsWith(flat) || flat.startsWith(other.replace(/ms$/, ''));
  });
  const cure =
    meant === undefined ? `known are ${[...known].join(', ')}` : `did you mean ${meant}?`;
  return new GudegError('GUDEG_ERR_INVALID_OPTION', `there is no option ${name}; ${cure}`);
}
