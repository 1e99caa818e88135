import { expect } from 'chai';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import {
  Server,
  TempServer,
  openHandOnChannel,
  type App,
  type ServerOptions,
  type Session,
} from 'gudeg';
import { createServer } from 'gudeg/node-http';

import { ObservedServer } from '../../support/observed-server.ts';
import { signature, v1, v2, v2Ipv6 } from '../../support/proxy-headers.ts';
import { RawClient, exchange } from '../../support/raw-client.ts';
import { socketPath } from '../../support/socket-path.ts';
import { caught } from '../caught.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const last = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
const nameClient: App = ({ address }) => [200, 'OK', {}, JSON.stringify(address)];

/** What an app sees as `session.address` of a connection that begins with `preface`. */
async function clientOf(preface: string, options: ServerOptions): Promise<unknown> {
  await using server = await TempServer.start(nameClient, options);
  await using client = await RawClient.to(server.address);
  const { body } = await client.send(preface).request(get);
  return JSON.parse(body) as unknown;
}

/** What a server reports of a connection that begins with `preface`; it must be closed without an answer. */
async function refusal(preface: string, options: ServerOptions): Promise<string[]> {
  await using server = await ObservedServer.start(nameClient, options);
  const reported = once(server, 'protocolError');
  expect(await exchange(server.address, preface + get)).to.equal('');
  await reported;
  return server.protocolErrors;
}

describe('a server with proxyProtocol', () => {
  for (const [what, preface, proxyProtocol, address] of [
    ['a line', v1, 'v1', ['192.0.2.7', 4567]],
    ['a line, where both are taken', v1, 'auto', ['192.0.2.7', 4567]],
    ['a line with IPv6', 'PROXY TCP6 2001:db8::9 ::1 1 2\r\n', 'v1', ['2001:db8::9', 1, 0, 0]],
    ['a binary header', v2Ipv6, 'v2', ['2001:db8::9', 256, 0, 0]],
    ['a binary header, where both are taken', v2Ipv6, 'auto', ['2001:db8::9', 256, 0, 0]],
    [
      'a binary header with values behind its addresses',
      v2(0x21, 0x11, '\xc0\0\x02\x07\xc6\x33\x64\x01\x11\xd7\0\x50\x02\0\x03abc'),
      'auto',
      ['192.0.2.7', 4567],
    ],
    [
      'a binary header of a unix socket',
      v2(0x21, 0x31, `/run/client${'\0'.repeat(97)}${'\0'.repeat(108)}`),
      'v2',
      '/run/client',
    ],
  ] as const) {
    it(`shows the client that ${what} announces`, async () => {
      expect(await clientOf(preface, { proxyProtocol })).to.deep.equal(address);
    });
  }

  for (const [what, preface] of [
    ['a line says UNKNOWN', 'PROXY UNKNOWN\r\n'],
    ['a binary header says LOCAL', v2(0x20, 0x00, '')],
  ] as const) {
    it(`shows the peer itself where ${what}`, async () => {
      expect(await clientOf(preface, { proxyProtocol: 'auto' })).to.have.property('0', '127.0.0.1');
    });
  }

  it('takes a header that comes byte by byte, and keeps the client for all requests', async () => {
    await using server = await TempServer.start(nameClient, { proxyProtocol: 'auto' });
    for (const preface of [v1, v2Ipv6]) {
      await using client = await RawClient.to(server.address);
      client.socket.setNoDelay(true);
      for (const byte of preface) {
        client.send(byte);
        await new Promise(setImmediate);
      }
      const { body } = await client.request(get);
      expect(body).to.match(/192\.0\.2\.7|2001:db8::9/);
      expect((await client.request(get)).body).to.equal(body);
    }
  });

  it('answers requests that came together with the header', async () => {
    await using server = await TempServer.start(nameClient, { proxyProtocol: 'v1' });
    const answers = await exchange(server.address, v1 + get + last);
    expect(answers.match(/192\.0\.2\.7/g)).to.have.length(2);
  });

  it('asks onConnect when it knows the client', async () => {
    const seen: unknown[] = [];
    const app: App = (session, request, api) => nameClient(session, request, api);
    app.onConnect = ({ address }: Session) => {
      seen.push(address);
      return Promise.resolve(Array.isArray(address) && address[0] === '192.0.2.7');
    };
    await using server = await TempServer.start(app, { proxyProtocol: 'auto' });
    expect(await exchange(server.address, v1 + last)).to.match(/^HTTP\/1.1 200/);
    expect(await exchange(server.address, v2Ipv6 + get)).to.equal('');
    await using late = await RawClient.to(server.address);
    expect((await late.send(v1).request(get)).status).to.equal(200);
    expect(seen).to.deep.equal([
      ['192.0.2.7', 4567],
      ['2001:db8::9', 256, 0, 0],
      ['192.0.2.7', 4567],
    ]);
  });

  for (const [what, preface, proxyProtocol, code] of [
    ['no header', '', 'auto', 'MISSING_PROXY_HEADER'],
    ['a line where only binary ones are taken', v1, 'v2', 'MISSING_PROXY_HEADER'],
    ['a binary one where only lines are taken', v2Ipv6, 'v1', 'MISSING_PROXY_HEADER'],
    ['a malformed line', 'PROXY TCP4 1.2.3.4 5.6.7.8 9\r\n', 'v1', 'BAD_PROXY_HEADER'],
    ['a bare line feed', 'PROXY UNKNOWN\n', 'auto', 'BAD_PROXY_HEADER'],
    ['a line without end', `PROXY UNKNOWN ${'a'.repeat(100)}`, 'auto', 'PROXY_HEADER_TOO_LARGE'],
    ['an unknown command', v2(0x22, 0x11, '\0'.repeat(12)), 'auto', 'BAD_PROXY_HEADER'],
    [
      'values that overrun',
      v2(0x21, 0x11, `${'\0'.repeat(12)}\x01\0\x09`),
      'v2',
      'BAD_PROXY_HEADER',
    ],
    ['a long binary header', `${signature}\x21\x11\xff\xff`, 'auto', 'PROXY_HEADER_TOO_LARGE'],
  ] as const) {
    it(`closes a connection that begins with ${what}, and tells`, async () => {
      expect(await refusal(preface, { proxyProtocol })).to.deep.equal([`GUDEG_ERR_HTTP_${code}`]);
    });
  }

  it('takes a header once, at the beginning', async () => {
    await using server = await ObservedServer.start(nameClient, { proxyProtocol: 'v1' });
    expect(await exchange(server.address, v1 + get + v1 + get)).to.match(
      /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 400 /,
    );
    expect(server.protocolErrors).to.deep.equal(['GUDEG_ERR_HTTP_BAD_TARGET']);
  });

  it('lets go of a connection whose header does not come', async () => {
    await using server = await TempServer.start(nameClient, {
      proxyProtocol: 'auto',
      headTimeoutMs: 50,
    });
    expect(await exchange(server.address, v1.slice(0, 20))).to.equal('');
    expect(await exchange(server.address, '')).to.equal('');
  });

  it('closes connections of peers that are no proxies, and tells', async () => {
    const options = { proxyProtocol: 'auto', proxyAllowIps: ['10.0.0.0/8', '::1'] } as const;
    expect(await refusal(v1, options)).to.deep.equal(['GUDEG_ERR_HTTP_FOREIGN_PROXY']);
  });

  for (const range of ['127.0.0.0/8', '127.0.0.1/32', '0.0.0.0/0', '*', '::ffff:127.0.0.1']) {
    it(`takes ${range} for a range that 127.0.0.1 is in`, async () => {
      const options = { proxyProtocol: 'v1', proxyAllowIps: ['192.0.2.1', range] } as const;
      expect(await clientOf(v1, options)).to.deep.equal(['192.0.2.7', 4567]);
    });
  }

  it('finds an IPv4 peer in the form of IPv6', async () => {
    const options: ServerOptions = { proxyProtocol: 'v1', proxyAllowIps: ['127.0.0.0/8'] };
    await using server = await TempServer.start(nameClient, options, ['::', 0]);
    const [, port] = server.address as [string, number];
    const answer = await exchange(['127.0.0.1', port], v1 + last);
    expect(answer).to.match(/\["192\.0\.2\.7",4567\]/);
  });

  it('always takes headers of the peers of a unix socket', async () => {
    const options: ServerOptions = { proxyProtocol: 'v1', proxyAllowIps: [] };
    await using server = await TempServer.start(nameClient, options, socketPath());
    expect(await exchange(server.address, v1 + last)).to.match(/192\.0\.2\.7/);
  });

  it('hands on the announced client, and connections whose header is still to come', async () => {
    const channel = openHandOnChannel();
    const options: ServerOptions = { proxyProtocol: 'auto' };
    const old = await new Server(['127.0.0.1', 0], nameClient, options).listen();
    const successor = await new Server(['127.0.0.1', 0], nameClient, options).listen();
    successor.receiveConnections(channel.receiveFd);
    await using known = await RawClient.to(old.address);
    await using fresh = await RawClient.to(old.address);
    const { body } = await known.send(v1).request(get);
    expect(body).to.equal('["192.0.2.7",4567]');
    await old.close({ handOnFd: channel.sendFd });
    expect((await known.request(get)).body).to.equal(body);
    expect((await fresh.send(v2Ipv6).request(get)).body).to.equal('["2001:db8::9",256,0,0]');
    expect(successor.connectionCount).to.equal(2);
    await successor.close({ graceMs: 0 });
    closeSync(channel.sendFd);
  });

  it('of gudeg/node-http shows the client as remoteAddress, and tells of refused ones', async () => {
    const server = createServer({ proxyProtocol: 'v1' }, ({ socket }, response) => {
      response.end(
        `${socket.remoteFamily ?? ''} ${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`,
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      expect(await exchange(['127.0.0.1', port], v1 + last)).to.match(/IPv4 192\.0\.2\.7 4567$/);
      const told = once(server, 'proxyError');
      expect(await exchange(['127.0.0.1', port], get)).to.equal('');
      const [error] = (await told) as [NodeJS.ErrnoException];
      expect(error.code).to.equal('GUDEG_ERR_HTTP_MISSING_PROXY_HEADER');
    } finally {
      server.close();
    }
  });

  it('refuses options that are no use', () => {
    for (const [options, message] of [
      [{ proxyProtocol: 'v3' }, /proxyProtocol must be one of off, v1, v2, auto; got 'v3'/],
      [{ proxyAllowIps: '127.0.0.1' }, /proxyAllowIps must be an array/],
      [
        { proxyAllowIps: ['localhost'] },
        /proxyAllowIps must be a list of IP addresses.*got 'localhost'/,
      ],
      [{ proxyAllowIps: ['10.0.0.0/33'] }, /got '10\.0\.0\.0\/33'/],
      [{ proxyAllowIps: ['fe80::1%lo'] }, /got 'fe80::1%lo'/],
    ] as const) {
      const make = (): unknown => new Server(['127.0.0.1', 0], nameClient, options as never);
      expect(caught('GUDEG_ERR_INVALID_OPTION', make).message).to.match(message);
    }
  });
});
