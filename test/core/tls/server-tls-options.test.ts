import { expect } from 'chai';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { TempPKI, type ServerSslconfig, type TlsServerOptions } from 'gudeg';

import { renderCertificate } from '../../../src/core/pki/certificate.ts';
import { completeServerTls } from '../../../src/core/tls/index.ts';
import { caught } from '../caught.ts';
import { encryptKey } from './encrypted-key.ts';

/** Options as JavaScript may give them. */
const untyped = (options: Record<string, unknown>): TlsServerOptions => options;

describe('the TLS options of a server', () => {
  let pki: TempPKI;
  let config: ServerSslconfig;
  let rsa: TempPKI;

  before(() => {
    pki = new TempPKI();
    config = pki.serverSslconfig;
    rsa = new TempPKI({ bits: 2048, clientPki: false });
  });

  after(() => {
    pki.close();
    rsa.close();
  });

  const pem = (path: string): string => readFileSync(path, 'latin1');
  const refusal = (options: Record<string, unknown>): string =>
    caught('GUDEG_ERR_INVALID_OPTION', () => completeServerTls(untyped(options))).message;

  /** A file in the folder of the PKI. */
  function file(name: string, content: string): string {
    const path = join(pki.ssldir, name);
    writeFileSync(path, content);
    return path;
  }

  it('are complete with a certificate, its key and a CA', () => {
    const { identities, ca, ...rest } = completeServerTls(config);
    expect(identities).to.have.length(1);
    expect(identities[0]?.cert.toString()).to.equal(pem(config.certFile));
    expect(identities[0]?.key.toString()).to.equal(pem(config.keyFile));
    expect(String(ca)).to.equal(pem(config.caFile));
    expect(rest).to.deep.equal({
      profile: 'intermediate',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      ciphers:
        'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
      cipherSuites: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
      curves: 'X25519:P-256:P-384',
      preferServerCiphers: false,
      clientAuth: 'require',
      alpnProtocols: ['http/1.1'],
      serverNames: {},
      sessionTickets: true,
      ticketKeys: null,
      ticketLifetimeS: 7200,
      ocspResponse: null,
      keyLogFile: null,
      handshakeTimeoutMs: 10_000,
    });
  });

  it('take PEM as text or bytes in place of paths', () => {
    const { certFile, keyFile, caFile } = config;
    const text = { cert: pem(certFile), key: pem(keyFile), ca: pem(caFile) };
    const bytes = {
      cert: readFileSync(certFile),
      key: new Uint8Array(readFileSync(keyFile)),
      ca: [readFileSync(caFile)],
    };
    expect(completeServerTls(text)).to.deep.equal(completeServerTls(config));
    expect(completeServerTls(bytes)).to.deep.equal(completeServerTls(config));
  });

  it('require a client certificate unless allowUnauthenticatedClients: true is said', () => {
    const { certFile, keyFile } = config;
    expect(refusal({ certFile, keyFile })).to.equal(
      'a TLS server must include tls.caFile, tls.caPath or tls.ca, the CAs of its clients’ certificates; or say tls.allowUnauthenticatedClients: true',
    );
    const open = completeServerTls(pki.anonymousServerSslconfig);
    expect([open.clientAuth, open.ca]).to.deep.equal(['none', null]);
  });

  for (const value of [false, 1, 'true', null, {}]) {
    it(`refuse allowUnauthenticatedClients: ${JSON.stringify(value)}`, () => {
      const { certFile, keyFile } = config;
      expect(refusal({ certFile, keyFile, allowUnauthenticatedClients: value })).to.contain(
        'tls.allowUnauthenticatedClients must be true, or absent',
      );
    });
  }

  it('refuse allowUnauthenticatedClients together with a CA', () => {
    expect(refusal({ ...config, allowUnauthenticatedClients: true })).to.contain(
      'exclude each other',
    );
  });

  it('refuse to go without a certificate, or without a key', () => {
    const { certFile, keyFile, caFile } = config;
    expect(refusal({ caFile })).to.contain('needs a certificate and its key');
    expect(refusal({ caFile, certFile })).to.contain('the key is missing');
    expect(refusal({ caFile, keyFile })).to.contain('the certificate is missing');
  });

  for (const path of [
    'server.cert',
    './server.cert',
    '/etc/../server.cert',
    '/etc//server.cert',
    5,
  ]) {
    it(`refuse the path ${JSON.stringify(path)}, which is not absolute and normalized`, () => {
      for (const name of ['certFile', 'keyFile', 'caFile', 'caPath']) {
        const message = refusal({ ...config, [name]: path });
        expect(message).to.contain(`tls.${name} must be an absolute, normalized path`);
      }
    });
  }

  it('refuse PEM where a path belongs, and keep it out of the message', () => {
    const key = pem(config.keyFile);
    const message = refusal({ ...config, keyFile: key });
    expect(message).to.contain('PEM itself goes in tls.key');
    expect(message).not.to.contain(key.slice(30, 60));
  });

  it('refuse a path where PEM belongs', () => {
    const { certFile, keyFile, caFile } = config;
    expect(refusal({ caFile, keyFile, cert: certFile })).to.contain('a path goes in tls.certFile');
    expect(refusal({ caFile, keyFile, cert: 5 })).to.contain('tls.cert must be PEM');
  });

  it('refuse the same thing said twice', () => {
    expect(refusal({ ...config, cert: pem(config.certFile) })).to.contain('give one of them');
    expect(refusal({ ...config, key: pem(config.keyFile) })).to.contain('give one of them');
    expect(refusal({ ...config, ca: pem(config.caFile) })).to.contain('give one of them');
  });

  it('name a file that cannot be read', () => {
    const certFile = join(pki.ssldir, 'missing.cert');
    const error = caught('GUDEG_ERR_TLS_FILE', () => completeServerTls({ ...config, certFile }));
    expect(error.message).to.contain(`tls.certFile '${certFile}' cannot be read (ENOENT)`);
    expect((error.cause as NodeJS.ErrnoException).code).to.equal('ENOENT');
  });

  it('name a key that is not that of the certificate', () => {
    const keyFile = pki.clientSslconfig.keyFile;
    const error = caught('GUDEG_ERR_TLS_KEY_MISMATCH', () =>
      completeServerTls({ ...config, keyFile }),
    );
    expect(error.message).to.equal(
      `tls.keyFile '${keyFile}' is not the key of the certificate in tls.certFile '${config.certFile}' (CN=${pki.serverId})`,
    );
  });

  it('say that the certificate of the key must come first in its chain', () => {
    const chain = pem(pki.clientSslconfig.caFile) + pem(config.certFile);
    const { keyFile, caFile } = config;
    const error = caught('GUDEG_ERR_TLS_KEY_MISMATCH', () =>
      completeServerTls({ cert: chain, keyFile, caFile }),
    );
    expect(error.message).to.contain('it must come first');
  });

  it('say that certificate and key are exchanged', () => {
    const { certFile, keyFile, caFile } = config;
    const exchanged = { certFile: keyFile, keyFile: certFile, caFile };
    const error = caught('GUDEG_ERR_TLS_CERTIFICATE', () => completeServerTls(exchanged));
    expect(error.message).to.contain('are the two exchanged?');
    const same = caught('GUDEG_ERR_TLS_KEY', () =>
      completeServerTls({ ...config, keyFile: certFile }),
    );
    expect(same.message).to.contain('are the two exchanged?');
  });

  it('name a certificate that is broken', () => {
    const broken = pem(config.certFile).replace(/\n.{64}\n/, '\n');
    const cert = pem(config.certFile) + broken;
    const { keyFile, caFile } = config;
    const error = caught('GUDEG_ERR_TLS_CERTIFICATE', () =>
      completeServerTls({ cert, keyFile, caFile }),
    );
    expect(error.message).to.match(/^certificate 2 of 2 in tls\.cert is broken: /);
  });

  it('open keys that are encrypted, with their passphrase only', () => {
    const keyFile = file('encrypted.key', encryptKey(pem(config.keyFile), 'correct horse'));
    const complete = completeServerTls({ ...config, keyFile, passphrase: 'correct horse' });
    expect(complete.identities[0]?.key.toString()).to.equal(pem(config.keyFile));
    const missing = caught('GUDEG_ERR_TLS_KEY', () => completeServerTls({ ...config, keyFile }));
    expect(missing.message).to.equal(`tls.keyFile '${keyFile}' is encrypted; give tls.passphrase`);
    const wrong = caught('GUDEG_ERR_TLS_KEY', () =>
      completeServerTls({ ...config, keyFile, passphrase: 'battery staple' }),
    );
    expect(wrong.message).to.equal(`tls.passphrase does not open tls.keyFile '${keyFile}'`);
    expect(wrong.message).not.to.contain('battery');
  });

  it('open encrypted keys in the form of OpenSSL 1', () => {
    const traditional = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs1',
      format: 'pem',
      cipher: 'aes-128-cbc',
      passphrase: 'x',
    });
    const error = caught('GUDEG_ERR_TLS_KEY_MISMATCH', () =>
      completeServerTls(
        untyped({
          certFile: config.certFile,
          caFile: config.caFile,
          key: traditional,
          passphrase: 'x',
        }),
      ),
    );
    expect(error.message).to.contain('tls.key is not the key');
  });

  it('refuse RSA keys that peers would refuse', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const cert = renderCertificate({
      subject: 'short',
      subjectKey: publicKey,
      issuer: 'short',
      issuerKey: privateKey,
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2900-01-01'),
      isCa: false,
      names: [],
    });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const error = caught('GUDEG_ERR_TLS_KEY', () =>
      completeServerTls({ cert, key, allowUnauthenticatedClients: true }),
    );
    expect(error.message).to.equal('tls.key is an RSA key of 1024 bits; peers want 2048 or more');
  });

  it('take an ECDSA and an RSA certificate together', () => {
    const both = completeServerTls({
      certFile: [config.certFile, rsa.anonymousServerSslconfig.certFile],
      keyFile: [config.keyFile, rsa.anonymousServerSslconfig.keyFile],
      caFile: config.caFile,
    });
    const types = both.identities.map(
      ({ cert }) => new X509Certificate(cert).publicKey.asymmetricKeyType,
    );
    expect(types).to.deep.equal(['ec', 'rsa']);
    expect(refusal({ ...config, certFile: [config.certFile, config.certFile] })).to.contain(
      'tls.cert has 2 items and tls.key 1',
    );
  });

  it('take all certificates of a folder as CAs', () => {
    const caPath = join(pki.ssldir, 'cas');
    mkdirSync(caPath);
    const { certFile, keyFile } = config;
    const empty = caught('GUDEG_ERR_TLS_CERTIFICATE', () =>
      completeServerTls({ certFile, keyFile, caPath }),
    );
    expect(empty.message).to.contain('has no file with a certificate');
    mkdirSync(join(caPath, 'old'));
    writeFileSync(join(caPath, 'README'), 'certificates of our clients');
    writeFileSync(join(caPath, 'a.pem'), pem(config.caFile));
    writeFileSync(join(caPath, 'b.pem'), pem(rsa.anonymousClientSslconfig.caFile));
    const { ca } = completeServerTls({ certFile, keyFile, caPath });
    expect(String(ca).match(/BEGIN CERTIFICATE/g)).to.have.length(2);
    const missing = join(caPath, 'missing');
    caught('GUDEG_ERR_TLS_FILE', () => completeServerTls({ certFile, keyFile, caPath: missing }));
  });

  it('in the profile degu are Degu’s, and need an RSA key', () => {
    const { caFile } = pki.serverSslconfig;
    const { certFile, keyFile } = rsa.anonymousServerSslconfig;
    const complete = completeServerTls({ certFile, keyFile, caFile, tlsProfile: 'degu' });
    expect(complete).to.include({
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384',
      curves: 'P-384',
      preferServerCiphers: true,
      sessionTickets: false,
    });
    const error = caught('GUDEG_ERR_TLS_KEY', () =>
      completeServerTls({ ...config, tlsProfile: 'degu' }),
    );
    expect(error.message).to.contain('is no RSA key');
  });

  it('have certificates for other names', () => {
    const { certFile, keyFile } = rsa.anonymousServerSslconfig;
    const { serverNames } = completeServerTls({
      ...config,
      serverNames: {
        'WWW.example.org': { certFile, keyFile },
        '*.example.net': { certFile, keyFile },
      },
    });
    expect(Object.keys(serverNames)).to.deep.equal(['www.example.org', '*.example.net']);
    expect(serverNames['www.example.org']?.[0]?.cert.toString()).to.equal(pem(certFile));
    expect(refusal({ ...config, serverNames: { 'a b': { certFile, keyFile } } })).to.contain(
      'DNS names',
    );
    expect(refusal({ ...config, serverNames: { a: {} } })).to.contain(
      "tls.serverNames['a'] must be",
    );
    expect(refusal({ ...config, serverNames: { a: { certFile } } })).to.contain(
      'the key is missing',
    );
    expect(refusal({ ...config, serverNames: { a: { caFile: certFile } } })).to.contain(
      "no option tls.serverNames['a'].caFile",
    );
    expect(refusal({ ...config, serverNames: 5 })).to.contain('tls.serverNames must be an object');
  });

  const secret = Buffer.alloc(31);
  for (const [option, value, expected] of [
    ['tlsProfile', 'modern', "'intermediate' or 'degu'"],
    ['alpnProtocols', 'http/1.1', 'an array of names'],
    ['alpnProtocols', [''], 'an array of names'],
    ['alpnProtocols', ['x'.repeat(256)], 'an array of names'],
    ['sessionTickets', 1, 'true or false'],
    ['ticketKeys', secret, 'at least 32 bytes; got 31'],
    ['ticketKeys', 'secret', 'at least 32 bytes; got'],
    ['ticketLifetimeS', 0, 'an integer in 1..604800'],
    ['ticketLifetimeS', 604_801, 'an integer in 1..604800'],
    ['ocspResponse', 'no bytes', 'a Uint8Array'],
    ['keyLogFile', 'keys.log', 'an absolute, normalized path'],
    ['handshakeTimeoutMs', -1, 'an integer in 0..2147483647'],
    ['handshakeTimeoutMs', 0.5, 'an integer in 0..2147483647'],
    ['passphrase', Buffer.from('x'), 'a string'],
  ] as [string, unknown, string][]) {
    it(`refuse ${option}: ${JSON.stringify(value).slice(0, 30)}`, () => {
      const message = refusal({ ...config, [option]: value });
      expect(message).to.contain(`tls.${option} must be`).and.contain(expected);
    });
  }

  it('are refused where one is unknown, with the one that was meant', () => {
    expect(refusal({ ...config, cert_file: '/x' })).to.contain('did you mean certFile?');
    expect(refusal({ ...config, rejectUnauthorized: false })).to.contain('known are certFile, ');
  });

  it('are an object', () => {
    for (const value of [undefined, null, 'x']) {
      caught('GUDEG_ERR_INVALID_ARG_TYPE', () =>
        completeServerTls(value as unknown as TlsServerOptions),
      );
    }
  });
});
