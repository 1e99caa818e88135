import { expect } from 'chai';
import type { App, Request } from 'gudeg';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { rejected } from '../caught.ts';

/** What an app sees of a request, by a function that gives something JSON can hold. */
async function seen(head: string, look: (request: Request) => unknown): Promise<unknown> {
  // Not 2xx: that would be a tunnel to CONNECT.
  await using server = await ObservedServer.start((_session, request) => [
    400,
    'Shown',
    {},
    JSON.stringify(look(request)),
  ]);
  await using client = await RawClient.to(server.address);
  const response = await client.send(head).response();
  expect(server.errors).to.deep.equal([]);
  return JSON.parse(Buffer.from(response.body, 'latin1').toString());
}

const get = (target: string, method = 'GET'): string =>
  `${method} ${target} HTTP/1.1\r\nhost: a\r\n\r\n`;
const withFields = (...lines: string[]): string =>
  ['GET / HTTP/1.1', 'host: a', ...lines, '', ''].join('\r\n');

describe('a request', () => {
  describe('method', () => {
    for (const method of [
      ...['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'M-SEARCH'],
      ...['get', 'Get', 'X', "!#$%&'*+-.^_`|~09", 'A'.repeat(200)],
    ]) {
      it(`may be ${method.slice(0, 20)}`, async () => {
        expect(await seen(get('/', method), (request) => request.method)).to.equal(method);
      });
    }

    for (const method of ['G(T', 'GÉT', '"GET"', 'G@T']) {
      it(`may not be ${method}`, async () => {
        await using server = await ObservedServer.start(() => [200, 'OK', {}, null]);
        await using client = await RawClient.to(server.address);
        expect((await client.request(get('/', method))).status).to.equal(400);
      });
    }
  });

  describe('target', () => {
    const parts = ({ uri, mount, path, query }: Request): unknown => [uri, mount, path, query];

    for (const [target, path, query] of [
      ['/', [], null],
      ['/foo', ['foo'], null],
      ['/foo/', ['foo', ''], null],
      ['/foo//bar/', ['foo', '', 'bar', ''], null],
      ['//foo', ['', 'foo'], null],
      ['/a/../b', ['a', '..', 'b'], null],
      ['/%2e%2E/a%2Fb%00', ['%2e%2E', 'a%2Fb%00'], null],
      ['/a;b=c,d', ['a;b=c,d'], null],
      ['/foo?', ['foo'], ''],
      ['/?a=b&c', [], 'a=b&c'],
      ['/foo?a/b?c', ['foo'], 'a/b?c'],
      [`/${'x'.repeat(5000)}`, ['x'.repeat(5000)], null],
    ] as [string, string[], string | null][]) {
      it(`${target.slice(0, 30)} has its path in raw components`, async () => {
        expect(await seen(get(target), parts)).to.deep.equal([target, [], path, query]);
      });
    }

    it('* has no path', async () => {
      expect(await seen(get('*', 'OPTIONS'), parts)).to.deep.equal(['*', [], [], null]);
    });

    it('host:port belongs to CONNECT and has no path', async () => {
      const head = get('example.com:443', 'CONNECT');
      const uri = await seen(head.replace('host: a', 'host: example.com:443'), parts);
      expect(uri).to.deep.equal(['example.com:443', [], [], null]);
    });

    it('in absolute form has the path behind the authority', async () => {
      for (const [target, path, query] of [
        ['http://a/foo/bar?x=y', ['foo', 'bar'], 'x=y'],
        ['http://a/', [], null],
        ['http://a', [], null],
        ['https://a:8443/x', ['x'], null],
      ] as [string, string[], string | null][]) {
        expect(await seen(get(target), parts)).to.deep.equal([target, [], path, query]);
      }
    });

    it('is moved to mount by shiftPath, and what is left goes upstream', async () => {
      const steps = await seen(get('/a/b/?q'), (request) => {
        const shifted = [request.shiftPath(), request.shiftPath()];
        const upstream = request.buildProxyUri();
        const { mount, path } = request;
        return [shifted, upstream, [...mount], [...path], request.shiftPath(), request.shiftPath()];
      });
      expect(steps).to.deep.equal([['a', 'b'], '/?q', ['a', 'b'], [''], '', null]);
    });

    it('is the same however often it was asked for before', async () => {
      await using server = await ObservedServer.start((_session, { uri, path }) => [
        200,
        'OK',
        {},
        `${uri} ${path.join()}`,
      ]);
      await using client = await RawClient.to(server.address);
      for (let i = 0; i < 6; i++) {
        for (const target of ['/one', '/two', '/three/3']) {
          const { body } = await client.request(get(target));
          expect(body).to.equal(`${target} ${target.slice(1).replace('/', ',')}`);
        }
      }
    });

    it('changed by one request stays as it came for the next', async () => {
      await using server = await ObservedServer.start((_session, request) => {
        const first = request.shiftPath();
        request.path.push('x');
        return [200, 'OK', {}, `${first} ${request.mount.join()}`];
      });
      await using client = await RawClient.to(server.address);
      for (let i = 0; i < 4; i++) expect((await client.request(get('/a/b'))).body).to.equal('a a');
    });
  });

  describe('headers', () => {
    const headers = (request: Request): unknown => request.headers;

    it('have lower-case names and trimmed values', async () => {
      const head = withFields('X-Custom:  a b \t', 'ACCEPT: */*', 'x-empty:');
      expect(await seen(head, headers)).to.deep.equal({
        host: 'a',
        'x-custom': 'a b',
        accept: '*/*',
        'x-empty': '',
      });
    });

    it('that occur more than once are joined', async () => {
      const head = withFields('x-a: 1', 'X-A: 2', 'cookie: a=1', 'x-a: 3', 'Cookie: b=2');
      expect(await seen(head, headers)).to.deep.equal({
        host: 'a',
        'x-a': '1, 2, 3',
        cookie: 'a=1; b=2',
      });
    });

    it('named like parts of an object are fields like any other', async () => {
      const head = withFields('__proto__: x', 'constructor: y', 'toString: z', '__proto__: w');
      const found = await seen(head, ({ headers: given }) => [
        Object.getPrototypeOf(given) === null || Object.getPrototypeOf(given) !== Object.prototype,
        Object.entries(given),
        'hasOwnProperty' in given,
      ]);
      expect(found).to.deep.equal([
        true,
        [
          ['host', 'a'],
          ['__proto__', 'x, w'],
          ['constructor', 'y'],
          ['tostring', 'z'],
        ],
        false,
      ]);
    });

    it('have types where Degu gives them types', async () => {
      const head =
        'PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nrange: bytes=3-8\r\ncontent-range: bytes 3-8/12\r\n\r\n';
      const found = await seen(head, (request) => {
        const { range, 'content-range': contentRange, 'content-length': length } = request.headers;
        return [typeof length, length, typeof range, String(range), String(contentRange)];
      });
      expect(found).to.deep.equal(['number', 0, 'object', 'bytes=3-8', 'bytes 3-8/12']);
      const other = await seen(
        withFields('range: bytes=-5'),
        ({ headers: given }) => given['range'],
      );
      expect(other).to.equal('bytes=-5');
    });

    it('keep bytes beyond ASCII as Latin-1', async () => {
      expect(await seen(withFields('x: caf\xe9\xff'), headers)).to.include({ x: 'caf\xe9\xff' });
    });

    it('may be a hundred, or as long as a head may be', async () => {
      const lines = Array.from({ length: 99 }, (_, i) => `x-${i}: ${i}`);
      const found = (await seen(withFields(...lines), headers)) as Record<string, string>;
      expect(Object.keys(found)).to.have.length(100);
      expect(found['x-98']).to.equal('98');
      const long = 'v'.repeat(32_000);
      expect(await seen(withFields(`x: ${long}`), headers)).to.include({ x: long });
    });

    it('are the same object every time', async () => {
      expect(await seen(get('/'), (request) => request.headers === request.headers)).to.equal(true);
    });

    it('come raw, too: names and values as received, in order', async () => {
      const head = withFields('B: 2', 'a:1', 'B:  3 ', '__Proto__: x');
      const raw = ['host', 'a', 'B', '2', 'a', '1', 'B', '3', '__Proto__', 'x'];
      expect(await seen(head, (request) => request.rawHeaders)).to.deep.equal(raw);
    });

    it('arrive in any pieces', async () => {
      await using server = await ObservedServer.start((_session, request) => [
        200,
        'OK',
        {},
        JSON.stringify([request.method, request.uri, request.headers]),
      ]);
      await using client = await RawClient.to(server.address);
      for (const byte of 'FETCH /a/b?c HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n\r\n') {
        client.send(byte);
        await new Promise(setImmediate);
      }
      const { body } = await client.response();
      expect(JSON.parse(body)).to.deep.equal(['FETCH', '/a/b?c', { host: 'a', 'x-y': 'z' }]);
    });
  });

  describe('looked at late', () => {
    const late: App = async (_session, request) => {
      const { path } = request;
      const wait = path[0] === 'turns' ? 3 : 0;
      await Promise.resolve();
      for (let i = 0; i < wait; i++) await new Promise(setImmediate);
      const { headers, rawHeaders, method, uri } = request;
      return [200, 'OK', {}, JSON.stringify([method, uri, headers, rawHeaders])];
    };

    for (const [what, target] of [
      ['in a microtask', '/soon'],
      ['in a later turn', '/turns'],
    ] as const) {
      it(`${what} shows what it always showed, on many connections at once`, async () => {
        await using server = await ObservedServer.start(late);
        const clients = await Promise.all(
          Array.from({ length: 8 }, () => RawClient.to(server.address)),
        );
        for (let round = 0; round < 3; round++) {
          for (const [i, client] of clients.entries()) {
            client.send(
              `X${i} ${target}?${round} HTTP/1.1\r\nhost: h${i}\r\nn: ${'v'.repeat(i * 100)}\r\n\r\n`,
            );
          }
          for (const [i, client] of clients.entries()) {
            const n = 'v'.repeat(i * 100);
            expect(JSON.parse((await client.response()).body)).to.deep.equal([
              `X${i}`,
              `${target}?${round}`,
              { host: `h${i}`, n },
              ['host', `h${i}`, 'n', n],
            ]);
          }
        }
        for (const client of clients) await client[Symbol.asyncDispose]();
        expect(server.errors).to.deep.equal([]);
      });
    }

    it('behind its answer says that it is over', async () => {
      const requests: Request[] = [];
      await using server = await ObservedServer.start((_session, request) => {
        requests.push(request);
        return [200, 'OK', {}, null];
      });
      await using client = await RawClient.to(server.address);
      await client.request(get('/'));
      await client.request(get('/'));
      const [first] = requests;
      const error = await rejected(
        'GUDEG_ERR_REQUEST_OVER',
        Promise.resolve().then(() => first?.headers),
      );
      expect(error.message).to.match(
        /^the head of GET \/ is gone because .*; use request.headers before$/,
      );
    });
  });

  describe('that breaks the rules', () => {
    const bad = { dateHeader: false };

    for (const [what, head, status, code] of [
      ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, 'GUDEG_ERR_HTTP_MISSING_HOST'],
      ['two hosts', withFields('host: a'), 400, 'GUDEG_ERR_HTTP_DUPLICATE_HOST'],
      ['a bare line feed', 'GET / HTTP/1.1\nhost: a\n\n', 400, 'GUDEG_ERR_HTTP_BARE_LINE_FEED'],
      ['folding', withFields('a: b', ' c'), 400, 'GUDEG_ERR_HTTP_OBSOLETE_FOLDING'],
      ['a space before the colon', withFields('a : b'), 400, 'GUDEG_ERR_HTTP_BAD_FIELD_NAME'],
      ['no colon', withFields('abc'), 400, 'GUDEG_ERR_HTTP_BAD_FIELD_LINE'],
      ['a NUL in a value', withFields('a: b\0c'), 400, 'GUDEG_ERR_HTTP_BAD_FIELD_VALUE'],
      [
        'length and chunks',
        withFields('content-length: 1', 'transfer-encoding: chunked'),
        400,
        'GUDEG_ERR_HTTP_LENGTH_AND_TRANSFER_ENCODING',
      ],
      [
        'two lengths',
        withFields('content-length: 1', 'content-length: 1'),
        400,
        'GUDEG_ERR_HTTP_DUPLICATE_CONTENT_LENGTH',
      ],
      ['an odd length', withFields('content-length: +1'), 400, 'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH'],
      [
        'an unknown coding',
        withFields('transfer-encoding: gzip, chunked'),
        501,
        'GUDEG_ERR_HTTP_UNSUPPORTED_TRANSFER_ENCODING',
      ],
      [
        'an unknown expectation',
        withFields('expect: more'),
        417,
        'GUDEG_ERR_HTTP_UNSUPPORTED_EXPECTATION',
      ],
      ['HTTP/2.0', 'GET / HTTP/2.0\r\nhost: a\r\n\r\n', 505, 'GUDEG_ERR_HTTP_UNSUPPORTED_VERSION'],
    ] as [string, string, number, string][]) {
      it(`by ${what} gets ${status} and the connection closes`, async () => {
        let calls = 0;
        await using server = await ObservedServer.start(() => {
          calls += 1;
          return [200, 'OK', {}, null];
        }, bad);
        await using client = await RawClient.to(server.address);
        const response = await client.send(head).response();
        expect(response.status).to.equal(status);
        expect(response.field('content-type')).to.equal('text/plain');
        expect(response.field('connection')).to.equal('close');
        expect(response.body).to.match(/^[a-zA-Z].*\n$/);
        expect(await client.ending).to.equal('closed');
        expect(server.protocolErrors).to.deep.equal([code]);
        expect(calls).to.equal(0);
      });
    }

    it('gets its refusal behind the answers of those before it', async () => {
      await using server = await ObservedServer.start(() => [200, 'OK', {}, null]);
      await using client = await RawClient.to(server.address);
      client.send(`${get('/')}${get('/')}GET / HTTP/1.1\r\n\r\n`);
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await client.response()).status);
      expect(statuses).to.deep.equal([200, 200, 400]);
    });
  });
});
