import { createHash, createPublicKey, randomBytes, type KeyObject } from 'node:crypto';

import { der } from './der.ts';
import { toPem } from './pem.ts';
import { signatureAlgorithm, signedSequence } from './signing.ts';
import { subjectAltName } from './subject-alt-name.ts';

/** What a certificate says, and who says it. */
export interface CertificateContent {
  /** The common name of whom it is for. */
  readonly subject: string;
  readonly subjectKey: KeyObject;
  /** The common name of who signs. */
  readonly issuer: string;
  /** The private key of who signs. */
  readonly issuerKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether the subject may sign certificates of others. */
  readonly isCa: boolean;
  /** DNS names and IP addresses of the subject. */
  readonly names: readonly string[];
}

const SERIAL_BYTES = 16;
const VERSION_3 = Buffer.from([2]);
const oid = der.objectIdentifier;

const usages = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/**
 * A signed X.509 certificate (RFC 5280) in PEM, with all extensions that the strict checks of OpenSSL
 * and Python ask for.
 */
export function renderCertificate(content: CertificateContent): string {
  const { subject, subjectKey, issuer, issuerKey, notBefore, notAfter } = content;
  const toBeSigned = der.sequence(
    der.explicit(0, der.integer(VERSION_3)),
    der.integer(serialNumber()),
    signatureAlgorithm(issuerKey),
    commonName(issuer),
    der.sequence(der.time(notBefore), der.time(notAfter)),
    commonName(subject),
    subjectPublicKeyInfo(subjectKey),
    der.explicit(3, der.sequence(...extensions(content))),
  );
  return toPem('CERTIFICATE', signedSequence(toBeSigned, issuerKey));
}

/** A distinguished name of one attribute, the common name. */
export function commonName(name: string): Buffer {
  return der.sequence(der.set(der.sequence(oid('2.5.4.3'), der.utf8String(name))));
}

/** A public key in DER, as certificates and requests hold it. */
export function subjectPublicKeyInfo(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** Random, so that certificates of one CA never share a number and nothing has to be remembered. */
function serialNumber(): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  // Positive, and never shorter than it may be by chance.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  return serial;
}

function extensions({ isCa, subjectKey, issuerKey, names }: CertificateContent): Buffer[] {
  const issuerId = keyIdentifier(createPublicKey(issuerKey));
  const both = [
    extension('2.5.29.14', der.octetString(keyIdentifier(subjectKey))),
    extension('2.5.29.35', der.sequence(der.implicit(0, issuerId))),
  ];
  if (isCa) {
    return [
      criticalExtension('2.5.29.19', der.sequence(der.true(), der.integer(Buffer.from([0])))),
      // keyCertSign and cRLSign
      criticalExtension('2.5.29.15', der.bitString(Buffer.from([0b0000_0110]), 1)),
      ...both,
    ];
  }
  return [
    criticalExtension('2.5.29.19', der.sequence()),
    // digitalSignature: enough for every cipher suite with an ephemeral key exchange
    criticalExtension('2.5.29.15', der.bitString(Buffer.from([0b1000_0000]), 7)),
    extension('2.5.29.37', der.sequence(oid(usages.serverAuth), oid(usages.clientAuth))),
    ...both,
    ...(names.length === 0 ? [] : [extension('2.5.29.17', subjectAltName(names))]),
  ];
}

function extension(id: string, value: Buffer): Buffer {
  return der.sequence(oid(id), der.octetString(value));
}

function criticalExtension(id: string, value: Buffer): Buffer {
  return der.sequence(oid(id), der.true(), der.octetString(value));
}

/** RFC 7093 section 2, method 4, cut to the length that is usual. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha256').update(subjectPublicKeyInfo(publicKey)).digest().subarray(0, 20);
}
