import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';

import { TempPKI } from 'gudeg';

import { completeClientTls } from '../../../src/core/tls/index.ts';
import { NodeProgram } from '../../support/node-program.ts';
import { caught } from '../caught.ts';

describe('the TLS options of a client', () => {
  let pki: TempPKI;

  before(() => {
    pki = new TempPKI();
  });

  after(() => {
    pki.close();
  });

  const refusal = (options: Record<string, unknown>): string =>
    caught('GUDEG_ERR_INVALID_OPTION', () => completeClientTls(options)).message;

  it('are complete with nothing: the CAs that Node trusts, and the name is checked', () => {
    const { ca, ...rest } = completeClientTls({});
    expect(ca.includes(rootCertificates[0] ?? '?')).to.equal(true);
    expect(rest).to.include({ checkHostname: true, sslHost: undefined, profile: 'intermediate' });
    expect(rest.identities).to.deep.equal([]);
  });

  it('take a CA of one’s own, and only that', () => {
    const { caFile } = pki.clientSslconfig;
    const { ca, checkHostname } = completeClientTls({ caFile });
    expect(ca.toString()).to.equal(readFileSync(caFile, 'latin1'));
    expect(checkHostname).to.equal(true);
  });

  it('take a certificate with its key', () => {
    const { identities, checkHostname } = completeClientTls(pki.clientSslconfig);
    expect(identities[0]?.cert.toString()).to.contain('BEGIN CERTIFICATE');
    expect(checkHostname).to.equal(false);
  });

  it('refuse a key without a certificate, and a certificate without a key', () => {
    const { caFile, keyFile, certFile } = pki.clientSslconfig;
    expect(refusal({ caFile, keyFile })).to.contain('the certificate is missing');
    expect(refusal({ caFile, certFile })).to.contain('the key is missing');
  });

  it('refuse to check neither the CA nor the name', () => {
    expect(refusal({ checkHostname: false })).to.contain(
      'tls.checkHostname: false needs tls.caFile',
    );
  });

  it('refuse to check a name where none is given', () => {
    const { caFile } = pki.clientSslconfig;
    expect(refusal({ caFile, sslHost: null })).to.contain('leaves no name to check');
    const complete = completeClientTls({ caFile, sslHost: null, checkHostname: false });
    expect(complete.sslHost).to.equal(null);
  });

  for (const [option, value] of [
    ['checkHostname', 0],
    ['checkHostname', 'no'],
    ['sslHost', ''],
    ['sslHost', 5],
    ['caFile', 'ca.pem'],
    ['tlsProfile', 'old'],
  ] as const) {
    it(`refuse ${option}: ${JSON.stringify(value)}`, () => {
      const { caFile } = pki.clientSslconfig;
      expect(refusal({ caFile, [option]: value })).to.contain(`tls.${option} must be`);
    });
  }

  it('are refused where one is unknown', () => {
    expect(refusal({ rejectUnauthorized: false })).to.contain('no option tls.rejectUnauthorized');
    expect(refusal({ check_hostname: false })).to.contain('did you mean checkHostname?');
    expect(refusal({ allowUnauthenticatedClients: true })).to.contain('there is no option');
  });

  it('in the profile degu speak TLS 1.2 with Degu’s suites', () => {
    const { caFile } = pki.clientSslconfig;
    expect(completeClientTls({ caFile, tlsProfile: 'degu' })).to.include({
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384',
    });
  });

  it('trust NODE_EXTRA_CA_CERTS where no CA is given', async () => {
    const { caFile } = pki.clientSslconfig;
    process.env['NODE_EXTRA_CA_CERTS'] = caFile;
    try {
      const { stdout, stderr } = await NodeProgram.text(`
        import { readFileSync } from 'node:fs';
        import { completeClientTls } from './src/core/tls/index.ts';
        const pem = readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'latin1').trim();
        console.log(completeClientTls({}).ca.toString('latin1').includes(pem));
      `).end;
      expect([stdout, stderr]).to.deep.equal(['true\n', '']);
    } finally {
      delete process.env['NODE_EXTRA_CA_CERTS'];
    }
  });
});
