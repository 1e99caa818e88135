import { createPublicKey, verify, type KeyObject } from 'node:crypto';

import { commonName, subjectPublicKeyInfo } from './certificate.ts';
import { der, elementsOfSequence, octetsOfBitString } from './der.ts';
import { fromPem, toPem } from './pem.ts';
import { signatureHash, signedSequence } from './signing.ts';

const VERSION_1 = Buffer.from([0]);

/** A certification request (PKCS #10, RFC 2986) in PEM, without attributes. */
export function renderCertificateRequest(subject: string, key: KeyObject): string {
  const info = der.sequence(
    der.integer(VERSION_1),
    commonName(subject),
    subjectPublicKeyInfo(createPublicKey(key)),
    der.explicit(0),
  );
  return toPem('CERTIFICATE REQUEST', signedSequence(info, key));
}

/**
 * The public key that a request asks a certificate for; null where it is no request, or where its
 * signature doesn't prove that the asker has the private key. Understood are requests signed as
 * `renderCertificateRequest()` signs.
 */
export function requestedKey(pem: string): KeyObject | null {
  const whole = fromPem('CERTIFICATE REQUEST', pem);
  const [info, , signatureBits] = (whole && elementsOfSequence(whole)) ?? [];
  const [, , keyInfo] = (info && elementsOfSequence(info)) ?? [];
  const signature = signatureBits && octetsOfBitString(signatureBits);
  if (!info || !keyInfo || !signature) return null;
  try {
    const key = createPublicKey({ key: keyInfo, type: 'spki', format: 'der' });
    return verify(signatureHash(key), info, key, signature) ? key : null;
  } catch {
    return null;
  }
}
