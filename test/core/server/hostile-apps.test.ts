import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { Server, TempServer, api, type App, type Request, type Response } from 'gudeg';
import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient, exchange } from '../../support/raw-client.ts';

const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
const LAST = 'GET /fine HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

/** The app, but what other clients ask for is fine. */
function except(app: App): App {
  return (session, request, context) =>
    request.uri === '/fine' ? [200, 'OK', {}, 'fine'] : app(session, request, context);
}

async function serves(server: Server): Promise<void> {
  expect(await exchange(server.address, LAST)).to.match(/\r\n\r\nfine$/);
}

const wrong = (value: unknown): App => (() => value) as unknown as App;
const reject =
  (error: unknown): App =>
  async () => {
    await Promise.resolve();
    throw error;
  };
const raise =
  (error: unknown): App =>
  () => {
    throw error;
  };
const proxy = new Proxy([], {
  get() {
    throw new Error('trap');
  },
});

const failures: readonly (readonly [title: string, app: App])[] = [
  ['throws an error', raise(new Error('broken'))],
  ['throws nothing', raise(undefined)],
  ['throws null', raise(null)],
  ['throws a string', raise('broken')],
  ['rejects', reject(new Error('broken'))],
  ['rejects with nothing', reject(undefined)],
  ['answers a symbol', wrong(Symbol('x'))],
  ['answers a number', wrong(7)],
  ['answers a function', wrong(() => undefined)],
  ['answers a proxy that throws', wrong(proxy)],
  [
    'answers a thenable whose then throws',
    wrong({
      get then() {
        throw new Error('then');
      },
    }),
  ],
  ['answers an array of holes', wrong(new Array(4))],
  ['answers NaN as status', wrong([NaN, 'OK', {}, null])],
  ['answers Infinity as status', wrong([Infinity, 'OK', {}, null])],
  ['answers 2^32 + 200 as status', wrong([2 ** 32 + 200, 'OK', {}, null])],
  ['answers a status of 101', wrong([101, 'OK', {}, null])],
  ['answers headers in a Map', wrong([200, 'OK', new Map([['a', 'b']]), null])],
  ['answers headers in a Headers', wrong([200, 'OK', new Headers({ a: 'b' }), null])],
  ['answers a header of undefined', wrong([200, 'OK', { a: undefined }, null])],
  [
    'answers a header whose text throws',
    wrong([
      200,
      'OK',
      {
        a: {
          toString() {
            throw new Error('text');
          },
        },
      },
      null,
    ]),
  ],
  ['answers a header with a line end', wrong([200, 'OK', { a: 'b\r\nc: d' }, null])],
  ['answers a name with a line end', wrong([200, 'OK', { 'a\r\nb': 'c' }, null])],
  ['answers a name with a space', wrong([200, 'OK', { 'a b': 'c' }, null])],
  [
    'answers 3,000 values of a header',
    wrong([200, 'OK', { a: Array<string>(40_000).fill('') }, null]),
  ],
  ['answers a header of 1 MiB', wrong([200, 'OK', { a: 'b'.repeat(2 ** 20) }, null])],
  ['answers a header of 200 KB', wrong([200, 'OK', { a: 'b'.repeat(200_000) }, null])],
  ['answers a reason of 1 MiB', wrong([200, 'b'.repeat(2 ** 20), {}, null])],
  ['answers a wrong content-length', wrong([200, 'OK', { 'content-length': 7 }, 'abc'])],
  ['answers a content-length of NaN', wrong([200, 'OK', { 'content-length': NaN }, 'abc'])],
  [
    'answers a transfer-encoding with a body of bytes',
    wrong([200, 'OK', { 'transfer-encoding': 'chunked' }, 'abc']),
  ],
  ['answers a body to 204', wrong([204, 'No Content', {}, 'abc'])],
  ['answers a fake Uint8Array', wrong([200, 'OK', {}, Object.create(Uint8Array.prototype)])],
];

const brokenBodies: readonly (readonly [title: string, make: () => Response[3]])[] = [
  [
    'was given up',
    () => {
      const body = new api.BodyIter(['abc'], 3);
      body.close();
      return body;
    },
  ],
  ['gives too few bytes', () => new api.BodyIter(['abc'], 5)],
  ['gives too many bytes', () => new api.BodyIter(['abc', 'def'], 5)],
  ['throws in the middle', () => new api.BodyIter(failing('abc'), 6)],
  ['gives what is no bytes', () => new api.BodyIter(['abc', 7 as unknown as string], 6)],
  [
    'throws in the middle of chunks',
    () => new api.ChunkedBodyIter(failing([null, Buffer.from('abc')] as never)),
  ],
  ['ends without a last chunk', () => new api.ChunkedBodyIter([[null, Buffer.from('abc')]])],
  [
    'gives a chunk behind the last',
    () =>
      new api.ChunkedBodyIter([
        [null, Buffer.from('abc')],
        [null, Buffer.alloc(0)],
        [null, Buffer.from('abc')],
      ]),
  ],
  ['has a source that ends early', () => new api.Body(source('abc'), 10)],
  [
    'has a source that throws',
    () =>
      new api.Body(
        {
          read: () => {
            throw new Error('broken');
          },
        },
        10,
      ),
  ],
  ['has a source that gives too much', () => new api.Body({ read: () => Buffer.alloc(100) }, 10)],
  [
    'has a source that gives text',
    () => new api.Body({ read: () => 'abc' as unknown as Buffer }, 10),
  ],
];

function* failing<T>(item: T): Generator<T> {
  yield item;
  throw new Error('broken');
}

function source(text: string): { read(): Buffer } {
  let rest = text;
  return {
    read() {
      const given = Buffer.from(rest);
      rest = '';
      return given;
    },
  };
}

describe('an app that', () => {
  for (const [title, app] of failures) {
    it(`${title} gives 500 and an error, and the server lives`, async () => {
      await using server = await ObservedServer.start(except(app));
      await using client = await RawClient.to(server.address);
      expect((await client.request(GET)).status).to.equal(500);
      expect(server.errors).to.have.lengthOf(1);
      await serves(server);
    });
  }

  for (const [title, make] of brokenBodies) {
    it(`answers a body that ${title} cuts the answer visibly, and the server lives`, async () => {
      await using server = await ObservedServer.start(except(() => [200, 'OK', {}, make()]));
      await using client = await RawClient.to(server.address);
      const text = await client.send(GET).rest();
      const [head = '', body = ''] = text.split('\r\n\r\n', 2);
      const length = /content-length: (\d+)/.exec(head)?.[1];
      const isWhole = length === undefined ? body.includes('\r\n0') : body.length >= Number(length);
      expect(isWhole, text).to.equal(false);
      expect(server.errors).to.have.lengthOf(1);
      await serves(server);
    });
  }

  it('never answers is noticed by nobody else, and graceMs ends it', async () => {
    const server = await ObservedServer.start(except(() => new Promise(() => undefined)));
    await using client = await RawClient.to(server.address);
    client.send(GET);
    await serves(server);
    await server.close({ graceMs: 50 });
    await client.ending;
    expect(server.connectionCount).to.equal(0);
  });

  it('never answers doesn’t keep a connection that its client resets', async () => {
    await using server = await ObservedServer.start(except(() => new Promise(() => undefined)));
    const client = await RawClient.to(server.address);
    client.send(GET);
    while (server.connectionCount === 0) await delay(5);
    client.socket.resetAndDestroy();
    while (server.connectionCount > 0) await delay(5);
    await serves(server);
  });

  it('streams to a client that went away never writes to the next one', async () => {
    const gate = deferred();
    await using server = await ObservedServer.start((_session, request, { BodyIter }) => {
      async function* old(): AsyncGenerator<string> {
        yield 'old';
        await gate.promise;
        yield 'OLD';
        yield 'x'.repeat(94);
      }
      async function* young(): AsyncGenerator<string> {
        yield 'new';
        await gate.promise;
        await delay(50);
        yield 'y'.repeat(97);
      }
      return [200, 'OK', {}, new BodyIter(request.uri === '/old' ? old() : young(), 100)];
    });
    const first = await RawClient.to(server.address);
    first.send(GET.replace('/', '/old'));
    while (!first.received.includes('old')) await delay(5);
    first.socket.resetAndDestroy();
    while (server.connectionCount > 0) await delay(5);
    await using second = await RawClient.to(server.address);
    second.send(GET);
    while (!second.received.includes('new')) await delay(5);
    gate.resolve();
    expect((await second.response()).body).to.equal(`new${'y'.repeat(97)}`);
  });

  it('reads a body behind its answer never gets the next request’s', async () => {
    const got: string[] = [];
    let first: Request | null = null;
    await using server = await ObservedServer.start(async (_session, request) => {
      if (first === null) {
        first = request;
        return [200, 'OK', {}, 'first'];
      }
      try {
        got.push(await text(first));
      } catch (error) {
        got.push((error as { code: string }).code);
      }
      return [200, 'OK', {}, await text(request)];
    });
    await using client = await RawClient.to(server.address);
    const post = 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
    client.send(`${post}3\r\nabc\r\n0\r\n\r\n`);
    await client.response();
    client.send(`${post}3\r\ndef\r\n0\r\n\r\n`);
    const second = await client.response();
    expect(got).to.deep.equal(['GUDEG_ERR_REQUEST_OVER']);
    expect(second.status).to.equal(200);
  });

  it('reads headers behind its answer gets a clear error', async () => {
    let kept: Request | null = null;
    await using server = await ObservedServer.start((_session, request) => {
      kept = request;
      return [200, 'OK', {}, 'fine'];
    });
    await exchange(server.address, LAST);
    expect(() => (kept as unknown as Request).headers)
      .to.throw()
      .with.property('code', 'GUDEG_ERR_REQUEST_OVER');
  });

  it('cuts all connections in the middle of a turn is no danger', async () => {
    let count = 0;
    await using server: ObservedServer = await ObservedServer.start(
      except(() => {
        if (++count === 3) server.closeAllConnections();
        return [200, 'OK', {}, 'x'];
      }),
    );
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => RawClient.to(server.address)),
    );
    for (const client of clients) client.send(GET.repeat(3));
    await Promise.all(clients.map((client) => Promise.race([client.ending, client.receive(30)])));
    await serves(server);
    for (const client of clients) client.socket.destroy();
  });

  it('closes its server while it answers still gets its answer out', async () => {
    const server: ObservedServer = await ObservedServer.start(() => {
      void server.close();
      return [200, 'OK', {}, 'last'];
    });
    await using client = await RawClient.to(server.address);
    expect(await client.send(GET).rest()).to.match(/connection: close\r\n\r\nlast$/);
    client.finish();
    await server.close();
  });

  it('answers HEAD with any streamed body leaves the connection usable', async () => {
    await using server = await ObservedServer.start(
      (_session, request, { BodyIter, ChunkedBodyIter }) => [
        200,
        'OK',
        {},
        request.uri === '/chunks'
          ? new ChunkedBodyIter([
              [null, Buffer.from('abc')],
              [null, Buffer.alloc(0)],
            ])
          : new BodyIter(['abc'], 3),
      ],
    );
    await using client = await RawClient.to(server.address);
    for (const uri of ['/', '/chunks', '/', '/chunks']) {
      const response = await client.request(`HEAD ${uri} HTTP/1.1\r\nhost: x\r\n\r\n`);
      expect(response.status).to.equal(200);
      expect(response.wire).to.equal('');
    }
    expect((await client.request(GET)).body).to.equal('abc');
  });
});

describe('the life of a server', () => {
  const app: App = () => [200, 'OK', {}, 'fine'];

  it('may end before it has begun', async () => {
    const server = new Server(['127.0.0.1', 0], app);
    const listening = server.listen().then(
      () => 'listens',
      (error: unknown) => (error as { code: string }).code,
    );
    const closed = server.close();
    expect(await listening).to.equal('GUDEG_ERR_SERVER_STATE');
    await closed;
  });

  it('begins once, however often it is asked to', async () => {
    const server = new Server(['127.0.0.1', 0], app);
    const results = await Promise.allSettled([server.listen(), server.listen(), server.listen()]);
    expect(results.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    await serves(server);
    await server.close();
  });

  it('isn’t prolonged by a client that takes its answer slowly', async () => {
    const server = await TempServer.start(() => [200, 'OK', {}, Buffer.alloc(4_000_000)]);
    await using client = await RawClient.to(server.address);
    client.socket.pause();
    client.send(GET);
    while (server.connectionCount === 0) await delay(5);
    await delay(50);
    const closed = server.close();
    client.socket.resume();
    client.finish();
    await closed;
  });
});

async function text(request: Request): Promise<string> {
  return await (request.body as { text(): Promise<string> }).text();
}

function deferred(): { promise: Promise<void>; resolve(): void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
