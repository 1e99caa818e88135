import { invalidOption } from '../errors.ts';

/** Which rules of HTTP hold: those of the RFCs, or the narrower ones of Degu. */
export type LimitProfile = 'rfc' | 'degu';

/** The range of an option that is an integer, and its default in each profile. */
export interface NumericLimit {
  readonly min: number;
  readonly max: number;
  readonly rfc: number;
  /** Default: `rfc`. */
  readonly degu?: number;
}

export const MAX_MS = 0x7fff_ffff;

/** What servers bound of requests and clients of responses. */
export const MESSAGE_LIMITS: Readonly<Record<string, NumericLimit>> = {
  maxHeadBytes: { min: 64, max: 65_535, rfc: 32_768 },
  maxHeaderCount: { min: 1, max: 1000, rfc: 100, degu: 1000 },
  maxBodyBytes: { min: 0, max: Number.MAX_SAFE_INTEGER, rfc: Number.MAX_SAFE_INTEGER },
  maxChunkLineBytes: { min: 16, max: 65_535, rfc: 4096 },
  maxChunkExtensionBytes: { min: 0, max: 0x7fff_ffff, rfc: 262_144 },
  maxChunkBytes: { min: 1, max: 0x7fff_ffff, rfc: 16_777_216 },
  maxTrailerBytes: { min: 0, max: 65_535, rfc: 8192 },
};

/** Bytes that wait in a connection before a source, or a peer, has to. */
export const HIGH_WATER_LIMITS: Readonly<Record<string, NumericLimit>> = {
  outputHighWaterBytes: { min: 1, max: 0x3fff_ffff, rfc: 65_536 },
  inputHighWaterBytes: { min: 1, max: 0x3fff_ffff, rfc: 65_536 },
};

/** What an option is where it was not given. */
export function defaultOf(limit: NumericLimit, profile: LimitProfile): number {
  return profile === 'degu' ? (limit.degu ?? limit.rfc) : limit.rfc;
}

/** @throws GUDEG_ERR_INVALID_OPTION for what is no integer in the range */
export function checkLimit(name: string, { min, max }: NumericLimit, value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw invalidOption(name, `an integer in ${min}..${max}`, value);
}

/** @throws GUDEG_ERR_INVALID_OPTION */
export function checkProfile(profile: unknown): LimitProfile {
  if (profile === 'rfc' || profile === 'degu') return profile;
  throw invalidOption('profile', "'rfc' or 'degu'", profile);
}
