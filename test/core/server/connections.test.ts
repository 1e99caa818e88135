import { expect } from 'chai';
import type { App, Response } from 'gudeg';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';

const plain = { dateHeader: false };
const ok: App = (_session, { uri }) => [200, 'OK', {}, uri];
const get = (target: string, ...lines: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'host: a', ...lines, '', ''].join('\r\n');
const get10 = (target: string, ...lines: string[]): string =>
  [`GET ${target} HTTP/1.0`, ...lines, '', ''].join('\r\n');

describe('a connection', () => {
  it('stays open without being asked to', async () => {
    await using server = await ObservedServer.start(ok, plain);
    await using client = await RawClient.to(server.address);
    for (let i = 0; i < 5; i++) {
      const { body, lines } = await client.request(get(`/${i}`));
      expect([body, lines]).to.deep.equal([`/${i}`, ['content-length: 2']]);
    }
    expect(server.connectionCount).to.equal(1);
  });

  for (const value of ['close', 'Close', 'foo, close', 'close, te']) {
    it(`closes behind the answer to connection: ${value}`, async () => {
      await using server = await ObservedServer.start(ok, plain);
      await using client = await RawClient.to(server.address);
      const response = await client.request(get('/', `connection: ${value}`));
      expect(response.field('connection')).to.equal('close');
      expect(await client.ending).to.equal('closed');
    });
  }

  it('closes when the app says connection: close', async () => {
    await using server = await ObservedServer.start(
      () => [200, 'OK', { Connection: 'Close' }, 'x'],
      plain,
    );
    await using client = await RawClient.to(server.address);
    expect((await client.request(get('/'))).values('connection')).to.deep.equal(['Close']);
    expect(await client.ending).to.equal('closed');
  });

  it('answers no request behind the one that closes it', async () => {
    const uris: string[] = [];
    await using server = await ObservedServer.start((_session, { uri }) => {
      uris.push(uri);
      return [200, 'OK', {}, null];
    }, plain);
    await using client = await RawClient.to(server.address);
    client.send(get('/1', 'connection: close') + get('/2'));
    const text = await client.rest();
    expect(text.match(/HTTP\/1\.1 /g)).to.have.length(1);
    expect(uris).to.deep.equal(['/1']);
  });

  it('whose client sends no more is answered to its end', async () => {
    await using server = await ObservedServer.start(async (_session, { uri }) => {
      await new Promise(setImmediate);
      return [200, 'OK', {}, uri];
    }, plain);
    await using client = await RawClient.to(server.address);
    client.send(get('/1') + get('/2') + get('/3')).finish();
    const bodies = [];
    for (let i = 0; i < 3; i++) bodies.push((await client.response()).body);
    expect(bodies).to.deep.equal(['/1', '/2', '/3']);
    expect(await client.ending).to.equal('closed');
  });

  it('that brings nothing ends without an answer', async () => {
    await using server = await ObservedServer.start(ok, plain);
    await using client = await RawClient.to(server.address);
    expect(await client.finish().rest()).to.equal('');
    expect(server.protocolErrors).to.deep.equal([]);
  });

  describe('of HTTP/1.0', () => {
    it('closes behind its answer', async () => {
      await using server = await ObservedServer.start(ok, plain);
      await using client = await RawClient.to(server.address);
      const response = await client.request(get10('/'));
      expect(response.lines).to.deep.equal(['content-length: 1', 'connection: close']);
      expect(await client.ending).to.equal('closed');
    });

    it('stays open when the client asks for it, and says so', async () => {
      await using server = await ObservedServer.start(ok, plain);
      await using client = await RawClient.to(server.address);
      for (let i = 0; i < 2; i++) {
        const response = await client.request(get10('/', 'connection: keep-alive'));
        expect(response.field('connection')).to.equal('keep-alive');
      }
    });

    it('gets chunks as plain bytes up to the end of the connection', async () => {
      await using server = await ObservedServer.start(
        (_session, _request, api) => [
          200,
          'OK',
          {},
          new api.ChunkedBodyIter([
            [['k', 'v'], 'hello'],
            [null, ' world'],
            [null, ''],
          ] as const),
        ],
        plain,
      );
      await using client = await RawClient.to(server.address);
      client.send(get10('/', 'connection: keep-alive'));
      expect(await client.rest()).to.equal(
        'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello world',
      );
    });

    it('whose answer fails on its way is reset, since its end would look like the whole', async () => {
      await using server = await ObservedServer.start((_session, _request, api) => [
        200,
        'OK',
        {},
        new api.ChunkedBodyIter([[null, 'hello']]),
      ]);
      await using client = await RawClient.to(server.address);
      client.send(get10('/'));
      expect(await client.ending).to.equal('reset');
    });
  });

  describe('with pipelined requests', () => {
    it('gets its answers in order, whichever is ready first', async () => {
      await using server = await ObservedServer.start((_session, { uri, path }) => {
        const answer: Response = [200, 'OK', {}, uri];
        const turns = Number(path[0]) % 4;
        if (turns === 0) return answer;
        return new Promise((resolve) => setTimeout(resolve, turns, answer));
      }, plain);
      await using client = await RawClient.to(server.address);
      const targets = Array.from({ length: 40 }, (_, i) => `/${i * 7}`);
      client.send(targets.map((target) => get(target)).join(''));
      for (const target of targets) expect((await client.response()).body).to.equal(target);
    });

    it('has one of them with the app at a time', async () => {
      let running = 0;
      let most = 0;
      await using server = await ObservedServer.start(async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running -= 1;
        return [200, 'OK', {}, null];
      }, plain);
      await using client = await RawClient.to(server.address);
      client.send(get('/').repeat(20));
      for (let i = 0; i < 20; i++) await client.response();
      expect(most).to.equal(1);
    });

    it('gets a thousand of them answered, bodies and all', async () => {
      await using server = await ObservedServer.start(
        async (_session, { body }) => [200, 'OK', {}, (await body?.read()) ?? null],
        plain,
      );
      await using client = await RawClient.to(server.address);
      let text = '';
      for (let i = 0; i < 1000; i++) {
        const body = 'b'.repeat(i % 50);
        text += `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      }
      client.send(text);
      for (let i = 0; i < 1000; i++) {
        expect((await client.response()).body).to.have.length(i % 50);
      }
    });

    it('gets the answers of one turn in one piece', async () => {
      await using server = await ObservedServer.start(ok, plain);
      await using client = await RawClient.to(server.address);
      const pieces: number[] = [];
      client.socket.on('data', (data) => pieces.push(data.length));
      client.send(get('/').repeat(10));
      for (let i = 0; i < 10; i++) await client.response();
      expect(pieces).to.have.length(1);
    });

    it('ignores the line end between two requests', async () => {
      await using server = await ObservedServer.start(ok, plain);
      await using client = await RawClient.to(server.address);
      client.send(`${get('/1')}\r\n${get('/2')}`);
      expect((await client.response()).body).to.equal('/1');
      expect((await client.response()).body).to.equal('/2');
    });
  });

  describe('that expects 100-continue', () => {
    const post = (length: number): string =>
      `POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`;

    it('gets it once the app reads the body', async () => {
      let reads = (): void => undefined;
      const reading = new Promise<void>((resolve) => (reads = resolve));
      await using server = await ObservedServer.start(async (_session, { body }) => {
        await new Promise(setImmediate);
        const text = body?.text();
        reads();
        return [200, 'OK', {}, (await text) ?? ''];
      }, plain);
      await using client = await RawClient.to(server.address);
      client.send(post(5));
      await reading;
      const first = await client.response();
      expect([first.status, first.reason, first.lines]).to.deep.equal([100, 'Continue', []]);
      client.send('hello');
      expect((await client.response()).body).to.equal('hello');
      expect((await client.request(get('/'))).status).to.equal(200);
    });

    it('does not get it when the body came unasked', async () => {
      await using server = await ObservedServer.start(
        async (_session, { body }) => [200, 'OK', {}, (await body?.read()) ?? ''],
        plain,
      );
      await using client = await RawClient.to(server.address);
      client.send(`${post(5)}hello`);
      expect((await client.response()).status).to.equal(200);
      expect((await client.request(get('/'))).status).to.equal(200);
    });

    it('is closed when the app answers without reading', async () => {
      await using server = await ObservedServer.start(() => [403, 'Forbidden', {}, 'no'], plain);
      await using client = await RawClient.to(server.address);
      const response = await client.request(post(5));
      expect([response.status, response.field('connection')]).to.deep.equal([403, 'close']);
      expect(await client.ending).to.equal('closed');
    });

    it('gets no 100 when the request has no body', async () => {
      await using server = await ObservedServer.start(ok, plain);
      await using client = await RawClient.to(server.address);
      expect((await client.request(get('/', 'expect: 100-continue'))).status).to.equal(200);
      expect((await client.request(get('/'))).status).to.equal(200);
    });
  });

  describe('with maxRequests', () => {
    it('closes behind the last of them', async () => {
      await using server = await ObservedServer.start(
        ({ requests, closed, message, maxRequests }) => [
          200,
          'OK',
          {},
          JSON.stringify([requests, closed, message, maxRequests]),
        ],
        { ...plain, maxRequests: 3 },
      );
      await using client = await RawClient.to(server.address);
      client.send(get('/').repeat(5));
      const answers = [];
      for (let i = 0; i < 3; i++) answers.push(await client.response());
      expect(answers.map(({ body }) => body)).to.deep.equal([
        '[0,false,null,3]',
        '[1,false,null,3]',
        '[2,false,null,3]',
      ]);
      expect(answers.map((answer) => answer.field('connection'))).to.deep.equal([
        undefined,
        undefined,
        'close',
      ]);
      expect(await client.rest()).to.equal('');
    });
  });
});
