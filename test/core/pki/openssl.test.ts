import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { TempPKI, type RsaBits } from 'gudeg';

import { needsPrograms } from '../../support/needs-program.ts';

const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'] });

describe('what openssl says of the files of a PKI', () => {
  before(needsPrograms('openssl'));

  for (const [name, bits] of [
    ['ECDSA', undefined],
    ['RSA', 2048],
  ] as [string, RsaBits | undefined][]) {
    describe(`with ${name} keys`, () => {
      let pki: TempPKI;

      before(() => {
        pki = new TempPKI(bits === undefined ? {} : { bits });
      });

      after(() => {
        pki.close();
      });

      it('certificates pass its strict checks for servers and for clients', () => {
        for (const purpose of ['sslserver', 'sslclient']) {
          const { certFile } = pki.serverSslconfig;
          const { caFile } = pki.clientSslconfig;
          const args = ['-x509_strict', '-check_ss_sig', '-purpose', purpose, '-CAfile', caFile];
          expect(openssl('verify', ...args, certFile)).to.equal(`${certFile}: OK\n`);
        }
      });

      it('requests are well signed', () => {
        const file = pki.path(pki.serverId, 'csr');
        expect(openssl('req', '-in', file, '-verify', '-noout', '-subject')).to.contain(
          pki.serverId,
        );
      });

      it('certificates say what they are for', () => {
        const text = openssl('x509', '-in', pki.serverSslconfig.certFile, '-noout', '-text');
        expect(text).to.match(/Basic Constraints: critical\s+CA:FALSE/);
        expect(text).to.match(/Key Usage: critical\s+Digital Signature\s/);
        expect(text).to.match(/TLS Web Server Authentication, TLS Web Client Authentication/);
        const ca = openssl('x509', '-in', pki.clientSslconfig.caFile, '-noout', '-text');
        expect(ca).to.match(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
        expect(ca).to.match(/Key Usage: critical\s+Certificate Sign, CRL Sign\s/);
      });

      it('the id of a key is Base32 of the SHA-512 of its public key', () => {
        const pem = openssl('pkey', '-in', pki.path(pki.serverId, 'key'), '-pubout');
        const digest = createHash('sha512').update(pem).digest();
        const bits = [...digest.subarray(0, 30)].map((byte) => byte.toString(2).padStart(8, '0'));
        const digits = bits.join('').match(/.{5}/g) ?? [];
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
        const id = digits.map((group) => alphabet[Number.parseInt(group, 2)]).join('');
        expect(pki.serverId).to.equal(id);
        expect(readFileSync(pki.path(id, 'key'), 'latin1')).to.match(
          /^-----BEGIN PRIVATE KEY-----/,
        );
      });
    });
  }
});
