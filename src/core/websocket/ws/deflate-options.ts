import type { CompleteDeflateOptions } from '../websocket-options.ts';
import type { PerMessageDeflateOptions } from './options.ts';

const THRESHOLD_BYTES = 1024;
const DEFAULT_LEVEL = 6;
const DEFAULT_MEMORY_LEVEL = 8;

/**
 * The options of `perMessageDeflate` with their values; null: no compression.
 * @throws TypeError for a window that is none
 */
export function completePerMessageDeflate(
  given: boolean | PerMessageDeflateOptions | undefined,
  isServer: boolean,
): CompleteDeflateOptions | null {
  if (given === undefined || given === false) return null;
  const options = given === true ? {} : given;
  const { level = DEFAULT_LEVEL, memLevel = DEFAULT_MEMORY_LEVEL } =
    options.zlibDeflateOptions ?? {};
  return {
    serverNoContextTakeover: options.serverNoContextTakeover === true,
    clientNoContextTakeover: options.clientNoContextTakeover === true,
    serverMaxWindowBits: windowBits('serverMaxWindowBits', options.serverMaxWindowBits, isServer),
    clientMaxWindowBits: windowBits('clientMaxWindowBits', options.clientMaxWindowBits, !isServer),
    level: level < 0 ? DEFAULT_LEVEL : level,
    memoryLevel: memLevel,
    thresholdBytes: options.threshold ?? THRESHOLD_BYTES,
  };
}

function windowBits(name: string, value: number | boolean | undefined, isOurs: boolean): number {
  if (value === undefined || typeof value === 'boolean') return 15;
  if (!Number.isInteger(value) || value < 8 || value > 15) {
    throw new TypeError(`Invalid value for parameter "${name}": ${value}`);
  }
  // zlib writes no raw stream with a window of 2^8 bytes.
  return isOurs ? Math.max(value, 9) : value;
}
