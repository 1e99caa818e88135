import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { TempPKI, type App } from 'gudeg';

import { needsPrograms } from '../../support/needs-program.ts';
import { ObservedTlsServer } from '../../support/observed-tls-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { plainEnvironment } from '../../support/plain-environment.ts';
import { Bystander } from './bystander.ts';

/** The first message of a client, as node:tls sends it. */
async function clientHello(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  const [socket] = await accepted;
  const [hello] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  client.destroy();
  server.close();
  return hello;
}

describe('a TLS server and clients that are rude in the handshake', () => {
  const pki = new TempPKI();
  let server: ObservedTlsServer;
  let bystander: Bystander;
  let hello: Buffer;

  before(async () => {
    hello = await clientHello();
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

  for (const [name, text] of [
    ['a GET', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a POST', 'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\na'],
    ['a CONNECT', 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n'],
    ['a line of another protocol', 'EHLO example.org\r\n'],
  ] as const) {
    it(`closes on ${name} in plain text, and says what the client is to do`, async () => {
      await using client = await RawClient.to(server.address);
      const rest = await client.send(text).rest();
      const error = await server.failure();
      expect(error.code, error.message).to.equal('GUDEG_ERR_TLS_PLAINTEXT');
      expect(error.message).to.contain('has to use https');
      expect(rest).not.to.contain('HTTP/');
    });
  }

  it('closes on bytes that are nothing', async () => {
    await using client = await RawClient.to(server.address);
    await client.send(Buffer.alloc(64, 0)).rest();
    expect((await server.failure()).code).to.match(/^GUDEG_ERR_TLS_(PROTOCOL|PLAINTEXT)$/);
  });

  it('closes on a message that was cut', async () => {
    await using client = await RawClient.to(server.address);
    await client
      .send(hello.subarray(0, hello.length >> 1))
      .finish()
      .rest();
    const error = await server.failure();
    expect(error.code, error.message).to.equal('GUDEG_ERR_TLS_HANDSHAKE_CUT');
  });

  it('closes where a client only looked whether somebody listens', async () => {
    await using client = await RawClient.to(server.address);
    await client.finish().rest();
    expect((await server.failure()).code).to.equal('GUDEG_ERR_TLS_HANDSHAKE_CUT');
  });

  it('ends a handshake of which any byte is wrong, and nothing else', async () => {
    await using other = await ObservedTlsServer.start(pki.serverSslconfig);
    for (let index = 0; index < hello.length; index += 7) {
      const damaged = Buffer.from(hello);
      damaged[index] = (damaged[index] ?? 0) ^ 0xff;
      await using client = await RawClient.to(other.address);
      await client.send(damaged).finish().rest();
      expect((await other.failure()).code).to.match(/^GUDEG_ERR_TLS_/);
    }
    await using after = await Bystander.to(other.port, pki.clientSslconfig);
    expect(await after.ask()).to.equal('HTTP/1.1 200 OK');
  });

  it('closes when a record claims to be longer than records are', async () => {
    await using client = await RawClient.to(server.address);
    await client.send(Buffer.from([0x16, 3, 1, 0xff, 0xff, 1, 0, 0, 0])).rest();
    expect((await server.failure()).code).to.match(/^GUDEG_ERR_TLS_/);
  });

  it('serves a client whose bytes come one by one', async () => {
    const { caFile, certFile, keyFile } = pki.clientSslconfig;
    // Every byte that the client sends is a packet of its own.
    const relay = createServer({ noDelay: true }, (downstream) => {
      const upstream = connectTcp({ port: server.port, host: '127.0.0.1', noDelay: true });
      upstream.pipe(downstream);
      downstream.on('data', (data) => {
        for (const byte of data) upstream.write(Buffer.from([byte]));
      });
      downstream.on('error', () => undefined);
      upstream.on('error', () => undefined);
      downstream.on('end', () => upstream.end());
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const port = (relay.address() as AddressInfo).port;
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const client = connectTls({
        port,
        host: '127.0.0.1',
        maxVersion,
        ca: readFileSync(caFile),
        cert: readFileSync(certFile),
        key: readFileSync(keyFile),
      });
      await once(client, 'secureConnect');
      client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
      const [answer] = (await once(client, 'data')) as [Buffer];
      expect(answer.toString('latin1')).to.match(/^HTTP\/1\.1 200 OK\r\n/);
      client.destroy();
    }
    relay.close();
    await once(relay, 'close');
  });

  it('asks no app for a client that ends its handshake after handshakeTimeoutMs', async () => {
    let requests = 0;
    const app: App = () => {
      requests += 1;
      return [200, 'OK', {}, null];
    };
    await using other = await ObservedTlsServer.start(
      { ...pki.serverSslconfig, handshakeTimeoutMs: 200 },
      app,
    );
    const wire = connectTcp({ port: other.port, host: '127.0.0.1', allowHalfOpen: true });
    wire.on('error', () => undefined);
    // The hello leaves at once, all that follows when it is too late.
    const late: Buffer[] = [];
    const through = new Duplex({
      read: () => undefined,
      write(data: Buffer, _encoding, done) {
        if (late.length > 0 || wire.bytesWritten > 0) late.push(data);
        else wire.write(data);
        done();
      },
    });
    wire.on('data', (data) => through.push(data));
    const { caFile, certFile, keyFile } = pki.clientSslconfig;
    const client = connectTls({
      socket: through,
      servername: 'localhost',
      checkServerIdentity: () => undefined,
      ca: readFileSync(caFile),
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
    });
    client.on('error', () => undefined);
    await once(client, 'secureConnect');
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect((await other.failure()).code).to.equal('GUDEG_ERR_TLS_HANDSHAKE_TIMEOUT');
    wire.end(Buffer.concat(late));
    while (other.connectionCount > 0) await nextTurn();
    expect([requests, other.failures.length]).to.deep.equal([0, 1]);
    client.destroy();
  });

  it('tells a client with curl’s plain http what it gets: nothing', async function () {
    needsPrograms('curl').call(this, () => undefined);
    const args = ['-sS', '--max-time', '5', `http://127.0.0.1:${server.port}/`];
    const curl = execFile('curl', args, { env: plainEnvironment() });
    const [code] = (await once(curl, 'close')) as [number];
    // 52: empty reply; 56: the connection was reset.
    expect(code).to.be.oneOf([52, 56]);
    expect((await server.failure()).code).to.equal('GUDEG_ERR_TLS_PLAINTEXT');
  });
});

describe('a TLS server and 1,000 handshakes that stand still', function () {
  this.timeout(60_000);
  const HANDSHAKES = 1000;
  const pki = new TempPKI();

  after(() => {
    pki.close();
  });

  /** Sends the first half of a message on so many connections. */
  async function halfOpen(server: ObservedTlsServer, hello: Buffer): Promise<RawClient[]> {
    const clients: RawClient[] = [];
    while (clients.length < HANDSHAKES) {
      const batch = Array.from({ length: 100 }, () => RawClient.to(server.address));
      for (const client of await Promise.all(batch)) {
        clients.push(client.send(hello.subarray(0, hello.length >> 1)));
      }
    }
    return clients;
  }

  it('goes on serving, and forgets them when they close', async () => {
    await using server = await ObservedTlsServer.start(pki.serverSslconfig);
    await using first = await Bystander.to(server.port, pki.clientSslconfig);
    const clients = await halfOpen(server, await clientHello());
    expect(await first.ask()).to.equal('HTTP/1.1 200 OK');
    await using second = await Bystander.to(server.port, pki.clientSslconfig);
    expect(await second.ask()).to.equal('HTTP/1.1 200 OK');
    expect(server.connectionCount).to.equal(HANDSHAKES + 2);
    for (const client of clients) client.finish();
    for (let left = HANDSHAKES; left > 0; left -= 1) {
      expect((await server.failure()).code).to.equal('GUDEG_ERR_TLS_HANDSHAKE_CUT');
    }
    await Promise.all(clients.map((client) => client.ending));
    expect(await first.ask()).to.equal('HTTP/1.1 200 OK');
    expect(server.connectionCount).to.equal(2);
  });

  it('ends each after handshakeTimeoutMs', async () => {
    await using server = await ObservedTlsServer.start({
      ...pki.serverSslconfig,
      handshakeTimeoutMs: 300,
    });
    const clients = await halfOpen(server, await clientHello());
    for (let left = HANDSHAKES; left > 0; left -= 1) {
      const error = await server.failure();
      expect(error.code, error.message).to.equal('GUDEG_ERR_TLS_HANDSHAKE_TIMEOUT');
    }
    await Promise.all(clients.map((client) => client.ending));
    await using bystander = await Bystander.to(server.port, pki.clientSslconfig);
    expect(await bystander.ask()).to.equal('HTTP/1.1 200 OK');
  });
});
