import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';

import { SSLClient, TempPKI, type App } from 'gudeg';

import { needsPrograms } from '../../support/needs-program.ts';
import { Nginx } from '../../support/nginx.ts';
import { ObservedTlsServer } from '../../support/observed-tls-server.ts';

const run = promisify(execFile);

/** Tells who the client is, or what the hash of its body is. */
const app: App = async (session, { body }) => {
  if (body === null) return [200, 'OK', {}, session.tls?.peerCertificate?.subject ?? 'nobody'];
  return [
    200,
    'OK',
    {},
    createHash('sha256')
      .update(await body.read())
      .digest('hex'),
  ];
};

describe('a TLS server and other clients', () => {
  const upload = randomBytes(1_000_000);
  const uploadHash = createHash('sha256').update(upload).digest('hex');
  let pki: TempPKI;
  let server: ObservedTlsServer;

  before(async () => {
    pki = new TempPKI();
    server = await ObservedTlsServer.start(pki.serverSslconfig, app);
    writeFileSync(join(pki.ssldir, 'upload'), upload);
  });

  after(async () => {
    await server.terminate();
    pki.close();
  });

  const subject = (): string => `CN=${pki.clientId ?? ''}`;

  describe('curl', () => {
    before(needsPrograms('curl'));

    /** Its exit code and what it printed. */
    async function curl(...args: readonly string[]): Promise<{ code: number; stdout: string }> {
      const env = { PATH: process.env['PATH'] };
      const flags = ['-sS', '--noproxy', '*', '--max-time', '8'];
      return await run('curl', [...flags, ...args], { env }).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: unknown) => error as { code: number; stdout: string },
      );
    }

    const url = (): string => `https://localhost:${server.port}/`;
    const trust = (): string[] => ['--cacert', pki.clientSslconfig.caFile];
    const identity = (): string[] => [
      ...['--cert', pki.clientSslconfig.certFile],
      ...['--key', pki.clientSslconfig.keyFile],
    ];

    for (const version of [['--tls-max', '1.2'], ['--tlsv1.3']]) {
      it(`is served with its certificate (${version.join(' ')})`, async () => {
        const { code, stdout } = await curl(...version, ...trust(), ...identity(), url(), url());
        expect(code).to.equal(0);
        expect(stdout).to.equal(subject().repeat(2));
      });
    }

    it('sends a megabyte', async () => {
      const data = ['--data-binary', `@${join(pki.ssldir, 'upload')}`];
      const { stdout } = await curl(...data, ...trust(), ...identity(), url());
      expect(stdout).to.equal(uploadHash);
    });

    it('fails without a certificate', async () => {
      const { code } = await curl(...trust(), url());
      expect(code).to.be.oneOf([35, 56]);
      expect((await server.failure()).code).to.equal('GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE');
    });

    it('fails where it does not know the CA, and the server hears of it', async () => {
      const { code } = await curl('--cacert', pki.serverSslconfig.caFile, ...identity(), url());
      expect(code).to.equal(60);
      expect((await server.failure()).code).to.equal('GUDEG_ERR_TLS_CERTIFICATE_REJECTED');
    });

    it('fails where it wants another name', async () => {
      const address = `example.org:${server.port}:127.0.0.1`;
      const other = `https://example.org:${server.port}/`;
      const { code } = await curl('--resolve', address, ...trust(), ...identity(), other);
      expect(code).to.equal(60);
    });
  });

  describe('undici', () => {
    const agent = (withCertificate: boolean): Agent =>
      new Agent({
        connections: 4,
        connect: {
          ca: readFileSync(pki.clientSslconfig.caFile),
          ...(withCertificate && {
            cert: readFileSync(pki.clientSslconfig.certFile),
            key: readFileSync(pki.clientSslconfig.keyFile),
          }),
        },
      });

    it('is served with its certificate, many times on few connections', async () => {
      const dispatcher = agent(true);
      const before = server.counts?.accepted ?? 0;
      const answers = Array.from({ length: 50 }, async () => {
        const { body } = await request(`https://localhost:${server.port}/`, { dispatcher });
        return await body.text();
      });
      expect(new Set(await Promise.all(answers))).to.deep.equal(new Set([subject()]));
      expect((server.counts?.accepted ?? 0) - before).to.be.at.most(4);
      await dispatcher.close();
    });

    it('sends a megabyte', async () => {
      const dispatcher = agent(true);
      const options = { dispatcher, method: 'POST', body: upload } as const;
      const { body } = await request(`https://localhost:${server.port}/`, options);
      expect(await body.text()).to.equal(uploadHash);
      await dispatcher.close();
    });

    it('fails without a certificate', async () => {
      const dispatcher = agent(false);
      const reason = await request(`https://localhost:${server.port}/`, { dispatcher }).then(
        () => 'served',
        (error: unknown) => String(error),
      );
      expect(reason).to.match(/certificate required|alert number 116|other side closed|ECONNRESET/);
      expect((await server.failure()).code).to.equal('GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE');
      await dispatcher.destroy();
    });
  });

  describe('Python’s ssl', () => {
    before(needsPrograms('python3'));

    // Prints what it got, then whether a second connection resumed the session of the first.
    const script = `
import hashlib, http.client, json, ssl, sys
port, ca, cert, key, upload = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
context.verify_flags |= ssl.VERIFY_X509_STRICT
context.load_cert_chain(cert, key)
connection = http.client.HTTPSConnection('localhost', int(port), context=context)
answers = []
for _ in range(2):
    connection.request('GET', '/')
    answers.append(connection.getresponse().read().decode())
connection.request('POST', '/', open(upload, 'rb').read())
answers.append(connection.getresponse().read().decode())
session = connection.sock.session
print(json.dumps({ 'answers': answers, 'protocol': connection.sock.version() }))
import socket
with socket.create_connection(('localhost', int(port))) as plain:
    with context.wrap_socket(plain, server_hostname='localhost', session=session) as secure:
        secure.sendall(b'GET / HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n')
        text = b''
        while True:
            piece = secure.recv(65536)  # raises where the end comes without close_notify
            if not piece: break
            text += piece
        print(json.dumps({ 'reused': secure.session_reused, 'body': text.split(b'\\r\\n\\r\\n')[1].decode() }))
`;

    it('is served with its strictest checks, resumes its session, and sees close_notify', async () => {
      const { caFile, certFile, keyFile } = pki.clientSslconfig;
      const file = join(pki.ssldir, 'client.py');
      writeFileSync(file, script);
      const args = [
        file,
        String(server.port),
        caFile,
        certFile,
        keyFile,
        join(pki.ssldir, 'upload'),
      ];
      const { stdout } = await run('python3', args);
      const [first = '', second = ''] = stdout.split('\n');
      expect(JSON.parse(first)).to.deep.equal({
        answers: [subject(), subject(), uploadHash],
        protocol: 'TLSv1.3',
      });
      expect(JSON.parse(second)).to.deep.equal({ reused: true, body: subject() });
    });
  });

  describe('nginx', () => {
    before(needsPrograms('nginx'));

    async function through(nginx: Nginx): Promise<[status: number, body: string]> {
      const outgoing = get({ socketPath: nginx.socketPath, path: '/', agent: false });
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      return [response.statusCode ?? 0, await text(response)];
    }

    const upstream = (identity: string, name = 'localhost'): string => `
      upstream gudeg { server 127.0.0.1:${server.port}; keepalive 4; }
      server {
        listen SOCKET;
        location / {
          proxy_pass https://gudeg;
          proxy_http_version 1.1;
          proxy_set_header connection "";
          proxy_ssl_verify on;
          proxy_ssl_name ${name};
          proxy_ssl_server_name on;
          proxy_ssl_protocols TLSv1.2 TLSv1.3;
          proxy_ssl_trusted_certificate ${pki.clientSslconfig.caFile};
          ${identity}
        }
      }`;
    const identity = (): string => `
      proxy_ssl_certificate ${pki.clientSslconfig.certFile};
      proxy_ssl_certificate_key ${pki.clientSslconfig.keyFile};`;

    it('as a proxy with a certificate is served, on a connection that it keeps', async () => {
      await using nginx = await Nginx.start(upstream(identity()));
      const before = server.counts?.accepted ?? 0;
      for (let left = 5; left > 0; left -= 1) {
        expect(await through(nginx)).to.deep.equal([200, subject()]);
      }
      expect((server.counts?.accepted ?? 0) - before).to.equal(1);
    });

    it('as a proxy without a certificate is not served', async () => {
      await using nginx = await Nginx.start(upstream(''));
      expect((await through(nginx))[0]).to.equal(502);
      expect((await server.failure()).code).to.equal('GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE');
    });

    it('as a proxy that wants another name does not ask', async () => {
      await using nginx = await Nginx.start(upstream(identity(), 'example.org'));
      expect((await through(nginx))[0]).to.equal(502);
    });
  });
});

describe('a TLS client and nginx', () => {
  before(needsPrograms('nginx'));

  describe('as a server', () => {
    let pki: TempPKI;

    before(() => {
      pki = new TempPKI();
    });

    after(() => {
      pki.close();
    });

    const http = (protocols: string): string => {
      const { certFile, keyFile, caFile } = pki.serverSslconfig;
      return `
      server {
        listen SOCKET ssl;
        ssl_certificate ${certFile};
        ssl_certificate_key ${keyFile};
        ssl_protocols ${protocols};
        ssl_verify_client on;
        ssl_client_certificate ${caFile};
        location / { return 200 "$ssl_protocol $ssl_client_s_dn $ssl_server_name"; }
      }`;
    };

    for (const protocol of ['TLSv1.2', 'TLSv1.3']) {
      it(`speak ${protocol} with certificates on both sides`, async () => {
        await using nginx = await Nginx.start(http(protocol));
        const tls = { ...pki.clientSslconfig, checkHostname: true, sslHost: 'localhost' };
        const connection = await new SSLClient(tls, nginx.socketPath).connect();
        for (let left = 3; left > 0; left -= 1) {
          const { status, body } = await connection.get('/', {});
          expect(status).to.equal(200);
          expect(await body?.text()).to.equal(`${protocol} CN=${pki.clientId ?? ''} localhost`);
        }
        connection.close();
      });
    }
  });
});
