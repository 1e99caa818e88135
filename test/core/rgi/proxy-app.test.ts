import { expect } from 'chai';
import { once } from 'node:events';
import { createServer as createNodeServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Body,
  BodyIter,
  ChunkedBody,
  ChunkedBodyIter,
  Client,
  Pool,
  ProxyApp,
  Router,
  TempServer,
  type App,
  type ClientError,
  type PoolOptions,
  type ProxyAppOptions,
} from 'gudeg';
import { caught } from '../caught.ts';
import { RawClient } from '../../support/raw-client.ts';
import { RawServer } from '../../support/raw-server.ts';

/** A proxy in front of an app or a raw server, and a client in front of the proxy. */
class Chain implements AsyncDisposable {
  readonly upstream: TempServer | RawServer;
  readonly pool: Pool;
  readonly proxy: TempServer;
  readonly errors: readonly ClientError[];

  private constructor(
    upstream: TempServer | RawServer,
    pool: Pool,
    proxy: TempServer,
    errors: readonly ClientError[],
  ) {
    this.upstream = upstream;
    this.pool = pool;
    this.proxy = proxy;
    this.errors = errors;
  }

  static async of(
    upstream: TempServer | RawServer,
    options: ProxyAppOptions & { pool?: PoolOptions; app?: (proxy: ProxyApp) => App } = {},
  ): Promise<Chain> {
    const { pool: poolOptions = {}, app, ...rest } = options;
    const pool = new Pool(upstream.address ?? '', poolOptions);
    const errors: ClientError[] = [];
    const proxyApp = new ProxyApp(pool, { onError: (error) => errors.push(error), ...rest });
    return new Chain(
      upstream,
      pool,
      await TempServer.start(app === undefined ? proxyApp : app(proxyApp)),
      errors,
    );
  }

  connect(): ReturnType<Client['connect']> {
    return new Client(this.proxy.address ?? '').connect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.terminate();
    await this.pool.close({ graceMs: 0 });
    await this.upstream[Symbol.asyncDispose]();
  }
}

const mirror: App = async (_session, { method, uri, headers, body }) => {
  const content = body === null ? null : (await body.read()).toString();
  return [200, 'Fine', { 'x-a': ['1', '2'] }, JSON.stringify({ method, uri, headers, content })];
};

describe('ProxyApp', () => {
  it('passes requests on and responses back, whatever their method and body', async () => {
    await using chain = await Chain.of(await TempServer.start(mirror));
    await using connection = await chain.connect();
    const chunked = new ChunkedBodyIter([
      [['k', 'v'], 'ab'],
      [null, 'c'],
      [null, ''],
    ]);
    for (const [method, body, content] of [
      ['GET', null, null],
      ['DELETE', null, null],
      ['POST', 'text', 'text'],
      ['PUT', Buffer.from('bytes'), 'bytes'],
      ['PATCH', new BodyIter(['it', 'em'], 4), 'item'],
      ['REPORT', chunked, 'abc'],
    ] as const) {
      const response = await connection.request(method, '/a/b?c=%20', { 'x-own': 'o' }, body);
      expect([response.status, response.reason]).to.deep.equal([200, 'Fine']);
      expect(response.rawHeaders.filter((_, i, all) => all[i - 1] === 'x-a')).to.deep.equal([
        '1',
        '2',
      ]);
      const got = (await response.body?.json()) as { headers: Record<string, unknown> };
      expect(got).to.deep.include({ method, uri: '/a/b?c=%20', content });
      expect(got.headers).to.include({ 'x-own': 'o', via: '1.1 gudeg' });
    }
    const head = await connection.head('/');
    expect([head.status, head.body]).to.deep.equal([200, null]);
    expect(head.headers['content-length']).to.be.greaterThan(10);
    // All of it went over one connection.
    expect(chain.pool.statistics()).to.deep.equal({ open: 1, idle: 1, queued: 0 });
  });

  it('passes on what routing has left of the path', async () => {
    const app = (proxy: ProxyApp): App => new Router({ api: proxy });
    await using chain = await Chain.of(await TempServer.start(mirror), { app });
    await using connection = await chain.connect();
    for (const [given, uri] of [
      ['/api', '/'],
      ['/api/', '/'],
      ['/api/x//y?q', '/x//y?q'],
    ] as const) {
      expect(await (await connection.get(given)).body?.json()).to.include({ uri });
    }
  });

  it('keeps fields to itself that concern one connection, in both directions', async () => {
    const upstream = await RawServer.start((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n' +
          'Proxy-Authenticate: Basic\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nTransfer-Encoding: chunked\r\n\r\n' +
          '2\r\nhi\r\n0\r\n\r\n',
      );
    });
    await using chain = await Chain.of(upstream, { via: null });
    await using client = await RawClient.to(chain.proxy.address);
    client.send(
      'GET / HTTP/1.1\r\nHost: front\r\nConnection: X-Other, close\r\nX-Other: 1\r\nTE: trailers\r\n' +
        'Proxy-Authorization: secret\r\nExpect: 100-continue\r\nX-End: 1\r\n\r\n',
    );
    const answer = await client.rest();
    expect(answer).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).to.match(/set-cookie: a\r\nset-cookie: b\r\n/);
    expect(answer).not.to.match(/x-mine|keep-alive|proxy-authenticate/i);
    const [head = ''] = upstream.received.split('\r\n\r\n');
    expect(head.split('\r\n').sort()).to.deep.equal([
      'GET / HTTP/1.1',
      `host: 127.0.0.1:${upstream.address[1]}`,
      'x-end: 1',
    ]);
  });

  it('says who it is, and on demand who the client was', async () => {
    const options = { via: 'edge', forwarded: true };
    await using chain = await Chain.of(await TempServer.start(mirror), options);
    await using connection = await chain.connect();
    const { body } = await connection.get('/', {
      via: '1.0 far',
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'forged',
    });
    const { headers } = (await body?.json()) as { headers: object };
    expect(headers).to.include({
      via: '1.0 far, 1.1 edge',
      'x-forwarded-for': '10.0.0.1, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': connection.baseHeaders['host'],
    });
  });

  it('passes pieces on as they come, both ways', async () => {
    const echo: App = (_session, { body }) => [200, 'OK', {}, body];
    await using chain = await Chain.of(await TempServer.start(echo));
    await using connection = await chain.connect();
    let hear = (_text: string): void => undefined;
    const said = ['one', 'two', 'three'];
    async function* talk(): AsyncGenerator<[null, string]> {
      for (const word of said) {
        yield [null, word];
        // The next one only when this one has come back.
        await new Promise<string>((resolve) => (hear = resolve));
      }
      yield [null, ''];
    }
    const { body } = await connection.post('/', {}, new ChunkedBodyIter(talk()));
    const heard: string[] = [];
    for await (const [, data] of body as ChunkedBody) {
      if (data.length > 0) heard.push(String(data));
      hear(String(data));
    }
    expect(heard).to.deep.equal(said);
  });

  it('reads no faster than the other side takes it', async () => {
    const total = 64 * 1024 * 1024;
    let sent = 0;
    function* pieces(): Generator<Buffer> {
      const piece = Buffer.alloc(65_536);
      for (; sent < total; sent += piece.length) yield piece;
    }
    const app: App = (_session, request, api) =>
      request.body === null
        ? [200, 'OK', {}, new api.BodyIter(pieces(), total)]
        : new Promise(() => undefined);
    await using chain = await Chain.of(await TempServer.start(app));
    await using connection = await chain.connect();
    const { body } = await connection.get('/');
    // Nobody reads: what the sockets and the high-water marks hold is all that moves.
    for (let last = -1; last !== sent; await new Promise((resolve) => setTimeout(resolve, 50))) {
      last = sent;
    }
    expect(sent).to.be.lessThan(total / 2);
    let bytes = 0;
    for await (const piece of body as Body) bytes += piece.length;
    expect(bytes).to.equal(total);
  });

  it('passes interim responses on', async () => {
    const app: App = (_session, request) => {
      request.inform(103, { link: '</a>' });
      return [200, 'OK', {}, 'x'];
    };
    await using chain = await Chain.of(await TempServer.start(app));
    await using connection = await chain.connect();
    const hints: unknown[] = [];
    await connection.get(
      '/',
      {},
      { onInterim: ({ status, headers }) => hints.push(status, headers['link']) },
    );
    expect(hints).to.deep.equal([103, '</a>']);
  });

  it('makes a tunnel of an upgrade', async () => {
    const app: App = (_session, request, api) => [
      101,
      'Switching Protocols',
      { upgrade: request.headers['upgrade'] ?? '', connection: 'upgrade' },
      new api.Tunnel(async (stream) => {
        for await (const bytes of stream) await stream.write(`you said ${String(bytes)}`);
      }),
    ];
    await using chain = await Chain.of(await TempServer.start(app));
    await using connection = await chain.connect();
    const { status, headers, tunnel } = await connection.get('/', {
      connection: 'upgrade',
      upgrade: 'chat',
    });
    expect([status, headers['upgrade']]).to.deep.equal([101, 'chat']);
    await tunnel?.write('hello');
    expect(String(await tunnel?.read())).to.equal('you said hello');
    tunnel?.end();
    expect((await tunnel?.read())?.length).to.equal(0);
  });

  it('keeps a length that has no body with it, where there may be one', async () => {
    const upstream = await RawServer.start((socket, head) => {
      const status = head.includes('/304') ? '304 Not Modified' : '200 OK';
      socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 77\r\n\r\n`);
    });
    await using chain = await Chain.of(upstream);
    await using connection = await chain.connect();
    const head = await connection.head('/');
    expect(head.headers['content-length']).to.equal(77);
    const { status, body } = await connection.get('/304');
    expect([status, body]).to.deep.equal([304, null]);
  });

  it('connects again when the server behind it was restarted', async () => {
    const first = await TempServer.start(() => [200, 'OK', {}, 'first']);
    await using chain = await Chain.of(first);
    await using connection = await chain.connect();
    expect(await (await connection.get('/')).body?.text()).to.equal('first');
    const address = first.address as [string, number];
    await first.terminate();
    await using second = await TempServer.start(() => [200, 'OK', {}, 'second'], {}, address);
    expect(second.isListening).to.equal(true);
    expect(await (await connection.get('/')).body?.text()).to.equal('second');
    expect(await (await connection.post('/', {}, 'x')).body?.text()).to.equal('second');
  });

  it('answers 502, 503 or 504 where no response comes about, and says why', async () => {
    const silent = (): void => undefined;
    const refusing = await TempServer.start(mirror);
    await refusing.terminate();
    const rows: [string, () => Promise<TempServer | RawServer>, PoolOptions, number, string][] = [
      ['no server', () => Promise.resolve(refusing), {}, 502, 'CONNECT'],
      ['no response', () => RawServer.start((socket) => socket.end()), {}, 502, 'NO_RESPONSE'],
      [
        'garbage',
        () => RawServer.start((socket) => socket.write('garbage\r\n\r\n')),
        {},
        502,
        'BAD_RESPONSE',
      ],
      [
        'silence',
        () => RawServer.start(silent),
        { responseTimeoutMs: 50 },
        504,
        'RESPONSE_TIMEOUT',
      ],
    ];
    for (const [what, start, pool, status, code] of rows) {
      await using chain = await Chain.of(await start(), { pool });
      await using connection = await chain.connect();
      const response = await connection.get('/');
      expect([what, response.status]).to.deep.equal([what, status]);
      expect(await response.body?.text()).to.match(/^(Bad Gateway|Gateway Timeout)\n$/);
      const head = await connection.head('/');
      expect([head.status, head.body]).to.deep.equal([status, null]);
      expect(chain.errors[0]?.code).to.equal(`GUDEG_ERR_CLIENT_${code}`);
    }
    const pool = { maxConnections: 1, maxQueued: 0 };
    await using chain = await Chain.of(await RawServer.start(silent), { pool });
    await using one = await chain.connect();
    await using two = await chain.connect();
    const answers = [one.get('/'), two.get('/')].map((answer) => answer.catch(() => null));
    expect((await Promise.race(answers))?.status).to.equal(503);
  });

  it('cuts the connection when a response breaks in the middle', async () => {
    const upstream = await RawServer.start((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
    });
    await using chain = await Chain.of(upstream);
    chain.proxy.on('error', () => undefined);
    await using connection = await chain.connect();
    const { status, body } = await connection.get('/');
    expect(status).to.equal(200);
    const error = await body?.read().catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'GUDEG_ERR_CLIENT_RESPONSE_CUT');
  });

  it('gives the connection behind it up when the client goes in the middle of a response', async () => {
    let gone = (): void => undefined;
    const closed = new Promise<void>((resolve) => (gone = resolve));
    const upstream = await RawServer.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
      const timer = setInterval(() => socket.write('more'), 5);
      socket.once('close', () => {
        clearInterval(timer);
        gone();
      });
    });
    await using chain = await Chain.of(upstream);
    const connection = await chain.connect();
    const { body } = await connection.get('/');
    expect(body).not.to.equal(null);
    connection.close();
    await closed;
  });

  it('stands in front of node:http', async () => {
    const seen: IncomingMessage[] = [];
    const node: Server = createNodeServer((request, response) => {
      seen.push(request);
      response.setHeader('trailer', 'x-sum');
      request.on('end', () => response.addTrailers({ 'x-sum': '5' }));
      request.pipe(response);
    });
    node.listen(0, '127.0.0.1');
    await once(node, 'listening');
    await using pool = new Pool(['127.0.0.1', (node.address() as AddressInfo).port]);
    await using proxy = await TempServer.start(new ProxyApp(pool));
    await using connection = await new Client(proxy.address ?? '').connect();
    const { body } = await connection.post('/x', {}, 'hello');
    expect(String(await body?.read())).to.equal('hello');
    expect((body as ChunkedBody).trailers).to.deep.equal({ 'x-sum': '5' });
    expect(seen[0]?.url).to.equal('/x');
    await pool.close();
    node.close();
  });

  it('wants something that makes requests', () => {
    const error = caught('GUDEG_ERR_INVALID_ARG_TYPE', () => {
      new ProxyApp(new Client(['a', 1]) as never);
    });
    expect(error.message).to.include('new Pool(client)');
  });
});
