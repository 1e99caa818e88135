import { expect } from 'chai';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import * as tls from 'node:tls';
import { createSecureServer } from 'gudeg/node-http';

import { SecureCredentials, serialOf } from './secure-credentials.ts';

type Make = (options: https.ServerOptions, listener: RequestListener) => https.Server;

/** What an application and its client saw. */
interface Seen {
  readonly events: readonly string[];
  readonly told: unknown;
  readonly client: readonly unknown[];
}

/** The same server options and the same client, on node:https and on the engine. */
interface Case {
  readonly title: string;
  readonly options?: (c: SecureCredentials) => https.ServerOptions;
  readonly setUp?: (server: https.Server, c: SecureCredentials) => void;
  readonly client?: (c: SecureCredentials) => tls.ConnectionOptions;
}

const cases: readonly Case[] = [
  { title: 'a client that is asked for nothing' },
  { title: 'TLS 1.2', client: () => ({ maxVersion: 'TLSv1.2' }) },
  { title: 'a server of TLS 1.2', options: () => ({ maxVersion: 'TLSv1.2' }) },
  { title: 'a client with a server name', client: () => ({ servername: 'localhost' }) },
  {
    title: 'a client with a certificate of the CA',
    options: () => ({ requestCert: true }),
    client: ({ client }) => client,
  },
  {
    title: 'a client with a certificate, one that is not asked for',
    client: ({ client }) => client,
  },
  {
    title: 'a client of another CA that may be served',
    options: () => ({ requestCert: true, rejectUnauthorized: false }),
    client: ({ stranger }) => stranger,
  },
  {
    title: 'a client without a certificate that may be served',
    options: () => ({ requestCert: true, rejectUnauthorized: false }),
  },
  {
    title: 'no CA but those of node',
    options: () => ({ requestCert: true, rejectUnauthorized: false, ca: undefined }),
    client: ({ client }) => client,
  },
  {
    title: 'one cipher suite of TLS 1.3',
    options: () => ({ ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }),
  },
  {
    title: 'one cipher suite of TLS 1.2',
    options: () => ({ ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' }),
  },
  {
    title: 'the order of the client',
    options: () => ({ honorCipherOrder: false }),
    client: () => ({ ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384' }),
  },
  {
    title: 'the order of the server',
    options: () => ({ ciphers: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256' }),
    client: () => ({ ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384' }),
  },
  { title: 'one curve', options: () => ({ ecdhCurve: 'P-384' }) },
  { title: 'all curves', options: () => ({ ecdhCurve: 'auto' }) },
  { title: 'signature algorithms', options: () => ({ sigalgs: 'ecdsa_secp256r1_sha256' }) },
  { title: 'groups of node', options: () => ({ dhparam: 'auto' }) },
  { title: 'ALPN that fits', client: () => ({ ALPNProtocols: ['h2', 'http/1.1'] }) },
  {
    title: 'ALPN of the server',
    options: () => ({ ALPNProtocols: ['acme-tls/1', 'http/1.1'] }),
    client: () => ({ ALPNProtocols: ['http/1.1', 'acme-tls/1'] }),
  },
  {
    title: 'certificate, key and CA in a PFX',
    options: (c) => ({
      ...{ key: undefined, cert: undefined, ca: undefined, requestCert: true },
      pfx: c.pfx('secret'),
      passphrase: 'secret',
    }),
    client: ({ client }) => client,
  },
  { title: 'secureProtocol', options: () => ({ secureProtocol: 'TLSv1_2_method' }) },
  {
    title: 'a key with a passphrase',
    options: ({ server }) => ({ key: [{ pem: server.key.toString(), passphrase: 'x' }] }),
  },
  {
    title: 'a name with a context of its own',
    setUp: (server, c) => {
      server.addContext('*.example.org', c.another(['a.example.org']));
    },
    client: () => ({ servername: 'a.example.org' }),
  },
  {
    title: 'a name that no context is for',
    setUp: (server, c) => {
      server.addContext('*.example.org', c.another(['a.example.org']));
    },
    client: () => ({ servername: 'a.b.example.org' }),
  },
  {
    title: 'no name where there are contexts',
    setUp: (server, c) => {
      server.addContext('a.example.org', c.another(['a.example.org']));
    },
  },
  {
    title: 'a context that is found later',
    options: (c) => ({
      SNICallback: (name, done) => {
        setImmediate(() => {
          done(null, name === 'a.b' ? tls.createSecureContext(c.another(['a.b'])) : undefined);
        });
      },
    }),
    client: () => ({ servername: 'a.b' }),
  },
  {
    title: 'an SNICallback that has nothing',
    options: () => ({
      SNICallback: (_, done) => {
        done(null);
      },
    }),
    client: () => ({ servername: 'localhost' }),
  },
  {
    title: 'a context with CAs of its own',
    options: () => ({ requestCert: true, rejectUnauthorized: false }),
    setUp: (server, c) => {
      server.addContext('a.b', { ...c.another(['a.b']), ca: c.client.ca });
    },
    client: ({ client }) => ({ ...client, servername: 'a.b' }),
  },
  {
    title: 'a certificate that came later',
    options: () => ({ key: undefined, cert: undefined }),
    setUp: (server, { server: { key, cert } }) => {
      server.setSecureContext({ key, cert });
    },
  },
  {
    title: 'limits of time',
    options: () => ({ handshakeTimeout: 5000, sessionTimeout: 100 }),
  },
];

/** What a request's socket tells of TLS. */
const tell: RequestListener = (request, response) => {
  const socket = request.socket as unknown as tls.TLSSocket;
  const { encrypted, authorized, authorizationError, alpnProtocol, servername } = socket;
  response.end(
    JSON.stringify({
      ...{ encrypted, authorized, authorizationError, alpnProtocol, servername },
      protocol: socket.getProtocol(),
      cipher: socket.getCipher(),
      isReused: socket.isSessionReused(),
      peer: socket.getPeerCertificate(),
      detailed: depthOf(socket.getPeerCertificate(true)),
      x509: socket.getPeerX509Certificate()?.fingerprint256,
      own: Object.keys(socket.getCertificate() ?? {}).sort(),
      ownX509: typeof socket.getX509Certificate()?.serialNumber,
      ephemeral: socket.getEphemeralKeyInfo(),
      ticket: socket.getTLSTicket(),
      finished: [socket.getFinished()?.length, socket.getPeerFinished()?.length],
      exported: socket.exportKeyingMaterial(16, 'EXPORTER test', Buffer.from('x')).length,
    }),
  );
};

/** The fingerprints along `issuerCertificate`; the last one is its own issuer, or has none. */
function depthOf(certificate: tls.DetailedPeerCertificate): string[] {
  const seen: string[] = [];
  let at: tls.DetailedPeerCertificate | undefined = certificate;
  while (at?.fingerprint256 !== undefined) {
    seen.push(at.fingerprint256);
    if (at.issuerCertificate === at) return [...seen, 'itself'];
    at = at.issuerCertificate;
  }
  return seen;
}

async function run(make: Make, example: Case, c: SecureCredentials): Promise<Seen> {
  const events: string[] = [];
  const server = make({ ...c.server, ...example.options?.(c) }, tell);
  server.on('secureConnection', (socket) => {
    events.push(`secureConnection ${socket.encrypted}`);
  });
  server.on('tlsClientError', (error) => {
    events.push(`tlsClientError ${error.message}`);
  });
  example.setUp?.(server, c);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = tls.connect({
    ...{ port, host: '127.0.0.1', ca: c.client.ca, rejectUnauthorized: false },
    ...example.client?.(c),
  });
  try {
    await once(client, 'secureConnect');
    const { alpnProtocol } = client;
    const { subjectaltname } = client.getPeerCertificate();
    const negotiated = [client.getProtocol(), client.getCipher().name];
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const text = Buffer.concat(await client.toArray()).toString();
    return {
      events,
      told: JSON.parse(text.slice(text.indexOf('\r\n\r\n'))),
      client: [alpnProtocol, subjectaltname, ...negotiated],
    };
  } finally {
    client.destroy();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

describe('gudeg/node-http with TLS tells what node:https tells of', function () {
  this.timeout(60_000);
  let c: SecureCredentials;

  before(() => {
    c = new SecureCredentials();
  });

  after(() => {
    c[Symbol.dispose]();
  });

  for (const example of cases) {
    it(example.title, async () => {
      const wanted = await run(https.createServer, example, c);
      const ours = await run(createSecureServer, example, c);
      expect(ours).to.deep.equal(wanted);
      expect(wanted.events).to.deep.equal(['secureConnection true']);
    });
  }

  for (const [title, options] of Object.entries<https.ServerOptions>({
    'a key that is none': { key: 'x', cert: 'y' },
    'a version that is none': { minVersion: 'TLSv9' as never },
    'no cipher suite': { ciphers: 'none at all' },
    'a curve that is none': { ecdhCurve: 'P-1' },
    'ticket keys of another size': { ticketKeys: Buffer.alloc(3) },
    'an SNICallback that is no function': { SNICallback: 5 as never },
    'a time that is none': { handshakeTimeout: 'x' as never },
  })) {
    it(`and refuses ${title} with the same error`, () => {
      const refusal = (make: (given: https.ServerOptions) => unknown): unknown => {
        try {
          make(options);
          return null;
        } catch (error) {
          const { name, code, message } = error as NodeJS.ErrnoException;
          return { name, code, message };
        }
      };
      const wanted = refusal(https.createServer);
      expect(wanted).to.not.equal(null);
      expect(refusal(createSecureServer)).to.deep.equal(wanted);
    });
  }

  it('and shows the certificate that is in force', async () => {
    const server = createSecureServer(c.server, tell).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(client, 'secureConnect');
    expect(client.getPeerCertificate().serialNumber).to.equal(serialOf(c.server.cert));
    client.destroy();
    server.close();
    await once(server, 'close');
  });
});
