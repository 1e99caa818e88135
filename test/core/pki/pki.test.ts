import { expect } from 'chai';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { PKI, type IssueOptions, type RsaBits } from 'gudeg';

import { caught } from '../caught.ts';

describe('PKI', () => {
  let pki: PKI;

  beforeEach(() => {
    pki = new PKI(mkdtempSync(join(tmpdir(), 'gudeg-pki-test-')));
  });

  afterEach(() => {
    rmSync(pki.ssldir, { recursive: true });
  });

  const certificate = (id: string, extension: 'ca' | 'cert'): X509Certificate =>
    new X509Certificate(readFileSync(pki.path(id, extension)));

  function issued(options: IssueOptions = {}, bits?: RsaBits): [X509Certificate, X509Certificate] {
    const caId = pki.createKey(bits);
    pki.createCa(caId);
    const id = pki.createKey(bits);
    pki.createCsr(id);
    pki.issueCert(id, caId, options);
    return [certificate(caId, 'ca'), certificate(id, 'cert')];
  }

  it('createKey() makes an ECDSA key on P-256, known by 48 characters of Base32', () => {
    const id = pki.createKey();
    const key = createPrivateKey(readFileSync(pki.path(id, 'key')));
    expect(id).to.match(/^[A-Z2-7]{48}$/);
    expect(key.asymmetricKeyType).to.equal('ec');
    expect(key.asymmetricKeyDetails?.namedCurve).to.equal('prime256v1');
  });

  it('createKey() makes an RSA key of so many bits', () => {
    const key = createPrivateKey(readFileSync(pki.path(pki.createKey(2048), 'key')));
    expect(key.asymmetricKeyType).to.equal('rsa');
    expect(key.asymmetricKeyDetails?.modulusLength).to.equal(2048);
  });

  it('createKey() refuses lengths that nobody should use', () => {
    const short = 1024 as RsaBits;
    expect(caught('GUDEG_ERR_INVALID_ARG_TYPE', () => pki.createKey(short)).message).to.contain(
      '1024',
    );
  });

  for (const [name, bits] of [
    ['ECDSA', undefined],
    ['RSA', 2048],
  ] as const) {
    it(`certificates of ${name} keys lead to their CA, whose certificate is signed by itself`, () => {
      const [ca, cert] = issued({}, bits);
      expect(ca.ca).to.equal(true);
      expect(cert.ca).to.equal(false);
      expect(ca.checkIssued(ca) && ca.verify(ca.publicKey)).to.equal(true);
      expect(cert.checkIssued(ca) && cert.verify(ca.publicKey)).to.equal(true);
    });
  }

  it('a certificate has the id of its key as common name, and no number twice', () => {
    const caId = pki.createKey();
    pki.createCa(caId);
    const ids = [1, 2].map(() => {
      const id = pki.createKey();
      pki.createCsr(id);
      pki.issueCert(id, caId);
      return id;
    });
    const certificates = ids.map((id) => certificate(id, 'cert'));
    expect(certificates.map(({ subject }) => subject)).to.deep.equal(ids.map((id) => `CN=${id}`));
    expect(certificates.map(({ issuer }) => issuer)).to.deep.equal([`CN=${caId}`, `CN=${caId}`]);
    expect(new Set(certificates.map(({ serialNumber }) => serialNumber)).size).to.equal(2);
  });

  it('a certificate is for the names and addresses that are asked for', () => {
    const names = [
      'localhost',
      '*.example.org',
      '10.1.2.3',
      '::1',
      'fe80::1:0:2',
      '::ffff:1.2.3.4',
    ];
    const [, cert] = issued({ names });
    expect(cert.subjectAltName?.split(', ')).to.deep.equal([
      'DNS:localhost',
      'DNS:*.example.org',
      'IP Address:10.1.2.3',
      'IP Address:0:0:0:0:0:0:0:1',
      'IP Address:FE80:0:0:0:0:1:0:2',
      'IP Address:0:0:0:0:0:FFFF:102:304',
    ]);
    expect(cert.checkHost('www.example.org')).to.equal('*.example.org');
    expect(cert.checkIP('10.1.2.3')).to.equal('10.1.2.3');
  });

  for (const name of ['', 'a b', '-a', 'fe80::1%eth0', 'a,DNS:b', 'ä.example']) {
    it(`a certificate for ${JSON.stringify(name)} is refused`, () => {
      caught('GUDEG_ERR_INVALID_ARG_TYPE', () => issued({ names: [name] }));
    });
  }

  it('a certificate is valid for 3650 days, from five minutes ago on, for clocks that differ', () => {
    const [, cert] = issued();
    const [from, to] = [Date.parse(cert.validFrom), Date.parse(cert.validTo)];
    expect(to - from).to.be.closeTo(3650 * 24 * 3600_000 + 5 * 60_000, 2000);
    expect(from).to.be.lessThan(Date.now() - 4 * 60_000);
  });

  it('a certificate may have any period, also across the end of UTCTime', () => {
    const [notBefore, notAfter] = [
      new Date('1999-12-31T23:59:59Z'),
      new Date('2050-01-01T00:00:00Z'),
    ];
    const [, cert] = issued({ notBefore, notAfter });
    expect(new Date(cert.validFrom)).to.deep.equal(notBefore);
    expect(new Date(cert.validTo)).to.deep.equal(notAfter);
  });

  for (const [what, period] of [
    ['ends before it begins', { notBefore: new Date(2000), notAfter: new Date(1000) }],
    ['is no time', { notAfter: new Date(NaN) }],
    ['is longer than certificates can say', { notAfter: new Date('+010000-01-01T00:00:00Z') }],
  ] as const) {
    it(`a period that ${what} is refused`, () => {
      caught('GUDEG_ERR_INVALID_ARG_TYPE', () => issued(period));
    });
  }

  it('files are for their owner’s eyes and are never written twice', () => {
    const id = pki.createKey();
    pki.createCa(id);
    expect(statSync(pki.path(id, 'key')).mode & 0o777).to.equal(0o400);
    expect(statSync(pki.path(id, 'ca')).mode & 0o777).to.equal(0o400);
    const error = caught('GUDEG_ERR_PKI', () => {
      pki.createCa(id);
    });
    expect(error.message).to.contain('it is there already');
  });

  it('a request goes to the CA without its key', () => {
    const caId = pki.createKey();
    pki.createCa(caId);
    const id = pki.createKey();
    pki.createCsr(id);
    rmSync(pki.path(id, 'key'));
    pki.issueCert(id, caId);
    expect(existsSync(pki.path(id, 'cert'))).to.equal(true);
  });

  it('a request is only taken as that of the key it is named after', () => {
    const caId = pki.createKey();
    pki.createCa(caId);
    const [mine, other] = [pki.createKey(), pki.createKey()];
    pki.createCsr(mine);
    writeFileSync(pki.path(other, 'csr'), readFileSync(pki.path(mine, 'csr')));
    caught('GUDEG_ERR_PKI', () => {
      pki.issueCert(other, caId);
    });
  });

  it('no damaged request is signed, whichever byte is damaged', () => {
    const caId = pki.createKey();
    pki.createCa(caId);
    const id = pki.createKey();
    pki.createCsr(id);
    const text = readFileSync(pki.path(id, 'csr'), 'latin1');
    const [, base64 = ''] = /-----([^-]+)-----END/.exec(text) ?? [];
    const request = Buffer.from(base64, 'base64');
    rmSync(pki.path(id, 'csr'));
    for (let index = 0; index < request.length; index += 1) {
      const damaged = Buffer.from(request);
      damaged[index] = (damaged[index] ?? 0) ^ 0x04;
      const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${damaged.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
      writeFileSync(pki.path(id, 'csr'), pem);
      try {
        pki.issueCert(id, caId);
        rmSync(pki.path(id, 'cert'));
        // The algorithm's own identifier stands outside of what is signed, and is not read.
        const start = request.lastIndexOf(Buffer.from('06082a8648ce3d040302', 'hex')) - 2;
        expect(index, 'a damaged byte that passed').to.be.within(start, start + 11);
      } catch (error) {
        expect(error).to.have.property('code', 'GUDEG_ERR_PKI');
      }
    }
  });

  it('says which call makes a file that is missing', () => {
    const id = pki.createKey();
    const csr = caught('GUDEG_ERR_PKI', () => {
      pki.issueCert(id, id);
    });
    expect(csr.message).to.contain(`${id}.csr cannot be read; createCsr() makes it`);
    pki.createCsr(id);
    const ca = caught('GUDEG_ERR_PKI', () => {
      pki.issueCert(id, id);
    });
    expect(ca.message).to.contain('createCa() makes it');
  });

  it('path() takes ids only, so nothing leads out of the folder', () => {
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => pki.path('../../etc/passwd', 'key'));
    const id = pki.createKey();
    expect(basename(pki.path(id, 'cert'))).to.equal(`${id}.cert`);
  });

  it('takes an absolute, normalized path as its folder', () => {
    for (const path of ['tls', './tls', '/a/../b']) {
      caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new PKI(path));
    }
  });

  it('gives the four configurations', () => {
    const [a, b] = [pki.createKey(), pki.createKey()];
    const pair = { certFile: pki.path(b, 'cert'), keyFile: pki.path(b, 'key') };
    const caFile = pki.path(a, 'ca');
    expect(pki.getServerSslconfig(b, a)).to.deep.equal({ ...pair, caFile });
    expect(pki.getAnonymousServerSslconfig(b)).to.deep.equal({
      ...pair,
      allowUnauthenticatedClients: true,
    });
    expect(pki.getClientSslconfig(a, b)).to.deep.equal({ ...pair, caFile, checkHostname: false });
    expect(pki.getAnonymousClientSslconfig(a)).to.deep.equal({ caFile, checkHostname: false });
  });
});
