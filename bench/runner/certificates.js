import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The certificate of the authority that peers' certificates are from. @param {string} directory */
export const authorityFile = (directory) => join(directory, 'ca.pem');

/**
 * Makes a certificate on P-256 for all peers, `cert.pem` and `key.pem` in the folder that they run in.
 *
 * @param {string} directory
 */
export async function makeCertificates(directory) {
  const { TempPKI } = await import('../../dist/core/index.js');
  const pki = new TempPKI({ clientPki: false });
  try {
    const { certFile, keyFile } = pki.anonymousServerSslconfig;
    const { caFile } = pki.anonymousClientSslconfig;
    await copyFile(certFile, join(directory, 'cert.pem'));
    await copyFile(keyFile, join(directory, 'key.pem'));
    await copyFile(caFile, authorityFile(directory));
  } finally {
    pki.close();
  }
}
