import { GudegError, describeValue } from '../errors.ts';

/** Options of permessage-deflate (RFC 7692), of either side. */
export interface DeflateOptions {
  /** The server forgets each message when it has compressed it: no memory is kept for a socket. Default true. */
  serverNoContextTakeover?: boolean;
  /** The same for what clients send. Default true. */
  clientNoContextTakeover?: boolean;
  /** The server's window is 2^n bytes, 9..15. Default 15. */
  serverMaxWindowBits?: number;
  /** The clients' window, where they let the server choose, 9..15. Default 15. */
  clientMaxWindowBits?: number;
  /** How hard to compress, 1..9. Default 6. */
  level?: number;
  /** Memory for compressing, 1..9. Default 8. */
  memoryLevel?: number;
  /** Shorter messages go as they are, in bytes. Default 1024. */
  thresholdBytes?: number;
}

/** Options of a WebSocket, of either side. */
export interface WebSocketOptions {
  /** A longer message, also after inflating, closes with 1009. Default 8388608, at most 536870888. */
  maxMessageBytes?: number;
  /** A message in more frames closes with 1008. Default 16384. */
  maxFrames?: number;
  /** A peer for whom more is waiting gets no more broadcast messages and is closed with 1008. Default 1048576. */
  maxBufferedBytes?: number;
  /** A peer that says nothing for so long gets a ping, and is dropped when it stays silent for as long again, in ms; 0 = never. Default 30000. */
  pingIntervalMs?: number;
  /** A peer that sends no message for so long is closed with 1001, in ms; 0 = never. Default 0. */
  idleTimeoutMs?: number;
  /** How long the peer may take to answer a close frame, in ms. Default 5000. */
  closeTimeoutMs?: number;
  /** Compression: true for the defaults, or what to change of them. Default false. */
  deflate?: boolean | DeflateOptions;
}

/** All options of permessage-deflate with their values. */
export type CompleteDeflateOptions = Required<DeflateOptions>;

/** All options with their values. */
export interface CompleteWebSocketOptions extends Required<Omit<WebSocketOptions, 'deflate'>> {
  readonly deflate: CompleteDeflateOptions | null;
}

interface Limit {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

const MAX_MS = 0x7fff_ffff;

const limits: Record<keyof Omit<WebSocketOptions, 'deflate'>, Limit> = {
  // The longest string that V8 makes.
  maxMessageBytes: { min: 1, max: 536_870_888, fallback: 8_388_608 },
  maxFrames: { min: 1, max: 0x7fff_ffff, fallback: 16_384 },
  maxBufferedBytes: { min: 1, max: 0x3fff_ffff, fallback: 1_048_576 },
  pingIntervalMs: { min: 0, max: MAX_MS, fallback: 30_000 },
  idleTimeoutMs: { min: 0, max: MAX_MS, fallback: 0 },
  closeTimeoutMs: { min: 1, max: MAX_MS, fallback: 5000 },
};

const deflateLimits: Record<string, Limit> = {
  serverMaxWindowBits: { min: 9, max: 15, fallback: 15 },
  clientMaxWindowBits: { min: 9, max: 15, fallback: 15 },
  level: { min: 1, max: 9, fallback: 6 },
  memoryLevel: { min: 1, max: 9, fallback: 8 },
  thresholdBytes: { min: 0, max: 0x7fff_ffff, fallback: 1024 },
};

const deflateFlags = ['serverNoContextTakeover', 'clientNoContextTakeover'];

/** The names of the options of a WebSocket. */
export const WEBSOCKET_OPTION_NAMES: readonly string[] = [...Object.keys(limits), 'deflate'];

/**
 * Checks options and fills in the defaults.
 * @throws GUDEG_ERR_INVALID_OPTION
 */
export function completeWebSocketOptions(given: WebSocketOptions): CompleteWebSocketOptions {
  const values = given as Record<string, unknown>;
  refuseUnknown('', values, WEBSOCKET_OPTION_NAMES);
  const complete: Record<string, unknown> = {};
  for (const [name, limit] of Object.entries(limits)) {
    complete[name] = numberOf(name, limit, values[name]);
  }
  complete['deflate'] = completeDeflate(given.deflate ?? false);
  return complete as unknown as CompleteWebSocketOptions;
}

function completeDeflate(given: unknown): CompleteDeflateOptions | null {
  if (given === false) return null;
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw invalid('deflate', 'true, false or an object', given);
  }
  const values = given === true ? {} : (given as Record<string, unknown>);
  refuseUnknown('deflate.', values, [...deflateFlags, ...Object.keys(deflateLimits)]);
  const complete: Record<string, unknown> = {};
  for (const name of deflateFlags) {
    const value = values[name] ?? true;
    if (typeof value !== 'boolean') throw invalid(`deflate.${name}`, 'true or false', value);
    complete[name] = value;
  }
  for (const [name, limit] of Object.entries(deflateLimits)) {
    complete[name] = numberOf(`deflate.${name}`, limit, values[name]);
  }
  return complete as unknown as CompleteDeflateOptions;
}

function numberOf(name: string, { min, max, fallback }: Limit, value: unknown): number {
  const number = value ?? fallback;
  if (!Number.isInteger(number) || (number as number) < min || (number as number) > max) {
    throw invalid(name, `an integer in ${min}..${max}`, value);
  }
  return number as number;
}

function refuseUnknown(
  prefix: string,
  values: Record<string, unknown>,
  known: readonly string[],
): void {
  const unknown = Object.keys(values).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `there is no option ${prefix}${unknown}; known are ${known.join(', ')}`,
  );
}

function invalid(name: string, expected: string, value: unknown): GudegError {
  return new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `the option ${name} must be ${expected}; got ${describeValue(value)}`,
  );
}
