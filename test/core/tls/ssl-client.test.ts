import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer, TLSSocket } from 'node:tls';
import {
  ChunkedBodyIter,
  type ChunkedBody,
  ClientError,
  Pool,
  SSLClient,
  TempPKI,
  TempSSLServer,
  Client,
  type App,
  type SocketAddress,
} from 'gudeg';
import { caught, rejected } from '../caught.ts';
import { socketPath } from '../../support/socket-path.ts';

const BIG = Buffer.alloc(2_000_000, 'all of it; ');

const app: App = async (session, request) => {
  if (request.uri === '/big') return [200, 'OK', {}, BIG];
  if (request.uri === '/close') {
    session.store['closes'] = true;
    return [200, 'OK', { connection: 'close' }, 'bye'];
  }
  const body = await request.body?.read();
  return [
    200,
    'OK',
    {},
    body === undefined ? String(session.tls?.fingerprint) : String(body.length),
  ];
};

describe('SSLClient', () => {
  let pki: TempPKI;
  let server: TempSSLServer;
  let address: SocketAddress;

  before(async () => {
    pki = new TempPKI();
    server = await TempSSLServer.start(pki.serverSslconfig, app);
    address = server.address as SocketAddress;
  });

  after(async () => {
    await server.terminate();
    pki.close();
  });

  it('makes requests, shows its certificate, and sees that of the server', async () => {
    const client = new SSLClient({ ...pki.clientSslconfig, checkHostname: true }, address);
    expect(String(client)).to.match(/^SSLClient\(127\.0\.0\.1:/);
    const connection = await client.connect();
    const { tls } = connection;
    expect(tls).to.include({ protocol: 'TLSv1.3', alpnProtocol: 'http/1.1', isAuthorized: true });
    expect(tls?.peerCertificate?.checkHost('localhost')).to.equal('localhost');
    expect(tls?.authorizationError).to.equal(null);
    const shown = String(await (await connection.get('/')).body?.read());
    expect(shown).to.match(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect((await (await connection.get('/big')).body?.read())?.length).to.equal(BIG.length);
    const echo = await connection.post('/', {}, BIG);
    expect(String(await echo.body?.read())).to.equal(String(BIG.length));
    connection.close();
    expect(connection.tls).to.equal(null);
  });

  it('reads chunks of any size, wherever records end', async () => {
    const sizes = [1, 5, 16_383, 16_384, 16_385, 100_000, 7, 300_000, 16_380, 2];
    const chunks = sizes.map((size, index) => [null, Buffer.alloc(size, index)] as const);
    await using chunked = await TempSSLServer.start(pki.serverSslconfig, () => [
      200,
      'OK',
      {},
      new ChunkedBodyIter([...chunks, [null, '']]),
    ]);
    const client = new SSLClient(pki.clientSslconfig, chunked.address ?? '');
    await using connection = await client.connect();
    for (let i = 0; i < 5; i++) {
      const got: number[] = [];
      const { body } = await connection.get('/');
      for await (const [, data] of body as ChunkedBody) got.push(data.length);
      expect(got).to.deep.equal([...sizes, 0]);
    }
  });

  it('is a Client with the option tls, whose default port is 443', () => {
    const tls = pki.clientSslconfig;
    expect(new SSLClient(tls, ['app.example', 443]).baseHeaders).to.deep.equal({
      host: 'app.example',
    });
    expect(new Client(['app.example', 80], { tls }).baseHeaders).to.deep.equal({
      host: 'app.example:80',
    });
  });

  it('resumes its last session with a server, over and over', async () => {
    const client = new SSLClient(pki.clientSslconfig, address);
    const answers = new Set<string>();
    for (const isResumed of [false, true, true, true, true]) {
      const connection = await client.connect();
      expect(connection.tls?.isResumed).to.equal(isResumed);
      answers.add(String(await (await connection.get('/')).body?.read()));
      connection.close();
    }
    expect(answers.size).to.equal(1);
  });

  it('has a pool that keeps connections', async () => {
    const pool = new Pool(address, { tls: pki.clientSslconfig, maxConnections: 4 });
    const sizes = await Promise.all(
      Array.from({ length: 40 }, async () => (await (await pool.get('/big')).body?.read())?.length),
    );
    expect(new Set(sizes)).to.deep.equal(new Set([BIG.length]));
    expect(pool.statistics().open).to.be.within(1, 4);
    await pool.close();
  });

  it('speaks TLS over unix sockets, where a name to check is given', async () => {
    const path = socketPath();
    await using local = await TempSSLServer.start(pki.serverSslconfig, app, {}, path);
    expect(local.address).to.equal(path);
    const tls = { ...pki.clientSslconfig, checkHostname: true };
    caught('GUDEG_ERR_INVALID_OPTION', () => new SSLClient(tls, path));
    const connection = await new SSLClient({ ...tls, sslHost: 'localhost' }, path).connect();
    expect((await connection.get('/')).status).to.equal(200);
    connection.close();
  });

  describe('refuses a server', () => {
    const refusals: [
      title: string,
      code: 'GUDEG_ERR_TLS_UNKNOWN_CA' | 'GUDEG_ERR_TLS_HOSTNAME' | 'GUDEG_ERR_TLS_VERSION',
      tls: (other: TempPKI) => object,
    ][] = [
      [
        'of another CA',
        'GUDEG_ERR_TLS_UNKNOWN_CA',
        (other) => ({ ...pki.clientSslconfig, caFile: other.clientSslconfig.caFile }),
      ],
      [
        'of another name',
        'GUDEG_ERR_TLS_HOSTNAME',
        () => ({ ...pki.clientSslconfig, checkHostname: true, sslHost: 'other.example' }),
      ],
      [
        'of another IP address',
        'GUDEG_ERR_TLS_HOSTNAME',
        () => ({ ...pki.clientSslconfig, checkHostname: true, sslHost: '192.0.2.1' }),
      ],
    ];
    for (const [title, code, tls] of refusals) {
      it(`${title}, and may try again`, async () => {
        using other = new TempPKI();
        const told = once(server, 'tlsError');
        const error = await rejected(code, new SSLClient(tls(other), address).connect());
        expect(error).to.be.instanceOf(ClientError);
        expect(error).to.have.property('retry', 'always');
        await told;
      });
    }

    it('that speaks an older TLS', async () => {
      const { certFile, keyFile } = pki.serverSslconfig;
      const listener = createServer({
        ...{ cert: readFileSync(certFile), key: readFileSync(keyFile) },
        ...{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      });
      listener.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      const client = new SSLClient(pki.anonymousClientSslconfig, ['127.0.0.1', port]);
      await rejected('GUDEG_ERR_TLS_VERSION', client.connect());
      listener.close();
    });

    it('that wants a certificate which it has not', async () => {
      const connection = await new SSLClient(pki.anonymousClientSslconfig, address).connect();
      // In TLS 1.3 a client learns that when its own handshake is over.
      const error = await rejected('GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE', connection.get('/'));
      expect(error).to.have.property('retry', 'always');
      expect(connection.closed).to.equal(true);
    });
  });

  it('takes a body that only the end delimits where close_notify says that it is whole', async () => {
    const head = 'HTTP/1.0 200 OK\r\n\r\nhalf of';
    const { certFile, keyFile } = pki.serverSslconfig;
    const identity = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    const bodyFrom = async (end: (socket: TLSSocket, below: Socket) => void): Promise<unknown> => {
      const listener = createTcpServer((below) => {
        const socket = new TLSSocket(below, { isServer: true, ...identity });
        socket.once('data', () => {
          socket.write(head, () => {
            end(socket, below);
          });
        });
      }).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      const client = new SSLClient(pki.anonymousClientSslconfig, ['127.0.0.1', port]);
      const connection = await client.connect();
      try {
        return await (await connection.get('/')).body?.read();
      } finally {
        listener.close();
      }
    };
    expect(String(await bodyFrom((socket) => socket.end()))).to.equal('half of');
    const cut = bodyFrom((_socket, below) => below.destroy());
    await rejected('GUDEG_ERR_CLIENT_RESPONSE_CUT', cut);
  });
});
