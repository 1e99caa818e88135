import { expect } from 'chai';
import { createServer as createNodeServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import fastify from 'fastify';
import { Client, ClientError, TempServer, type App, type ListenAddress } from 'gudeg';
import { caught, rejected } from '../caught.ts';
import { RawServer } from '../../support/raw-server.ts';
import { socketPath } from '../../support/socket-path.ts';
import { NodeProgram } from '../../support/node-program.ts';

const app: App = (_session, { uri, headers }) => [
  200,
  'OK',
  {},
  `${uri} ${String(headers['host'])}`,
];

async function answerOf(client: Client): Promise<string> {
  await using connection = await client.connect();
  return String(await (await connection.get('/x')).body?.read());
}

const REQUEST = `
  import('tsx/esm/api').then(async ({ register }) => {
    register();
    const { parentPort, workerData } = require('node:worker_threads');
    const { Client } = await import('gudeg');
    const connection = await new Client(workerData).connect();
    connection.get('/').catch(() => undefined);
    parentPort.postMessage('asked');
  });
`;

describe('Client', () => {
  const addresses: [string, ListenAddress, RegExp][] = [
    ['IPv4', ['127.0.0.1', 0], /^\/x 127\.0\.0\.1:\d+$/],
    ['IPv6', ['::1', 0, 0, 0], /^\/x \[::1\]:\d+$/],
    ['a unix socket', socketPath(), /^\/x localhost$/],
    ['an abstract name', Buffer.from('\0'), /^\/x localhost$/],
  ];
  for (const [what, address, expected] of addresses) {
    it(`connects to ${what}`, async () => {
      await using server = await TempServer.start(app, {}, address);
      expect(await answerOf(new Client(server.address ?? ''))).to.match(expected);
    });
  }

  it('connects to a host name', async () => {
    await using server = await TempServer.start(app);
    const [, port] = server.address as [string, number];
    expect(await answerOf(new Client(['localhost', port]))).to.equal(`/x localhost:${port}`);
  });

  it('knows both ends of a connection', async () => {
    await using server = await TempServer.start(app);
    await using connection = await new Client(server.address ?? '').connect();
    expect(connection.peerAddress).to.deep.equal(server.address);
    expect(connection.localAddress).to.have.property('0', '127.0.0.1');
  });

  it('speaks with a server in the degu profile by its rules', async () => {
    const names: App = (_session, { headers }) => [
      200,
      'OK',
      {},
      Buffer.from(`names ${Object.keys(headers).join()}`),
    ];
    await using server = await TempServer.start(names, { profile: 'degu' }, socketPath());
    const client = new Client(server.address ?? '', { profile: 'degu' });
    expect(client.baseHeaders).to.deep.equal({});
    await using connection = await client.connect();
    expect(String(await (await connection.get('/', {})).body?.read())).to.equal('names ');
    expect((await connection.put('/', {}, null)).status).to.equal(200);
    const error = await connection.request('PATCH', '/').catch((reason: unknown) => reason);
    expect(error)
      .to.have.property('code')
      .match(/^GUDEG_ERR_HTTP_.*METHOD$/);
  });

  it('talks with node:http and Fastify', async () => {
    const plain = createNodeServer((request, response) => {
      request.pipe(response.writeHead(200, { 'content-type': 'text/plain' }));
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const framework = fastify();
    framework.post('/', (request) => ({ got: request.body }));
    await framework.listen({ port: 0, host: '127.0.0.1' });
    const toNode = await new Client(['127.0.0.1', (plain.address() as AddressInfo).port]).connect();
    for (let i = 0; i < 3; i++) {
      const { body } = await toNode.post('/', {}, `hello ${i}`);
      expect(String(await body?.read())).to.equal(`hello ${i}`);
    }
    const { port } = framework.server.address() as AddressInfo;
    await using toFastify = await new Client(['127.0.0.1', port]).connect();
    const { body } = await toFastify.post('/', { 'content-type': 'application/json' }, '{"a":1}');
    expect(await body?.json()).to.deep.equal({ got: { a: 1 } });
    toNode.close();
    plain.close();
    await framework.close();
  });

  it('has base headers, which win over those of a request', async () => {
    const shown: App = (_session, { headers }) => [200, 'OK', {}, JSON.stringify(headers)];
    await using server = await TempServer.start(shown);
    const client = new Client(server.address ?? '', {
      authorization: 'Basic x',
      host: 'a.example',
    });
    client.setBaseHeader('x-more', '1');
    expect(Object.keys(client.baseHeaders)).to.deep.equal(['authorization', 'host', 'x-more']);
    await using connection = await client.connect();
    const { body } = await connection.get('/', { Authorization: 'mine', 'x-own': '2' });
    expect(await body?.json()).to.deep.equal({
      authorization: 'Basic x',
      host: 'a.example',
      'x-more': '1',
      'x-own': '2',
    });
    client.setBaseHeader('x-more', null);
    expect(client.baseHeaders).not.to.have.property('x-more');
    expect(connection.baseHeaders).to.have.property('x-more');
    caught('GUDEG_ERR_CLIENT_REQUEST', () => {
      client.setBaseHeader('X-More', '1');
    });
  });

  it('asks onConnect, which must give true', async () => {
    await using server = await TempServer.start(app);
    const address = server.address ?? '';
    let asked = 0;
    const yes = new Client(address, { onConnect: () => ++asked > 0 });
    (await yes.connect()).close();
    expect(asked).to.equal(1);
    const no = new Client(address, { onConnect: () => 1 as never });
    await rejected('GUDEG_ERR_CLIENT_REFUSED', no.connect());
    const broken = new Client(address, { onConnect: () => Promise.reject(new Error('mine')) });
    expect(await broken.connect().catch((error: unknown) => error)).to.have.property(
      'message',
      'mine',
    );
  });

  it('says why it could not connect, and that trying again is safe', async () => {
    const gone = await TempServer.start(app);
    const { address } = gone;
    await gone.close();
    for (const [where, why] of [
      [address, /ECONNREFUSED/],
      [socketPath(), /ENOENT/],
      [['no-such-host.invalid', 80], /no-such-host/],
    ] as const) {
      const error = await rejected('GUDEG_ERR_CLIENT_CONNECT', new Client(where ?? '').connect());
      expect(error).to.be.instanceOf(ClientError).and.to.include({ retry: 'always' });
      expect(error.message).to.match(why);
    }
  });

  it('gives up connecting when it is told to', async () => {
    await using server = await RawServer.start(() => undefined);
    const reason = new Error('too late');
    const client = new Client(server.address);
    const early = client.connect({ signal: AbortSignal.abort(reason) });
    expect(await early.catch((error: unknown) => error)).to.equal(reason);
  });

  for (const [what, address] of [
    ['a relative path', 'a.sock'],
    ['a port of 0', ['127.0.0.1', 0]],
    ['an empty host', ['', 80]],
    ['a name that is no abstract one', Buffer.from('abc')],
    ['three items', ['a', 1, 2]],
    ['a number', 80],
  ] as const) {
    it(`refuses ${what} as an address`, () => {
      caught('GUDEG_ERR_INVALID_ADDRESS', () => new Client(address as never));
    });
  }

  it('refuses options that it does not know, or that are out of range', () => {
    const make = (options: object) => () => new Client(['a', 1], options);
    expect(caught('GUDEG_ERR_INVALID_OPTION', make({ foo: 1, bar: 2 })).message).to.match(
      /bar, foo/,
    );
    caught('GUDEG_ERR_INVALID_OPTION', make({ timeoutMs: -1 }));
    caught('GUDEG_ERR_INVALID_OPTION', make({ maxHeadBytes: 1 }));
    caught('GUDEG_ERR_INVALID_OPTION', make({ profile: 'x' }));
    caught('GUDEG_ERR_INVALID_OPTION', make({ host: 5 }));
    caught('GUDEG_ERR_INVALID_ARG_TYPE', make({ onConnect: 5 }));
  });

  it('does not keep a process alive by connections that are idle', async () => {
    await using server = await TempServer.start(() => [200, 'OK', {}, 'x']);
    const source = `
      import { Client } from 'gudeg';
      const connection = await new Client(${JSON.stringify(server.address)}).connect();
      console.log(String(await (await connection.get('/')).body.read()), connection.isIdle);
    `;
    const { code, stdout, stderr } = await NodeProgram.text(source).end;
    expect([code, stdout, stderr]).to.deep.equal([0, 'x true\n', '']);
  });

  it('works in a worker thread that ends while a request runs', async () => {
    await using server = await RawServer.start(() => undefined);
    const worker = new Worker(REQUEST, {
      eval: true,
      execArgv: ['--conditions=source'],
      workerData: server.address,
    });
    expect(await once(worker, 'message')).to.deep.equal(['asked']);
    expect(await worker.terminate()).to.equal(1);
  });
});
