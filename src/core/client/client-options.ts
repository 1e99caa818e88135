import { GudegError, invalidArgType, invalidOption } from '../errors.ts';
import {
  HIGH_WATER_LIMITS,
  MAX_MS,
  MESSAGE_LIMITS,
  checkLimit,
  checkProfile,
  defaultOf,
  type NumericLimit,
} from '../http/index.ts';
import type { EngineClientOptions } from '../native/index.ts';
import type { TlsClientOptions } from '../tls/index.ts';
import type { Connection } from './connection.ts';

/** Options of a client. All are optional; 0 switches a timeout off. */
export interface ClientOptions {
  /** `'rfc'`: RFC 9110 and RFC 9112. `'degu'`: the narrower rules of Degu. Default `'rfc'`. */
  profile?: 'rfc' | 'degu';
  /** TLS instead of plain connections. The server's certificate is always verified. Default none. */
  tls?: TlsClientOptions;
  /** The `host` field. Default: host and port of the address, `localhost` for unix sockets; null for none. */
  host?: string | null;
  /** The `authorization` field. Default none. */
  authorization?: string | null;
  /** Is called with every new connection and must give, or resolve to, exactly true. */
  onConnect?: (connection: Connection) => boolean | PromiseLike<boolean>;
  /** Default of the timeouts below except `connectTimeoutMs`. Default 65000. */
  timeoutMs?: number;
  /** For a connection to come about, the handshake of TLS included, each address of a host name by itself. Default 10000. */
  connectTimeoutMs?: number;
  /** From the last byte of a request to the end of the head of its response. */
  responseTimeoutMs?: number;
  /** Waiting for more of a response's body that is being read. */
  bodyTimeoutMs?: number;
  /** Waiting for the server to take more of a request. */
  writeTimeoutMs?: number;
  /** Status line and fields of a response in bytes, at most 65535. Default 32768. */
  maxHeadBytes?: number;
  /** Fields of a response, at most 1000. Default 100, degu 1000. */
  maxHeaderCount?: number;
  /** A response's body in bytes. Default 2^53-1. */
  maxBodyBytes?: number;
  /** A chunk's size line in bytes. Default 4096. */
  maxChunkLineBytes?: number;
  /** The chunk extensions of one body together, in bytes. Default 262144. */
  maxChunkExtensionBytes?: number;
  /** A chunk's data in bytes. Default 16777216. */
  maxChunkBytes?: number;
  /** The trailer section in bytes. Default 8192. */
  maxTrailerBytes?: number;
  /** Unsent bytes of a request from which on its body's source has to wait. Default 65536. */
  outputHighWaterBytes?: number;
  /** Unread bytes of a response from which on nothing more is read from the socket. Default 65536. */
  inputHighWaterBytes?: number;
}

const DEFAULT_TIMEOUT_MS = 65_000;

const limits: Readonly<Record<string, NumericLimit>> = {
  connectTimeoutMs: { min: 0, max: MAX_MS, rfc: 10_000 },
  responseTimeoutMs: { min: 0, max: MAX_MS, rfc: DEFAULT_TIMEOUT_MS },
  bodyTimeoutMs: { min: 0, max: MAX_MS, rfc: DEFAULT_TIMEOUT_MS },
  writeTimeoutMs: { min: 0, max: MAX_MS, rfc: DEFAULT_TIMEOUT_MS },
  ...MESSAGE_LIMITS,
  ...HIGH_WATER_LIMITS,
};

const others = new Set(['profile', 'host', 'authorization', 'onConnect', 'timeoutMs']);

/**
 * Checks all options and fills in the limits as the engine takes them.
 * @throws GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ARG_TYPE
 */
export function completeClientOptions(given: Omit<ClientOptions, 'tls'>): EngineClientOptions {
  const { timeoutMs, host, authorization, onConnect } = given;
  const profile = checkProfile(given.profile ?? 'rfc');
  for (const [name, value] of Object.entries({ host, authorization })) {
    if (value !== undefined && value !== null && typeof value !== 'string') {
      throw invalidOption(name, 'a string or null', value);
    }
  }
  if (onConnect !== undefined && typeof onConnect !== 'function') {
    throw invalidArgType('onConnect', 'a function', onConnect);
  }
  const unknown = Object.keys(given)
    .filter((name) => !(name in limits) && !others.has(name))
    .sort();
  if (unknown.length > 0) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      `a client has no option ${unknown.join(', ')}; it has ${[...others, ...Object.keys(limits)].join(', ')}`,
    );
  }
  if (timeoutMs !== undefined) checkLimit('timeoutMs', { min: 0, max: MAX_MS, rfc: 0 }, timeoutMs);
  const complete: Record<string, number | boolean> = { isDegu: profile === 'degu' };
  for (const [name, limit] of Object.entries(limits)) {
    const isTimeout = name.endsWith('TimeoutMs') && name !== 'connectTimeoutMs';
    const own = (given as Record<string, unknown>)[name];
    const value = own ?? (isTimeout ? timeoutMs : undefined) ?? defaultOf(limit, profile);
    complete[name] = checkLimit(name, limit, value);
  }
  return complete as unknown as EngineClientOptions;
}
