import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TempPKI } from 'gudeg';

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
    return execFileSync('openssl', ['pkcs12', '-export', ...files, '-passout', `pass:${password}`]);
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
