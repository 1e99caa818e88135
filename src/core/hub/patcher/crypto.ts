import crypto from 'node:crypto';
import { syncReplacements } from './callback-twins.ts';
import type { Replacement } from './green-twin.ts';

/** The `…Sync` functions of node:crypto: key derivation, keys, primes, random bytes. */
export function cryptoReplacements(): Replacement[] {
  return syncReplacements(crypto, 'crypto', {
    generateKeyPairSync: { result: (publicKey, privateKey) => ({ publicKey, privateKey }) },
  });
}
