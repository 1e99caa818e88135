import { sign, type KeyObject } from 'node:crypto';

import { der } from './der.ts';

const algorithms = {
  /** ecdsa-with-SHA256 (RFC 5758 section 3.2). */
  ec: { hash: 'sha256', identifier: () => der.sequence(oid('1.2.840.10045.4.3.2')) },
  /** sha384WithRSAEncryption (RFC 8017 appendix A.2.4). */
  rsa: {
    hash: 'sha384',
    identifier: () => der.sequence(oid('1.2.840.113549.1.1.12'), der.null()),
  },
} as const;

const oid = der.objectIdentifier;

function algorithmOf(key: KeyObject): (typeof algorithms)[keyof typeof algorithms] {
  return key.asymmetricKeyType === 'ec' ? algorithms.ec : algorithms.rsa;
}

/** The AlgorithmIdentifier of signatures that a key makes. */
export function signatureAlgorithm(key: KeyObject): Buffer {
  return algorithmOf(key).identifier();
}

/** What certificates and requests have in common: the signed part, the algorithm, the signature. */
export function signedSequence(toBeSigned: Buffer, key: KeyObject): Buffer {
  const { hash, identifier } = algorithmOf(key);
  return der.sequence(toBeSigned, identifier(), der.bitString(sign(hash, toBeSigned, key)));
}

/** The hash that a signature by this key is over. */
export function signatureHash(key: KeyObject): 'sha256' | 'sha384' {
  return algorithmOf(key).hash;
}
