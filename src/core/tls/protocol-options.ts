import { GudegError, invalidOption } from '../errors.ts';
import { isNormalizedPath } from './pem-source.ts';
import { TLS_PROFILES, rulesOf, type TlsProfile, type TlsRules } from './tls-profiles.ts';

/** What servers and clients say about the protocol alike. */
export interface TlsProtocolOptions {
  /**
   * `'intermediate'`: TLS 1.2 and 1.3 as Mozilla recommends it. `'degu'`: TLS 1.2 with RSA keys, two cipher
   * suites and one curve, as Degu has it. Default `'intermediate'`.
   */
  tlsProfile?: TlsProfile;
  /** What is spoken inside (RFC 7301), best first; empty: nothing is negotiated. Default `['http/1.1']`. */
  alpnProtocols?: readonly string[];
  /** Absolute path of a file that session secrets are appended to, for Wireshark. Default none. Never in production. */
  keyLogFile?: string;
}

/** The same, complete. */
export interface CompleteTlsProtocol extends TlsRules {
  readonly profile: TlsProfile;
  readonly alpnProtocols: readonly string[];
  readonly keyLogFile: string | null;
}

const MAX_ALPN_BYTES = 255;

/**
 * Checks these options and fills them in.
 * @throws GUDEG_ERR_INVALID_OPTION
 */
export function completeProtocol(given: TlsProtocolOptions): CompleteTlsProtocol {
  const { tlsProfile: profile = 'intermediate', keyLogFile = null } = given;
  if (!TLS_PROFILES.includes(profile)) {
    throw invalidOption('tls.tlsProfile', "'intermediate' or 'degu'", profile);
  }
  if (keyLogFile !== null && !isNormalizedPath(keyLogFile)) {
    throw invalidOption('tls.keyLogFile', 'an absolute, normalized path', keyLogFile);
  }
  const alpnProtocols: unknown = given.alpnProtocols ?? ['http/1.1'];
  if (!Array.isArray(alpnProtocols) || !alpnProtocols.every(isProtocolName)) {
    const expected = `an array of names of 1..${MAX_ALPN_BYTES} bytes`;
    throw invalidOption('tls.alpnProtocols', expected, alpnProtocols);
  }
  return { ...rulesOf(profile), profile, keyLogFile, alpnProtocols: [...alpnProtocols] };
}

function isProtocolName(name: unknown): name is string {
  if (typeof name !== 'string') return false;
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= MAX_ALPN_BYTES;
}

/**
 * @param known every option of this side
 * @throws GUDEG_ERR_INVALID_ARG_TYPE, or GUDEG_ERR_INVALID_OPTION where one is unknown
 */
export function refuseUnknown(given: object, known: readonly string[], where = 'tls'): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const letters = name.toLowerCase().replace(/[^a-z]/g, '');
    const meant = known.find((each) => each.toLowerCase() === letters);
    const cure = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      `there is no option ${where}.${name}; ${cure}`,
    );
  }
}
