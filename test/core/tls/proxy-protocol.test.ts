import { expect } from 'chai';
import { once } from 'node:events';
import { closeSync, readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

import {
  openHandOnChannel,
  SSLServer,
  TempPKI,
  type App,
  type ServerOptions,
  type Session,
} from 'gudeg';

import { ObservedTlsServer } from '../../support/observed-tls-server.ts';
import { v1, v2, v2Ipv6 } from '../../support/proxy-headers.ts';
import { exchange } from '../../support/raw-client.ts';

const nameClient: App = ({ address, tls }) => [
  200,
  'OK',
  {},
  JSON.stringify([address, tls?.protocol ?? null]),
];

/** The protocols that a server speaks here; the flights of both differ. */
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

describe('a TLS server with proxyProtocol', () => {
  let pki: TempPKI;

  before(() => {
    pki = new TempPKI();
  });

  after(() => {
    pki.close();
  });

  const start = (options: ServerOptions, app = nameClient): Promise<ObservedTlsServer> =>
    ObservedTlsServer.start(pki.anonymousServerSslconfig, app, options);

  /** A plain connection, on which nothing was sent yet. */
  async function dial(port: number): Promise<Socket> {
    const socket = connectTcp(port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    return socket;
  }

  /** TLS on a connection; the hello leaves at once. */
  function secure(
    socket: Socket,
    version: (typeof versions)[number] = 'TLSv1.3',
    identity: object = {},
  ): TLSSocket {
    const options = { socket, minVersion: version, maxVersion: version };
    return connect({ ...options, ...identity, rejectUnauthorized: false });
  }

  /** The answer to one request, without its head, parsed. */
  async function ask(socket: TLSSocket): Promise<unknown> {
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => (text += data));
    socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    await once(socket, 'end');
    socket.end();
    return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as unknown;
  }

  for (const version of versions) {
    for (const [what, preface, client] of [
      ['a line', v1, ['192.0.2.7', 4567]],
      ['a binary header', v2Ipv6, ['2001:db8::9', 256, 0, 0]],
      [
        'a long binary header',
        v2(
          0x21,
          0x11,
          `\xc0\0\x02\x07\xc6\x33\x64\x01\x11\xd7\0\x50\x04\x0b\xb8${'x'.repeat(3000)}`,
        ),
        ['192.0.2.7', 4567],
      ],
    ] as const) {
      it(`takes ${what} in clear, then shakes hands for ${version} and shows the client`, async () => {
        await using server = await start({ proxyProtocol: 'auto' });
        const socket = await dial(server.port);
        // Header and hello leave together.
        socket.cork();
        socket.write(Buffer.from(preface, 'latin1'));
        const tls = secure(socket, version);
        process.nextTick(() => {
          socket.uncork();
        });
        expect(await ask(tls)).to.deep.equal([client, version]);
      });
    }
  }

  it('takes a header that comes byte by byte', async () => {
    await using server = await start({ proxyProtocol: 'auto' });
    for (const preface of [v1, v2Ipv6]) {
      const socket = await dial(server.port);
      for (const byte of preface) {
        socket.write(Buffer.from(byte, 'latin1'));
        await new Promise(setImmediate);
      }
      expect(await ask(secure(socket))).to.have.nested.property(
        '[0][0]',
        preface === v1 ? '192.0.2.7' : '2001:db8::9',
      );
    }
  });

  it('shows the peer itself where the proxy speaks for itself', async () => {
    await using server = await start({ proxyProtocol: 'v1' });
    const socket = await dial(server.port);
    socket.write('PROXY UNKNOWN\r\n');
    expect(await ask(secure(socket))).to.have.nested.property('[0][0]', '127.0.0.1');
  });

  it('knows client and certificate when onConnect is asked', async () => {
    const seen: unknown[] = [];
    const app: App = (...given) => nameClient(...given);
    app.onConnect = ({ address, tls }: Session) => {
      seen.push([address, tls?.isAuthorized]);
      return Promise.resolve(true);
    };
    await using server = await ObservedTlsServer.start(pki.serverSslconfig, app, {
      proxyProtocol: 'v1',
    });
    const socket = await dial(server.port);
    socket.write(v1);
    const { certFile, keyFile } = pki.clientSslconfig;
    const identity = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    await ask(secure(socket, 'TLSv1.3', identity));
    expect(seen).to.deep.equal([[['192.0.2.7', 4567], true]]);
  });

  for (const [what, preface, code] of [
    ['no header', '\x16\x03\x01', 'MISSING_PROXY_HEADER'],
    ['a broken one', 'PROXY TCP4 1.2.3.4 5.6.7.8 9\r\n', 'BAD_PROXY_HEADER'],
    ['one without end', `PROXY UNKNOWN ${'a'.repeat(100)}`, 'PROXY_HEADER_TOO_LARGE'],
  ] as const) {
    it(`closes a connection that begins with ${what}, and tells`, async () => {
      await using server = await start({ proxyProtocol: 'v1' });
      const told = once(server, 'protocolError');
      expect(await exchange(server.address, preface)).to.equal('');
      expect((await told)[0]).to.have.property('code', `GUDEG_ERR_HTTP_${code}`);
      expect(server.failures).to.deep.equal([]);
    });
  }

  it('names the announced client of a handshake that fails', async () => {
    await using server = await start({ proxyProtocol: 'v1' });
    const told = once(server, 'tlsError');
    await exchange(server.address, `${v1}GET / HTTP/1.1\r\n\r\n`);
    const [error, address] = (await told) as [NodeJS.ErrnoException, unknown];
    expect(error.code).to.equal('GUDEG_ERR_TLS_PLAINTEXT');
    expect(address).to.deep.equal(['192.0.2.7', 4567]);
  });

  it('lets go of a connection whose header does not come', async () => {
    const tls = { ...pki.anonymousServerSslconfig, handshakeTimeoutMs: 50 };
    await using server = await ObservedTlsServer.start(tls, nameClient, { proxyProtocol: 'auto' });
    expect(await exchange(server.address, v1.slice(0, 20))).to.equal('');
    expect(await exchange(server.address, '')).to.equal('');
  });

  it('hands on connections whose header is still to come', async () => {
    const channel = openHandOnChannel();
    const make = (): Promise<SSLServer> =>
      new SSLServer(pki.anonymousServerSslconfig, ['127.0.0.1', 0], nameClient, {
        proxyProtocol: 'v1',
      }).listen();
    const old = await make();
    const successor = await make();
    successor.receiveConnections(channel.receiveFd);
    const [, port] = old.address as [string, number];
    const socket = await dial(port);
    while (old.connectionCount === 0) await new Promise(setImmediate);
    await old.close({ handOnFd: channel.sendFd, idleMs: 60_000 });
    socket.write(v1);
    expect(await ask(secure(socket))).to.deep.equal([['192.0.2.7', 4567], 'TLSv1.3']);
    await successor.close({ graceMs: 0 });
    closeSync(channel.sendFd);
  });
});
