import { createPrivateKey } from 'node:crypto';

/** A private key in PEM, encrypted with a passphrase. */
export function encryptKey(pem: string | Buffer, passphrase: string): string {
  const key = createPrivateKey(pem);
  return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
}
