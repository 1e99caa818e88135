import { expect } from 'chai';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import {
  Body,
  BodyIter,
  ChunkedBodyIter,
  Validator,
  type App,
  type Request,
  type Session,
} from 'gudeg';

import { RawClient } from '../support/raw-client.ts';
import { hostKinds, type Host, type HostKind } from './hosts.ts';

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`;

/** A source of `count` pieces that tells how many were asked for, and whether it was ended. */
function pieces(
  count: number,
  size = 65_536,
): AsyncIterable<Buffer> & { given: number; ended: Promise<void> } {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const source = {
    given: 0,
    ended,
    async *[Symbol.asyncIterator]() {
      try {
        for (; source.given < count; source.given += 1) {
          await turn();
          yield Buffer.alloc(size, 97);
        }
      } finally {
        end();
      }
    },
  };
  return source;
}

function contract(kind: HostKind): void {
  const { name, keepsExtensions } = kind;
  const start = (app: App): Promise<Host> => kind.start(app);
  describe(`an app in ${name}`, () => {
    for (const [what, body, text] of [
      ['text', () => 'héllo', 'hÃ©llo'],
      ['bytes', () => Buffer.from('bytes'), 'bytes'],
      ['a Uint8Array', () => new Uint8Array([104, 105]), 'hi'],
      ['empty text', () => '', ''],
      ['a Body', () => new Body(Buffer.from('body'), 4), 'body'],
      ['an empty Body', () => new Body(Buffer.alloc(0), 0), ''],
      ['a BodyIter', () => new BodyIter(['ab', Buffer.from('cd')], 4), 'abcd'],
    ] as const) {
      it(`answers ${what} with its length`, async () => {
        await using host = await start(() => [200, 'OK', { 'x-y': 1 }, body()]);
        await using client = await RawClient.to(host.address);
        const response = await client.request(get('/base'));
        expect(response.status).to.equal(200);
        expect(response.field('x-y')).to.equal('1');
        expect(response.field('content-length')).to.equal(String(text.length));
        expect(response.values('transfer-encoding')).to.deep.equal([]);
        expect(response.body).to.equal(text);
        expect(host.errors).to.deep.equal([]);
      });
    }

    it('answers null with length 0, and goes on with the connection', async () => {
      await using host = await start(() => [200, 'OK', {}, null]);
      await using client = await RawClient.to(host.address);
      for (let i = 0; i < 2; i += 1) {
        const response = await client.request(get('/base/x'));
        expect(response.field('content-length')).to.equal('0');
      }
    });

    it('keeps the chunks of a ChunkedBodyIter and its trailers', async () => {
      await using host = await start(() => {
        const items = [
          [['k', 'v'], 'ab'],
          [null, 'cde'],
          [null, ''],
        ] as const;
        return [200, 'OK', {}, new ChunkedBodyIter(items, { trailers: { 'x-end': '1' } })];
      });
      await using client = await RawClient.to(host.address);
      const response = await client.request(get('/base'));
      expect(response.field('transfer-encoding')).to.equal('chunked');
      const line = keepsExtensions ? '2;k=v' : '2';
      expect(response.wire).to.equal(`${line}\r\nab\r\n3\r\ncde\r\n0\r\nx-end: 1\r\n\r\n`);
    });

    it('answers with the reason, and one line for each item of a field', async () => {
      const fields = {
        'set-cookie': ['a=1', 'b=2'],
        'x-list': ['1', '2'],
        'x-url': new URL('http://a/'),
      };
      await using host = await start(() => [201, 'Made', fields, 'x']);
      await using client = await RawClient.to(host.address);
      const response = await client.request(get('/base'));
      expect([response.status, response.reason]).to.deep.equal([201, 'Made']);
      expect(response.values('set-cookie')).to.deep.equal(['a=1', 'b=2']);
      expect(response.values('x-list')).to.deep.equal(['1', '2']);
      expect(response.field('x-url')).to.equal('http://a/');
    });

    it('answers HEAD with the fields alone', async () => {
      const bodies: Readonly<Record<string, () => unknown>> = {
        text: () => 'hello',
        iter: () => new BodyIter(['hello'], 5),
        chunks: () => new ChunkedBodyIter([[null, '']]),
        null: () => null,
      };
      await using host = await start((_session, { path: [what = ''] }) => [
        200,
        'OK',
        {},
        bodies[what]?.() as null,
      ]);
      await using client = await RawClient.to(host.address);
      const framings: string[] = [];
      for (const what of Object.keys(bodies)) {
        const response = await client.request(`HEAD /base/${what} HTTP/1.1\r\nhost: a\r\n\r\n`);
        const lines = response.lines.filter((line) => /^(content-l|transfer)/i.test(line));
        framings.push(lines.join());
      }
      expect(framings).to.deep.equal([
        'content-length: 5',
        'content-length: 5',
        'transfer-encoding: chunked',
        '',
      ]);
    });

    it('answers 204 and 304 without a body and its fields', async () => {
      await using host = await start((_session, { path: [status] }) => [
        Number(status),
        'Nothing',
        { etag: '"a"' },
        null,
      ]);
      await using client = await RawClient.to(host.address);
      for (const status of [204, 304]) {
        const response = await client.request(get(`/base/${status}`));
        expect(response.status).to.equal(status);
        expect(response.lines.filter((line) => /^(content|transfer)/i.test(line))).to.deep.equal(
          [],
        );
      }
    });

    it('is asked with the request as it was received', async () => {
      const seen: unknown[] = [];
      await using host = await start((_session, request) => {
        const { method, uri, mount, path, query, rawHeaders, headers, body } = request;
        seen.push({ method, uri, mount, path, query, rawHeaders, headers: { ...headers }, body });
        return [200, 'OK', {}, null];
      });
      await using client = await RawClient.to(host.address);
      await client.request(
        'PROPFIND /base/a%2Fb//c/?q=1&r HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nCookie: a\r\ncookie: b\r\nRange: bytes=2-5\r\n\r\n',
      );
      const [first] = seen as [Record<string, unknown>];
      const { range, ...headers } = first['headers'] as Record<string, unknown>;
      expect(String(range)).to.equal('bytes=2-5');
      expect(range).to.include({ start: 2, stop: 6 });
      expect({ ...first, headers }).to.deep.equal({
        method: 'PROPFIND',
        uri: '/base/a%2Fb//c/?q=1&r',
        mount: ['base'],
        path: ['a%2Fb', '', 'c', ''],
        query: 'q=1&r',
        rawHeaders: [
          'Host',
          'h',
          'X-A',
          '1',
          'x-a',
          '2',
          'Cookie',
          'a',
          'cookie',
          'b',
          'Range',
          'bytes=2-5',
        ],
        headers: { host: 'h', 'x-a': '1, 2', cookie: 'a; b' },
        body: null,
      });
    });

    for (const [target, path, query] of [
      ['/base', [], null],
      ['/base/', [''], null],
      ['/base?q', [], 'q'],
      ['/base/?', [''], ''],
      ['/base/a/', ['a', ''], null],
    ] as const) {
      it(`finds its part of ${target}`, async () => {
        let seen: Request | null = null;
        await using host = await start(
          new Validator((_session, request) => {
            seen = request;
            return [200, 'OK', {}, null];
          }),
        );
        await using client = await RawClient.to(host.address);
        expect((await client.request(get(target))).status).to.equal(200);
        expect(seen).to.deep.include({ mount: ['base'], path, query, uri: target });
      });
    }

    it('gets a body of known length', async () => {
      await using host = await start(
        new Validator(async (_session, { body, headers }) => {
          const value = (await body?.json()) as { a: number };
          return [200, 'OK', { 'x-length': headers['content-length'] as number }, `${value.a}`];
        }),
      );
      await using client = await RawClient.to(host.address);
      client.send('POST /base HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n');
      client.send('content-length: 7\r\n\r\n{"a"');
      await turn();
      const response = await client.request(':1}');
      expect(response.body).to.equal('1');
      expect(response.field('x-length')).to.equal('7');
    });

    it('gets chunks, and the fields behind them', async () => {
      await using host = await start(async (_session, { body }) => {
        if (body?.chunked !== true) return [500, 'No', {}, null];
        const sizes: string[] = [];
        for await (const [extension, data] of body)
          sizes.push(`${extension?.join() ?? ''}${data.length}`);
        return [200, 'OK', {}, `${sizes.join(' ')} ${JSON.stringify(body.trailers)}`];
      });
      await using client = await RawClient.to(host.address);
      const response = await client.request(
        'POST /base HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nX-T: 1\r\n\r\n',
      );
      expect(response.body).to.equal(`${keepsExtensions ? 'a,b' : ''}3 1 0 {"x-t":"1"}`);
    });

    it('may answer the body as it comes', async () => {
      await using host = await start((_session, { body }) => [200, 'OK', {}, body]);
      await using client = await RawClient.to(host.address);
      const large = 'x'.repeat(3_000_000);
      client.send(`PUT /base HTTP/1.1\r\nhost: a\r\ncontent-length: ${large.length}\r\n\r\n`);
      const response = await client.request(large);
      expect(response.body.length).to.equal(large.length);
    });

    it('may leave a body unread', async () => {
      await using host = await start((_session, { path }) => [200, 'OK', {}, path.join()]);
      await using client = await RawClient.to(host.address);
      const post = 'POST /base/1 HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n';
      client.send(`${post}hello${get('/base/2')}`);
      expect((await client.response()).body).to.equal('1');
      expect((await client.response()).body).to.equal('2');
    });

    it('reads as fast as it asks, and no faster', async () => {
      let proceed: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (proceed = resolve));
      await using host = await start(async (_session, { body }) => {
        await gate;
        let count = 0;
        for await (const piece of body as Body) count += piece.length;
        return [200, 'OK', {}, `${count}`];
      });
      const [hostname, port] = host.address as readonly [string, number];
      const socket = connect(port, hostname);
      await once(socket, 'connect');
      const size = 64 * 1024 * 1024;
      socket.write(`POST /base HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(socket.writableLength).to.be.greaterThan(size / 2);
      proceed();
      let answer = '';
      socket.on('data', (data: Buffer) => (answer += data.toString()));
      while (!answer.endsWith(String(size))) await once(socket, 'data');
      socket.destroy();
    });

    it('is asked for no more of a body than the client takes', async () => {
      const source = pieces(2000);
      await using host = await start(() => [200, 'OK', {}, new BodyIter(source, 2000 * 65_536)]);
      const client = await RawClient.to(host.address);
      client.socket.pause();
      client.send(get('/base'));
      for (let before = -1; before !== source.given || before === 0;) {
        before = source.given;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      expect(source.given).to.be.lessThan(1000);
      client.socket.destroy();
      await source.ended;
      expect(host.errors).to.deep.equal([]);
    });

    it('sees one session for each connection', async () => {
      const sessions: Session[] = [];
      await using host = await start((session) => {
        sessions.push(session);
        const count = ((session.store['count'] as number | undefined) ?? 0) + 1;
        session.store['count'] = count;
        return [200, 'OK', {}, `${session.requests} ${count}`];
      });
      await using one = await RawClient.to(host.address);
      await using other = await RawClient.to(host.address);
      expect((await one.request(get('/base'))).body).to.equal('0 1');
      expect((await one.request(get('/base'))).body).to.equal('1 2');
      expect((await other.request(get('/base'))).body).to.equal('0 1');
      expect(sessions[0]).to.equal(sessions[1]);
      expect(sessions[0]).not.to.equal(sessions[2]);
      const { localPort } = one.socket;
      expect(sessions[0]?.address).to.deep.equal(['127.0.0.1', localPort]);
      expect(sessions[0]?.credentials).to.equal(null);
    });

    it('admits connections once', async () => {
      let count = 0;
      const app: App = (session) => [200, 'OK', {}, String(session.store['_user'])];
      app.onConnect = async (session) => {
        await turn();
        count += 1;
        session.store['_user'] = `user ${count}`;
        return true;
      };
      await using host = await start(app);
      await using client = await RawClient.to(host.address);
      expect((await client.request(get('/base'))).body).to.equal('user 1');
      expect((await client.request(get('/base'))).body).to.equal('user 1');
      expect(count).to.equal(1);
    });

    for (const [what, app, code] of [
      [
        'throws',
        () => {
          throw new Error('broken');
        },
        'broken',
      ],
      ['rejects', () => Promise.reject(new Error('broken')), 'broken'],
      [
        'rejects later',
        () =>
          turn().then(() => {
            throw new Error('broken');
          }),
        'broken',
      ],
      ['answers nothing', () => undefined, 'GUDEG_ERR_APP_RESPONSE'],
      ['answers no promise and no array', () => 5, 'GUDEG_ERR_APP_RESPONSE'],
      ['answers a status that is none', () => [99, 'OK', {}, null], 'GUDEG_ERR_APP_RESPONSE'],
      ['answers a body that is none', () => [200, 'OK', {}, 5], 'GUDEG_ERR_APP_RESPONSE'],
    ] as const) {
      it(`that ${what} is answered for with 500, and the host is told`, async () => {
        await using host = await start(app as unknown as App);
        await using client = await RawClient.to(host.address);
        expect((await client.request(get('/base'))).status).to.equal(500);
        expect(host.errors).to.deep.equal([code]);
      });
    }

    for (const [what, response] of [
      ['a line end in a field', [200, 'OK', { 'x-a': 'b\r\nc: d' }, 'x']],
      ['a line end in the reason', [200, 'O\nK', {}, 'x']],
      ['a length that is not true', [200, 'OK', { 'content-length': 5 }, 'x']],
      ['a body with 204', [204, 'No Content', {}, 'x']],
      ['an informational status', [101, 'Switching Protocols', {}, null]],
    ] as const) {
      it(`that answers ${what} is answered for with 500`, async () => {
        await using host = await start(() => response);
        await using client = await RawClient.to(host.address);
        const answer = await client.request(get('/base'));
        expect(answer.status).to.equal(500);
        expect(answer.lines.join()).not.to.match(/c: d/);
        expect(host.errors).to.have.lengthOf(1);
      });
    }

    it('that fails behind the head has its connection cut', async () => {
      await using host = await start(() => [200, 'OK', {}, new BodyIter(['ab'], 5)]);
      await using client = await RawClient.to(host.address);
      client.send(get('/base'));
      expect(await client.rest()).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nab$/);
      expect(host.errors).to.deep.equal(['GUDEG_ERR_BODY_LENGTH']);
    });

    it('whose client goes away is told while it reads, and nobody else is', async () => {
      let tell: (error: Error) => void = () => undefined;
      const told = new Promise<Error>((resolve) => (tell = resolve));
      await using host = await start(async (_session, { body }) => {
        try {
          await body?.read();
          return [200, 'OK', {}, null];
        } catch (error) {
          tell(error as Error);
          throw error;
        }
      });
      const client = await RawClient.to(host.address);
      client.send('POST /base HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nab');
      await turn();
      client.socket.destroy();
      expect(await told)
        .to.have.property('code')
        .that.matches(/CONNECTION_CLOSED|TRUNCATED/);
    });

    it('whose client goes away before the answer has its body freed', async () => {
      let answer: () => void = () => undefined;
      let isCalled: () => void = () => undefined;
      const called = new Promise<void>((resolve) => (isCalled = resolve));
      const gate = new Promise<void>((resolve) => (answer = resolve));
      let freed: () => void = () => undefined;
      const isFreed = new Promise<void>((resolve) => (freed = resolve));
      await using host = await start(async () => {
        isCalled();
        await gate;
        const source = { read: () => Buffer.from('x'), close: freed };
        return [200, 'OK', {}, new Body(source, 1)];
      });
      const client = await RawClient.to(host.address);
      client.send(get('/base'));
      await called;
      client.socket.destroy();
      await once(client.socket, 'close');
      answer();
      await isFreed;
    });

    it('answers pipelined requests in their order', async () => {
      await using host = await start(async (_session, { path }) => {
        if (path[0] === '0') await turn();
        return [200, 'OK', {}, path.join()];
      });
      await using client = await RawClient.to(host.address);
      client.send([0, 1, 2, 3].map((i) => get(`/base/${i}`)).join(''));
      const bodies: string[] = [];
      for (let i = 0; i < 4; i += 1) bodies.push((await client.response()).body);
      expect(bodies).to.deep.equal(['0', '1', '2', '3']);
    });

    it('may send early hints ahead of its answer', async () => {
      await using host = await start((_session, request) => {
        request.inform(103, { link: '</style.css>; rel=preload' });
        return [200, 'OK', {}, null];
      });
      await using client = await RawClient.to(host.address);
      const early = await client.request(get('/base'));
      expect(early.status).to.equal(103);
      expect(early.lines.join()).to.match(/^link: <\/style\.css>; rel=preload$/i);
      expect((await client.response()).status).to.equal(200);
    });

    it('lets the client wait for 100 before it sends its body', async () => {
      await using host = await start(async (_session, { body }) => [
        200,
        'OK',
        {},
        (await body?.text()) ?? '',
      ]);
      await using client = await RawClient.to(host.address);
      client.send(
        'POST /base HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n',
      );
      expect((await client.response()).status).to.equal(100);
      expect((await client.request('hi')).body).to.equal('hi');
    });

    it('is not asked for what lies beside it', async () => {
      if (name === 'Server') return;
      await using host = await start(() => [200, 'OK', {}, null]);
      await using client = await RawClient.to(host.address);
      expect((await client.request(get('/basement'))).status).to.equal(404);
      expect((await client.request(get('/'))).status).to.equal(404);
    });
  });
}

for (const kind of hostKinds) contract(kind);
