import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

import { GudegError, invalidOption } from '../errors.ts';
import { pemBlocks, pemFile, pemValue, type Pem, type PemSource } from './pem-source.ts';

/** A certificate and its private key, or several: one with an ECDSA key and one with an RSA key. */
export interface TlsIdentityOptions {
  /** Absolute path of a certificate in PEM, followed by those of the CAs between it and the root. */
  certFile?: string | readonly string[];
  /** Absolute path of the certificate's private key in PEM. */
  keyFile?: string | readonly string[];
  /** The certificate itself, in place of `certFile`. */
  cert?: Pem | readonly Pem[];
  /** The private key itself, in place of `keyFile`. */
  key?: Pem | readonly Pem[];
  /** What opens private keys that are encrypted. */
  passphrase?: string;
}

/** A certificate that was found to fit its key. */
export interface TlsIdentity {
  /** The certificate and those above it, PEM. */
  readonly cert: Buffer;
  /** The private key, PEM (PKCS #8), not encrypted. */
  readonly key: Buffer;
}

const MIN_RSA_BITS = 2048;
const keyTypes: readonly unknown[] = ['ec', 'rsa', 'rsa-pss', 'ed25519'];

/**
 * Reads certificates and keys and checks that they fit together. A certificate that is expired, or not
 * valid yet, is a warning of the process, `GUDEG_WARN_TLS_CERTIFICATE`: the peer is who refuses it.
 *
 * @param prefix what stands before the options' names in messages: `tls.`
 * @param isRsaOnly whether the profile has suites for RSA keys only
 * @returns one identity for each pair, none where none of the options is given
 * @throws GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_TLS_FILE, GUDEG_ERR_TLS_CERTIFICATE,
 *   GUDEG_ERR_TLS_KEY, GUDEG_ERR_TLS_KEY_MISMATCH
 */
export function loadIdentities(
  options: TlsIdentityOptions,
  prefix: string,
  isRsaOnly: boolean,
): TlsIdentity[] {
  const certificates = sources(options, prefix, 'cert');
  const keys = sources(options, prefix, 'key');
  if (certificates.length !== keys.length) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      certificates.length === 0 || keys.length === 0
        ? `${prefix}cert and ${prefix}key go together; ${keys.length === 0 ? 'the key' : 'the certificate'} is missing`
        : `${prefix}cert has ${certificates.length} items and ${prefix}key ${keys.length}; each certificate needs its key`,
    );
  }
  const { passphrase } = options;
  if (passphrase !== undefined && typeof passphrase !== 'string') {
    throw invalidOption(`${prefix}passphrase`, 'a string', typeof passphrase);
  }
  return certificates.map((certificate, index) => {
    const key = keys[index] as PemSource;
    return loadIdentity(certificate, key, passphrase, prefix, isRsaOnly);
  });
}

/** What stands in `cert` or `certFile` (or `key`, `keyFile`), one source for each item. */
function sources(options: TlsIdentityOptions, prefix: string, name: 'cert' | 'key'): PemSource[] {
  const value: unknown = options[name];
  const file: unknown = options[`${name}File`];
  if (value !== undefined && file !== undefined) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      `${prefix}${name} and ${prefix}${name}File are two ways to say one thing; give one of them`,
    );
  }
  return file === undefined
    ? items(value).map((each) => pemValue(`${prefix}${name}`, each))
    : items(file).map((each) => pemFile(`${prefix}${name}File`, each));
}

function items(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function loadIdentity(
  certificate: PemSource,
  key: PemSource,
  passphrase: string | undefined,
  prefix: string,
  isRsaOnly: boolean,
): TlsIdentity {
  const [leaf, ...chain] = parseCertificates(certificate);
  const privateKey = openKey(key, passphrase, prefix);
  if (leaf === undefined) throw noCertificate(certificate);
  if (!leaf.checkPrivateKey(privateKey)) {
    const isLater = chain.some((each) => each.checkPrivateKey(privateKey));
    throw new GudegError(
      'GUDEG_ERR_TLS_KEY_MISMATCH',
      isLater
        ? `${certificate.origin} has the certificate of ${key.origin} in a later place; it must come first`
        : `${key.origin} is not the key of the certificate in ${certificate.origin} (${nameOf(leaf)})`,
    );
  }
  checkKey(privateKey, key, isRsaOnly);
  warnOfPeriod(leaf, certificate);
  return {
    cert: certificate.bytes,
    key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

/**
 * All certificates of a PEM file, in its order.
 * @throws GUDEG_ERR_TLS_CERTIFICATE for one that is broken, or without any
 */
export function parseCertificates(source: PemSource): X509Certificate[] {
  const blocks = pemBlocks(source.bytes, 'CERTIFICATE');
  if (blocks.length === 0) throw noCertificate(source);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new GudegError(
        'GUDEG_ERR_TLS_CERTIFICATE',
        `certificate ${index + 1} of ${blocks.length} in ${source.origin} is broken: ${String(cause)}`,
        { cause },
      );
    }
  });
}

function noCertificate({ bytes, origin }: PemSource): GudegError {
  const found = pemBlocks(bytes, 'PRIVATE KEY').length > 0;
  return new GudegError(
    'GUDEG_ERR_TLS_CERTIFICATE',
    `${origin} holds no certificate in PEM${found ? ' but a private key; are the two exchanged?' : ''}`,
  );
}

function openKey(source: PemSource, passphrase: string | undefined, prefix: string): KeyObject {
  const { bytes, origin } = source;
  const [block] = pemBlocks(bytes, 'PRIVATE KEY');
  if (block === undefined) {
    const found = pemBlocks(bytes, 'CERTIFICATE').length > 0;
    throw keyError(
      `${origin} holds no private key in PEM${found ? ' but a certificate; are the two exchanged?' : ''}`,
    );
  }
  const isEncrypted = block.includes('ENCRYPTED');
  if (isEncrypted && passphrase === undefined) {
    throw keyError(`${origin} is encrypted; give ${prefix}passphrase`);
  }
  try {
    return createPrivateKey({ key: block, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    // What OpenSSL says of a wrong passphrase depends on the padding that comes out by chance.
    throw isEncrypted
      ? keyError(`${prefix}passphrase does not open ${origin}`, cause)
      : keyError(`${origin} is broken: ${String(cause)}`, cause);
  }
}

function checkKey(key: KeyObject, { origin }: PemSource, isRsaOnly: boolean): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (!keyTypes.includes(type))
    throw keyError(`${origin} is a ${type} key; make one of ECDSA or RSA`);
  if (isRsaOnly && type !== 'rsa') {
    throw keyError(
      `${origin} is no RSA key; the TLS profile 'degu' has cipher suites for those only`,
    );
  }
  const bits = details?.modulusLength ?? MIN_RSA_BITS;
  if (bits < MIN_RSA_BITS) {
    throw keyError(`${origin} is an RSA key of ${bits} bits; peers want ${MIN_RSA_BITS} or more`);
  }
}

function keyError(message: string, cause?: unknown): GudegError {
  return new GudegError('GUDEG_ERR_TLS_KEY', message, cause === undefined ? undefined : { cause });
}

/** Fingerprints of certificates that the process was warned of. */
const warned = new Set<string>();

function warnOfPeriod(leaf: X509Certificate, { origin }: PemSource): void {
  const now = Date.now();
  const state =
    now > Date.parse(leaf.validTo)
      ? `expired on ${leaf.validTo}`
      : now < Date.parse(leaf.validFrom)
        ? `is not valid before ${leaf.validFrom}`
        : null;
  if (state === null || warned.has(leaf.fingerprint256)) return;
  warned.add(leaf.fingerprint256);
  process.emitWarning(`the certificate in ${origin} (${nameOf(leaf)}) ${state}; peers refuse it`, {
    type: 'GudegWarning',
    code: 'GUDEG_WARN_TLS_CERTIFICATE',
  });
}

/** Whose certificate it is, in one line. */
function nameOf(certificate: X509Certificate): string {
  // Node's types don't say that a certificate without a subject has undefined there.
  const subject = certificate.subject as string | undefined;
  return (subject ?? certificate.subjectAltName ?? 'without a name').replaceAll('\n', ', ');
}
