/** Which protocol versions, cipher suites and curves a side offers and accepts. */
export type TlsProfile = 'intermediate' | 'degu';

/** A version of TLS that there is a profile with. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** What a profile stands for, in OpenSSL's notation. */
export interface TlsRules {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Cipher suites of TLS 1.2. */
  readonly ciphers: string;
  /** Cipher suites of TLS 1.3. */
  readonly cipherSuites: string;
  readonly curves: string;
  /** Whether the server's order decides. */
  readonly preferServerCiphers: boolean;
}

/**
 * `intermediate` is Mozilla's recommendation of that name without its finite-field suites; every suite
 * has an ephemeral key exchange and authenticated encryption. `degu` is Degu's choice, to the letter.
 */
const profiles: Readonly<Record<TlsProfile, TlsRules>> = {
  intermediate: {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: [
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
      'ECDHE-RSA-CHACHA20-POLY1305',
    ].join(':'),
    cipherSuites: [
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
    ].join(':'),
    curves: 'X25519:P-256:P-384',
    preferServerCiphers: false,
  },
  degu: {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384',
    cipherSuites: '',
    curves: 'P-384',
    preferServerCiphers: true,
  },
};

/** The names of all profiles. */
export const TLS_PROFILES = Object.keys(profiles) as readonly TlsProfile[];

/** What a profile stands for. */
export function rulesOf(profile: TlsProfile): TlsRules {
  return profiles[profile];
}
