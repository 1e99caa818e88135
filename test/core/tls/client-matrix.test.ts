import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

import { SSLClient, TempPKI, type CodedError, type TlsClientOptions } from 'gudeg';

import { rejected } from '../caught.ts';

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello';

/** A server on a free port that `await using` closes, connections included. */
class Listening implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<{ destroy: () => unknown }>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#sockets.add(socket));
  }

  static async on(server: Server): Promise<Listening> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Listening(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

describe('a TLS client and servers of node:tls', () => {
  let pki: TempPKI;
  let other: TempPKI;

  before(() => {
    pki = new TempPKI();
    other = new TempPKI();
  });

  after(() => {
    pki.close();
    other.close();
  });

  /** Options of node:tls for a certificate of the server's CA. */
  function identity(period: { notBefore?: Date; notAfter?: Date; names?: string[] }): TlsOptions {
    const id = pki.createKey();
    pki.createCsr(id);
    pki.issueCert(id, pki.serverCaId, { names: ['localhost', '127.0.0.1'], ...period });
    return { cert: readFileSync(pki.path(id, 'cert')), key: readFileSync(pki.path(id, 'key')) };
  }

  async function serve(options: TlsOptions): Promise<Listening> {
    const server = createTlsServer({ ALPNProtocols: ['http/1.1'], ...options }, (socket) => {
      socket.on('data', () => socket.write(answer)).on('error', () => undefined);
    });
    return await Listening.on(server);
  }

  const trusting = (more: TlsClientOptions = {}): TlsClientOptions => ({
    caFile: pki.clientSslconfig.caFile,
    ...more,
  });

  /** The status of an answer. */
  async function statusOf(port: number, tls: TlsClientOptions): Promise<number> {
    const connection = await new SSLClient(tls, ['127.0.0.1', port]).connect();
    try {
      return (await connection.get('/', {})).status;
    } finally {
      connection.close();
    }
  }

  async function refusal(port: number, tls: TlsClientOptions, code: string): Promise<CodedError> {
    const error = await rejected(
      `GUDEG_ERR_TLS_${code}` as CodedError['code'],
      statusOf(port, tls),
    );
    expect(error).to.have.property('retry', 'always');
    expect(error.message).to.match(/127\.0\.0\.1.*\d+/);
    return error;
  }

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`is served by one that has a good certificate, in ${maxVersion}`, async () => {
      await using server = await serve({ ...identity({}), maxVersion });
      expect(await statusOf(server.port, trusting())).to.equal(200);
      expect(await statusOf(server.port, trusting({ sslHost: 'localhost' }))).to.equal(200);
    });

    it(`shows its certificate to one that asks for it, in ${maxVersion}`, async () => {
      const ca = readFileSync(pki.serverSslconfig.caFile);
      await using server = await serve({ ...identity({}), maxVersion, ca, requestCert: true });
      expect(await statusOf(server.port, pki.clientSslconfig)).to.equal(200);
    });
  }

  it('refuses one of another CA, and says what to give', async () => {
    await using server = await serve(identity({}));
    const tls = { caFile: other.clientSslconfig.caFile };
    const error = await refusal(server.port, tls, 'UNKNOWN_CA');
    expect(error.message).to.contain('give the CA’s certificate as caFile');
  });

  it('refuses one of another CA also where it does not check the name', async () => {
    await using server = await serve(identity({}));
    await refusal(server.port, other.anonymousClientSslconfig, 'UNKNOWN_CA');
  });

  it('refuses one of a private CA where it trusts the public ones', async () => {
    await using server = await serve(identity({}));
    await refusal(server.port, {}, 'UNKNOWN_CA');
  });

  it('refuses one with another name, unless it does not check names', async () => {
    await using server = await serve(identity({ names: ['example.org', '10.0.0.1'] }));
    const error = await refusal(server.port, trusting(), 'HOSTNAME');
    expect(error.message).to.contain('give that as sslHost');
    await refusal(server.port, trusting({ sslHost: 'www.example.org' }), 'HOSTNAME');
    expect(await statusOf(server.port, trusting({ sslHost: 'example.org' }))).to.equal(200);
    expect(await statusOf(server.port, trusting({ checkHostname: false }))).to.equal(200);
  });

  it('takes the common name for no name', async () => {
    const id = pki.createKey();
    pki.createCsr(id);
    pki.issueCert(id, pki.serverCaId);
    const pair = {
      cert: readFileSync(pki.path(id, 'cert')),
      key: readFileSync(pki.path(id, 'key')),
    };
    await using server = await serve(pair);
    await refusal(server.port, trusting({ sslHost: id }), 'HOSTNAME');
  });

  it('matches a wildcard with one label', async () => {
    await using server = await serve(identity({ names: ['*.example.org'] }));
    expect(await statusOf(server.port, trusting({ sslHost: 'a.example.org' }))).to.equal(200);
    await refusal(server.port, trusting({ sslHost: 'a.b.example.org' }), 'HOSTNAME');
    await refusal(server.port, trusting({ sslHost: 'example.org' }), 'HOSTNAME');
  });

  it('refuses one with an expired certificate', async () => {
    const expired = { notBefore: new Date(0), notAfter: new Date('2002-01-01') };
    await using server = await serve(identity(expired));
    const error = await refusal(server.port, trusting(), 'CERTIFICATE_EXPIRED');
    expect(error.message).to.contain('it is expired');
  });

  it('refuses one with a certificate that is not valid yet', async () => {
    const early = { notBefore: new Date('2901-01-01'), notAfter: new Date('2902-01-01') };
    await using server = await serve(identity(early));
    const error = await refusal(server.port, trusting(), 'CERTIFICATE_EXPIRED');
    expect(error.message).to.contain('not valid yet');
  });

  it('refuses one that speaks TLS 1.1', async () => {
    const old = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    await using server = await serve({ ...identity({}), ...old });
    await refusal(server.port, trusting(), 'VERSION');
  });

  it('refuses one with CBC suites only', async () => {
    const old = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' } as const;
    await using server = await serve({ ...identity({}), ...old });
    const error = await refusal(server.port, trusting(), 'ALERT');
    expect(error.message).to.contain('alert 40 handshake_failure').and.contain('cipher suites');
  });

  it('in the profile degu refuses one that speaks TLS 1.3 only', async () => {
    await using server = await serve({ ...identity({}), minVersion: 'TLSv1.3' });
    await refusal(server.port, trusting({ tlsProfile: 'degu' }), 'VERSION');
  });

  it('learns that one asks for a certificate which it has not (1.3)', async () => {
    const ca = readFileSync(pki.serverSslconfig.caFile);
    await using server = await serve({
      ...identity({}),
      ca,
      requestCert: true,
      minVersion: 'TLSv1.3',
    });
    const error = await refusal(server.port, trusting(), 'NO_CLIENT_CERTIFICATE');
    expect(error.message).to.contain('give certFile and keyFile');
  });

  it('learns that one asks for a certificate which it has not (1.2)', async () => {
    const ca = readFileSync(pki.serverSslconfig.caFile);
    await using server = await serve({
      ...identity({}),
      ca,
      requestCert: true,
      maxVersion: 'TLSv1.2',
    });
    const error = await refusal(server.port, trusting(), 'ALERT');
    expect(error.message).to.contain('give certFile and keyFile if it asks for a certificate');
  });

  it('learns that one speaks another protocol', async () => {
    await using server = await serve({ ...identity({}), ALPNProtocols: ['h2'] });
    await refusal(server.port, trusting(), 'ALPN');
  });

  it('learns that one speaks plain text', async () => {
    const plain = createTcpServer((socket) => {
      socket
        .on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
        .on('error', () => undefined);
    });
    await using server = await Listening.on(plain);
    const error = await refusal(server.port, trusting(), 'PLAINTEXT');
    expect(error.message).to.contain('Client without tls');
  });

  it('learns that one closes in the handshake', async () => {
    const closing = createTcpServer((socket) => {
      socket.on('data', () => socket.end()).on('error', () => undefined);
    });
    await using server = await Listening.on(closing);
    await refusal(server.port, trusting(), 'HANDSHAKE_CUT');
  });

  it('waits no longer than connectTimeoutMs for one that says nothing', async () => {
    await using server = await Listening.on(createTcpServer(() => undefined));
    const client = new SSLClient(trusting(), ['127.0.0.1', server.port], { connectTimeoutMs: 200 });
    const error = await rejected('GUDEG_ERR_CLIENT_CONNECT_TIMEOUT', client.connect());
    expect(error).to.have.property('retry', 'always');
  });
});
