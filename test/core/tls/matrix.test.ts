import { expect } from 'chai';

import { TempPKI, type RsaBits } from 'gudeg';

import { needsPrograms } from '../../support/needs-program.ts';
import { ObservedTlsServer } from '../../support/observed-tls-server.ts';
import { Bystander } from './bystander.ts';
import { sClient } from './s-client.ts';

/** Whose certificate a client shows. */
type Shown = 'its own' | 'none' | 'foreign' | 'expired' | 'early';

/** A row: whose certificate the client shows, what else it does, the alert it gets, the error that the server reports. */
type Row = readonly [
  title: string,
  shown: Shown,
  args: readonly string[],
  alert: number,
  code: string,
];

/** The certificates that clients show, as arguments of s_client. */
function certificatesOf(pki: TempPKI, bits?: RsaBits): Readonly<Record<Shown, readonly string[]>> {
  const clientCaId = pki.clientCaId ?? '';
  const issue = (caId: string, period: { notBefore?: Date; notAfter?: Date } = {}): string[] => {
    const id = pki.createKey(bits);
    pki.createCsr(id);
    pki.issueCert(id, caId, period);
    return ['-cert', pki.path(id, 'cert'), '-key', pki.path(id, 'key')];
  };
  return {
    'its own': issue(clientCaId),
    none: [],
    foreign: issue(pki.serverCaId),
    expired: issue(clientCaId, { notBefore: new Date(0), notAfter: new Date('2002-01-01') }),
    early: issue(clientCaId, {
      notBefore: new Date('2901-01-01'),
      notAfter: new Date('2902-01-01'),
    }),
  };
}

describe('openssl s_client', () => {
  before(needsPrograms('openssl'));

  describe('and a server that asks for certificates', () => {
    let pki: TempPKI;
    let certificates: ReturnType<typeof certificatesOf>;
    let ca: string[];
    let mine: readonly string[];
    let server: ObservedTlsServer;
    let bystander: Bystander;

    before(async () => {
      pki = new TempPKI();
      certificates = certificatesOf(pki);
      ca = ['-CAfile', pki.clientSslconfig.caFile];
      mine = certificates['its own'];
      server = await ObservedTlsServer.start(pki.serverSslconfig);
      bystander = await Bystander.to(server.port, pki.clientSslconfig);
    });

    after(async () => {
      await bystander[Symbol.asyncDispose]();
      await server.terminate();
      pki.close();
    });

    afterEach('the connection of another client is untouched', async () => {
      expect(await bystander.ask()).to.equal('HTTP/1.1 200 OK');
    });

    for (const [title, args, protocol, cipher] of [
      ['TLS 1.3', ['-tls1_3'], 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
      ['TLS 1.2', ['-tls1_2'], 'TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
      [
        'ChaCha20',
        ['-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256'],
        'TLSv1.3',
        'TLS_CHACHA20_POLY1305_SHA256',
      ],
      ['the curve P-384 only', ['-curves', 'P-384'], 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
      [
        'the curve P-256 only, TLS 1.2',
        ['-tls1_2', '-curves', 'P-256'],
        'TLSv1.2',
        'ECDHE-ECDSA-AES256-GCM-SHA384',
      ],
    ] as const) {
      it(`serves a client with ${title}`, async () => {
        const { status, text } = await sClient(server.port, [...ca, ...mine, ...args]);
        expect(status, text).to.equal(200);
        expect(text)
          .to.contain('Verification: OK')
          .and.contain(`Protocol version: ${protocol}\nCiphersuite: ${cipher}\n`);
      });
    }

    it('serves a client that prefers a longer key, in the client’s order', async () => {
      const ciphers = 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256';
      const { text } = await sClient(server.port, [...mine, '-tls1_2', '-cipher', ciphers]);
      expect(text).to.contain('Ciphersuite: ECDHE-ECDSA-AES256-GCM-SHA384\n');
    });

    const security0 = (ciphers: string): string[] => ['-cipher', `${ciphers}@SECLEVEL=0`];
    const rows: readonly Row[] = [
      ['has no certificate (1.3)', 'none', ['-tls1_3'], 116, 'NO_CLIENT_CERTIFICATE'],
      ['has no certificate (1.2)', 'none', ['-tls1_2'], 40, 'NO_CLIENT_CERTIFICATE'],
      ['has a certificate of another CA (1.3)', 'foreign', ['-tls1_3'], 48, 'UNKNOWN_CA'],
      ['has a certificate of another CA (1.2)', 'foreign', ['-tls1_2'], 48, 'UNKNOWN_CA'],
      ['has an expired certificate (1.3)', 'expired', ['-tls1_3'], 45, 'CERTIFICATE_EXPIRED'],
      ['has an expired certificate (1.2)', 'expired', ['-tls1_2'], 45, 'CERTIFICATE_EXPIRED'],
      ['has a certificate that is not valid yet', 'early', [], 42, 'CERTIFICATE_EXPIRED'],
      ['speaks TLS 1.1', 'its own', ['-tls1_1', ...security0('DEFAULT')], 70, 'VERSION'],
      ['speaks TLS 1.0', 'its own', ['-tls1', ...security0('DEFAULT')], 70, 'VERSION'],
      [
        'knows CBC suites only',
        'its own',
        ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA256'],
        40,
        'NO_COMMON_CIPHER',
      ],
      [
        'wants a key exchange by RSA',
        'its own',
        ['-tls1_2', '-cipher', 'AES128-GCM-SHA256'],
        40,
        'NO_COMMON_CIPHER',
      ],
      [
        'wants no authentication',
        'its own',
        ['-tls1_2', ...security0('AECDH')],
        40,
        'NO_COMMON_CIPHER',
      ],
      [
        'knows the curve P-521 only (1.3)',
        'its own',
        ['-tls1_3', '-curves', 'P-521'],
        40,
        'NO_COMMON_CIPHER',
      ],
      [
        'knows the curve P-521 only (1.2)',
        'its own',
        ['-tls1_2', '-curves', 'P-521'],
        40,
        'NO_COMMON_CIPHER',
      ],
      ['wants another protocol inside', 'its own', ['-alpn', 'h2,spdy/3'], 120, 'ALPN'],
    ];
    for (const [title, shown, args, alert, code] of rows) {
      it(`refuses one that ${title}, with alert ${alert}`, async () => {
        const result = await sClient(server.port, [...ca, ...certificates[shown], ...args]);
        const error = await server.failure();
        expect(result.alert, result.text).to.equal(alert);
        expect(result.status, result.text).to.equal(null);
        expect(error.code, error.message).to.equal(`GUDEG_ERR_TLS_${code}`);
        expect(error.message).to.match(/^(the certificate of )?client .*127\.0\.0\.1/);
      });
    }

    it('hears of one that does not know the CA of the server', async () => {
      const { caFile: otherCa } = pki.serverSslconfig;
      const args = ['-CAfile', otherCa, '-verify_return_error', ...mine];
      const { status, text } = await sClient(server.port, args);
      const error = await server.failure();
      expect(status, text).to.equal(null);
      expect(error.code, error.message).to.equal('GUDEG_ERR_TLS_CERTIFICATE_REJECTED');
      expect(error.message).to.contain('does not know its CA');
    });

    it('hears of one that wanted a server of another name', async () => {
      const args = ['-verify_hostname', 'example.org', '-verify_return_error', ...ca, ...mine];
      const { text } = await sClient(server.port, args);
      const error = await server.failure();
      expect(text).to.match(/hostname mismatch/i);
      expect(error.code, error.message).to.equal('GUDEG_ERR_TLS_CERTIFICATE_REJECTED');
    });

    it('serves one that looks for the right name', async () => {
      const args = ['-verify_hostname', 'localhost', '-verify_return_error', ...ca, ...mine];
      expect((await sClient(server.port, args)).status).to.equal(200);
    });

    it('agrees on http/1.1, whatever else a client offers', async () => {
      const { status, text } = await sClient(server.port, [...mine, '-alpn', 'h2,http/1.1'], {
        isBrief: false,
      });
      expect(status, text).to.equal(200);
      expect(text).to.contain('ALPN protocol: http/1.1');
    });

    it('ends a connection on which TLS 1.2 is to be negotiated again', async () => {
      const { text, status } = await sClient(server.port, [...ca, ...mine, '-tls1_2'], {
        command: 'R',
      });
      expect(text)
        .to.contain('RENEGOTIATING')
        .and.match(/no renegotiation/);
      expect(status).to.equal(null);
    });

    it('goes on where TLS 1.3 changes its keys', async () => {
      const { status, text } = await sClient(server.port, [...mine, '-tls1_3'], { command: 'K' });
      expect(text).to.contain('KEYUPDATE');
      expect(status, text).to.equal(200);
    });

    it('ends every connection with close_notify', async () => {
      const { text } = await sClient(server.port, [...mine, '-msg']);
      expect(text).to.match(/<<< .*Alert.*\[length 0002\], warning close_notify/);
      expect(text).not.to.match(/unexpected eof/);
    });
  });

  describe('and a server in the profile degu', function () {
    // RSA keys take their time.
    this.timeout(60_000);
    let pki: TempPKI;
    let certificates: ReturnType<typeof certificatesOf>;
    const aes128 = 'ECDHE-RSA-AES128-GCM-SHA256';
    const aes256 = 'ECDHE-RSA-AES256-GCM-SHA384';
    let server: ObservedTlsServer;

    before(async () => {
      pki = new TempPKI({ bits: 2048 });
      certificates = certificatesOf(pki, 2048);
      server = await ObservedTlsServer.start({ ...pki.serverSslconfig, tlsProfile: 'degu' });
    });

    after(async () => {
      await server.terminate();
      pki.close();
    });

    for (const [title, args, cipher] of [
      ['whatever it offers', [], aes128],
      ['AES-256 alone', ['-cipher', aes256], aes256],
      [
        'AES-256 rather than AES-128, in the server’s order',
        ['-cipher', `${aes256}:${aes128}`],
        aes128,
      ],
      ['the curve P-384', ['-curves', 'P-384'], aes128],
    ] as const) {
      it(`serves one that wants ${title}`, async () => {
        const { status, text } = await sClient(server.port, [...certificates['its own'], ...args]);
        expect(status, text).to.equal(200);
        expect(text).to.contain(`Protocol version: TLSv1.2\nCiphersuite: ${cipher}\n`);
      });
    }

    const rows: readonly Row[] = [
      ['speaks TLS 1.3 only', 'its own', ['-tls1_3'], 70, 'VERSION'],
      ['speaks TLS 1.1', 'its own', ['-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'], 70, 'VERSION'],
      ['has no certificate', 'none', [], 40, 'NO_CLIENT_CERTIFICATE'],
      ['has a certificate of another CA', 'foreign', [], 48, 'UNKNOWN_CA'],
      [
        'knows ChaCha20 only',
        'its own',
        ['-cipher', 'ECDHE-RSA-CHACHA20-POLY1305'],
        40,
        'NO_COMMON_CIPHER',
      ],
      [
        'knows CBC suites only',
        'its own',
        ['-cipher', 'ECDHE-RSA-AES128-SHA256'],
        40,
        'NO_COMMON_CIPHER',
      ],
      [
        'wants a key exchange by RSA',
        'its own',
        ['-cipher', 'AES128-GCM-SHA256'],
        40,
        'NO_COMMON_CIPHER',
      ],
      ['knows the curve P-256 only', 'its own', ['-curves', 'P-256'], 40, 'NO_COMMON_CIPHER'],
      ['knows X25519 only', 'its own', ['-curves', 'X25519'], 40, 'NO_COMMON_CIPHER'],
    ];
    for (const [title, shown, args, alert, code] of rows) {
      it(`refuses one that ${title}, with alert ${alert}`, async () => {
        const result = await sClient(server.port, [...certificates[shown], ...args]);
        const error = await server.failure();
        expect(result.alert, result.text).to.equal(alert);
        expect(error.code, error.message).to.equal(`GUDEG_ERR_TLS_${code}`);
      });
    }

    it('serves one without a certificate where that is allowed', async () => {
      await using open = await ObservedTlsServer.start({
        ...pki.anonymousServerSslconfig,
        tlsProfile: 'degu',
      });
      expect((await sClient(open.port, [])).status).to.equal(200);
    });
  });
});
