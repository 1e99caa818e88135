import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TempPKI } from 'gudeg';

import { plainEnvironment } from '../../support/plain-environment.ts';

/** Certificates of a `TempPKI` in memory: what a server, a client and a stranger need. */
export class SecureCredentials implements Disposable {
  readonly pki: TempPKI = new TempPKI();
  /** `cert`, `key`, and the clients' CA as `ca`. */
  readonly server: { cert: Buffer; key: Buffer; ca: Buffer };
  /** `cert`, `key`, and the server's CA as `ca`. */
  readonly client: { cert: Buffer; key: Buffer; ca: Buffer };
  /** A client whose certificate leads to another CA. */
  readonly stranger: { cert: Buffer; key: Buffer; ca: Buffer };

  constructor() {
    const { serverSslconfig, clientSslconfig } = this.pki;
    this.server = read(serverSslconfig);
    this.client = read(clientSslconfig);
    using others = new TempPKI();
    this.stranger = { ...read(others.clientSslconfig), ca: this.client.ca };
  }

  /** Another certificate of the server's CA, with its key. */
  another(names: readonly string[]): { cert: Buffer; key: Buffer } {
    const id = this.pki.createKey();
    this.pki.createCsr(id);
    this.pki.issueCert(id, this.pki.serverCaId, { names });
    return {
      cert: readFileSync(this.pki.path(id, 'cert')),
      key: readFileSync(this.pki.path(id, 'key')),
    };
  }

  /** The server's certificate and key with the clients' CA, in PKCS #12. */
  pfx(password: string): Buffer {
    const { certFile, keyFile, caFile } = this.pki.serverSslconfig;
    const files = ['-in', certFile, '-inkey', keyFile, '-certfile', caFile];
    return execFileSync(
      'openssl',
      ['pkcs12', '-export', ...files, '-passout', `pass:${password}`],
      {
        env: plainEnvironment(),
      },
    );
  }

  /** A certificate of the clients' CA, and that CA's list, by openssl, which revokes it. */
  revoked(): { cert: Buffer; key: Buffer; crl: Buffer } {
    const { pki } = this;
    const caId = pki.clientCaId as string;
    const id = pki.createKey();
    pki.createCsr(id);
    pki.issueCert(id, caId);
    const folder = mkdtempSync(join(tmpdir(), 'gudeg-crl-'));
    try {
      const config = join(folder, 'openssl.cnf');
      const database = join(folder, 'index.txt');
      const list = join(folder, 'crl.pem');
      writeFileSync(database, '');
      writeFileSync(
        config,
        [
          '[ca]\ndefault_ca = ca\n[ca]',
          `database = ${database}`,
          `certificate = ${pki.path(caId, 'ca')}`,
          `private_key = ${pki.path(caId, 'key')}`,
          'default_md = sha256\ndefault_crl_days = 1\n',
        ].join('\n'),
      );
      const openssl = (...args: string[]): Buffer =>
        execFileSync('openssl', ['ca', '-config', config, ...args], {
          env: plainEnvironment(),
          stdio: 'pipe',
        });
      openssl('-revoke', pki.path(id, 'cert'));
      openssl('-gencrl', '-out', list);
      return {
        cert: readFileSync(pki.path(id, 'cert')),
        key: readFileSync(pki.path(id, 'key')),
        crl: readFileSync(list),
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  [Symbol.dispose](): void {
    this.pki.close();
  }
}

function read(config: { certFile: string; keyFile: string; caFile: string }): {
  cert: Buffer;
  key: Buffer;
  ca: Buffer;
} {
  const { certFile, keyFile, caFile } = config;
  return { cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(caFile) };
}

/** The serial number of a certificate in PEM. */
export function serialOf(pem: Buffer): string {
  return new X509Certificate(pem).serialNumber;
}
