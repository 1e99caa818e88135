import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HASHED_BYTES = 30;

/**
 * What Degu calls a key, and the common name of its certificates: 48 characters, the Base32 of the
 * first 30 bytes of the SHA-512 of the public key in PEM.
 */
export function keyId(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  return base32(createHash('sha512').update(pem).digest().subarray(0, HASHED_BYTES));
}

/** RFC 4648 section 6, for a number of bytes that needs no padding. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    bitCount += 8;
    for (; bitCount >= 5; bitCount -= 5) text += ALPHABET[(bits >> (bitCount - 5)) & 31] ?? '';
  }
  return text;
}
