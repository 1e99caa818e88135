import { GudegError, invalidArgType, invalidOption } from '../errors.ts';
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

interface Limit {
  readonly min: number;
  readonly max: number;
  readonly rfc: number;
  readonly degu?: number;
}

const MAX_MS = 0x7fff_ffff;
const DEFAULT_TIMEOUT_MS = 65_000;

const limits: Readonly<Record<string, Limit>> = {
  connectTimeoutMs: { min: 0, max: MAX_MS, rfc: 10_000 },
  responseTimeoutMs: { min: 0, max: MAX_MS, rfc: DEFAULT_TIMEOUT_MS },
  bodyTimeoutMs: { min: 0, max: MAX_MS, rfc: DEFAULT_TIMEOUT_MS },
  writeTimeoutMs: { min: 0, max: MAX_MS, rfc: DEFAULT_TIMEOUT_MS },
  maxHeadBytes: { min: 64, max: 65_535, rfc: 32_768 },
  maxHeaderCount: { min: 1, max: 1000, rfc: 100, degu: 1000 },
  maxBodyBytes: { min: 0, max: Number.MAX_SAFE_INTEGER, rfc: Number.MAX_SAFE_INTEGER },
  maxChunkLineBytes: { min: 16, max: 65_535, rfc: 4096 },
  maxChunkExtensionBytes: { min: 0, max: 0x7fff_ffff, rfc: 262_144 },
  maxChunkBytes: { min: 1, max: 0x7fff_ffff, rfc: 16_777_216 },
  maxTrailerBytes: { min: 0, max: 65_535, rfc: 8192 },
  outputHighWaterBytes: { min: 1, max: 0x3fff_ffff, rfc: 65_536 },
  inputHighWaterBytes: { min: 1, max: 0x3fff_ffff, rfc: 65_536 },
};

const others = new Set(['profile', 'host', 'authorization', 'onConnect', 'timeoutMs']);

/**
 * Checks all options and fills in the limits as the engine takes them.
 * @throws GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ARG_TYPE
 */
export function completeClientOptions(given: Omit<ClientOptions, 'tls'>): EngineClientOptions {
  const { profile = 'rfc', timeoutMs, host, authorization, onConnect } = given;
  if (profile !== 'rfc' && profile !== 'degu') {
    throw invalidOption('profile', "'rfc' or 'degu'", profile);
  }
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
  if (timeoutMs !== undefined) check('timeoutMs', { min: 0, max: MAX_MS, rfc: 0 }, timeoutMs);
  const complete: Record<string, number | boolean> = { isDegu: profile === 'degu' };
  for (const [name, limit] of Object.entries(limits)) {
    const isTimeout = name.endsWith('TimeoutMs') && name !== 'connectTimeoutMs';
    const fallback = profile === 'degu' ? (limit.degu ?? limit.rfc) : limit.rfc;
    const own = (given as Record<string, unknown>)[name];
    complete[name] = check(name, limit, own ?? (isTimeout ? timeoutMs : undefined) ?? fallback);
  }
  return complete as unknown as EngineClientOptions;
}

function check(name: string, { min, max }: Limit, value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw invalidOption(name, `an integer in ${min}..${max}`, value);
}
