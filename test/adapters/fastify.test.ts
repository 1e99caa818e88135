import { expect } from 'chai';
import Fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { Body, BodyIter, ChunkedBodyIter, Router, type App } from 'gudeg';
import { rgi } from 'gudeg/fastify';

import { RawClient } from '../support/raw-client.ts';

const hello: App = () => [200, 'OK', { 'content-type': 'text/plain' }, 'hello'];
const where: App = (_session, { mount, path }) => [200, 'OK', {}, JSON.stringify([mount, path])];

async function closed(fastify: FastifyInstance, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } finally {
    await fastify.close();
  }
}

async function port(fastify: FastifyInstance): Promise<number> {
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  return (fastify.server.address() as AddressInfo).port;
}

describe('rgi() in Fastify', () => {
  it('refuses what is no app, at once', () => {
    expect(() => rgi(5 as unknown as App)).to.throw(TypeError, /app must be an app/);
  });

  it('runs the hooks of the host around the app, in their order', async () => {
    const order: string[] = [];
    const note = (name: string): Promise<void> => {
      order.push(name);
      return Promise.resolve();
    };
    const fastify = Fastify();
    fastify.addHook('onRequest', () => note('onRequest'));
    fastify.addHook('preParsing', () => note('preParsing'));
    fastify.addHook('preValidation', () => note('preValidation'));
    fastify.addHook('preHandler', () => note('preHandler'));
    fastify.addHook('onSend', () => note('onSend'));
    fastify.addHook('onResponse', () => note('onResponse'));

    const app: App = () => {
      order.push('app');
      return [200, 'OK', {}, null];
    };
    await fastify.register(rgi(app), { prefix: '/x' });
    await fastify.inject({ method: 'POST', url: '/x', payload: { a: 1 } });
    await turn();
    expect(order).to.deep.equal([
      'onRequest',
      'preParsing',
      'preValidation',
      'preHandler',
      'app',
      'onSend',
      'onResponse',
    ]);
  });

  it('keeps to its part: hooks and parsers inside and beside it are apart', async () => {
    const fastify = Fastify();
    const order: string[] = [];
    await fastify.register(async (inner) => {
      inner.addHook('onRequest', (_request, _reply, next) => {
        order.push('inner');
        next();
      });
      await inner.register(rgi(hello), { prefix: '/in' });
    });
    fastify.post('/out', (request) => request.body);
    const out = await fastify.inject({ method: 'POST', url: '/out', payload: { a: 1 } });
    expect(out.json()).to.deep.equal({ a: 1 });
    expect(order).to.deep.equal([]);
    expect((await fastify.inject('/in')).body).to.equal('hello');
    expect(order).to.deep.equal(['inner']);
  });

  it('finds its part of the path below nested and parametric prefixes', async () => {
    const fastify = Fastify();
    await fastify.register(
      async (inner) => {
        await inner.register(rgi(where), { prefix: '/files' });
      },
      { prefix: '/users/:id' },
    );
    const { body } = await fastify.inject('/users/a%20b/files/c/d%2Fe');
    expect(JSON.parse(body)).to.deep.equal([
      ['users', 'a%20b', 'files'],
      ['c', 'd%2Fe'],
    ]);
  });

  it('takes the whole server without a prefix, but for the routes that are there', async () => {
    const fastify = Fastify();
    fastify.get('/own', () => 'own');
    await fastify.register(rgi(where));
    expect((await fastify.inject('/own')).body).to.equal('own');
    expect((await fastify.inject('/')).body).to.equal('[[],[]]');
    expect((await fastify.inject('/a/b')).body).to.equal('[[],["a","b"]]');
  });

  it('stands beside others', async () => {
    const fastify = Fastify();
    await fastify.register(rgi(where), { prefix: '/one' });
    await fastify.register(rgi(hello), { prefix: '/two' });
    expect((await fastify.inject('/one/a')).body).to.equal('[["one"],["a"]]');
    expect((await fastify.inject('/two/a')).body).to.equal('hello');
  });

  it('takes every method, or those that are named', async () => {
    const fastify = Fastify();
    const method: App = (_session, request) => [200, 'OK', {}, request.method];
    await fastify.register(rgi(method), { prefix: '/all' });
    await fastify.register(rgi(method), { prefix: '/some', methods: ['GET', 'PURGE'] });
    const ask = async (name: string, url: string): Promise<number> =>
      (await fastify.inject({ method: name as 'GET', url })).statusCode;
    for (const name of ['GET', 'PUT', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH']) {
      expect(await ask(name, '/all'), name).to.equal(200);
    }
    expect(await ask('PURGE', '/some')).to.equal(200);
    expect(await ask('PUT', '/some')).to.equal(404);
  });

  it('sends the fields that hooks have set; both sides add to cookies and vary', async () => {
    const fastify = Fastify();
    fastify.addHook('onRequest', async (_request, reply) => {
      void reply.header('set-cookie', 'host=1').header('vary', 'origin').header('x-a', 'host');
      reply.raw.setHeader('x-raw', 'host');
    });
    await fastify.register(
      rgi(() => [
        200,
        'OK',
        { 'set-cookie': ['app=1', 'app=2'], vary: 'accept', 'x-a': 'app' },
        null,
      ]),
    );
    const { headers } = await fastify.inject('/');
    expect(headers).to.deep.include({
      'set-cookie': ['host=1', 'app=1', 'app=2'],
      'x-a': 'app',
      'x-raw': 'host',
    });
    expect(String(headers.vary)).to.match(/^origin, ?accept$/);
  });

  it('shows the answer to onSend hooks, which may change it', async () => {
    const fastify = Fastify();
    const seen: string[] = [];
    fastify.addHook('onSend', async (_request, reply, payload) => {
      if (payload === undefined || typeof payload === 'string') return payload;
      const bytes = Buffer.isBuffer(payload)
        ? payload
        : Buffer.concat((await (payload as Readable).toArray()) as Buffer[]);
      const text = bytes.toString();
      seen.push(text);
      void reply.header('x-seen', text.length);
      return text.toUpperCase();
    });
    const router = new Router({
      text: () => [200, 'Fine', { 'content-type': 'text/plain' }, 'text'],
      iter: () => [200, 'OK', {}, new BodyIter(['it', 'er'], 4)],
      chunks: () => [
        200,
        'OK',
        {},
        new ChunkedBodyIter([
          [null, 'chunks'],
          [null, ''],
        ]),
      ],
      null: () => [204, 'No Content', { 'set-cookie': ['a', 'b'] }, null],
      bad: () => [200, 'OK', { 'content-length': 9 }, 'x'],
    });
    await fastify.register(rgi(router));
    for (const name of ['text', 'iter', 'chunks']) {
      const { body, headers } = await fastify.inject(`/${name}`);
      expect(body).to.equal(name.toUpperCase());
      expect(headers['content-length']).to.equal(String(name.length));
      expect(headers['x-seen']).to.equal(String(name.length));
    }
    expect(seen).to.deep.equal(['text', 'iter', 'chunks']);
    expect((await fastify.inject('/text')).statusMessage).to.equal('Fine');
    const none = await fastify.inject('/null');
    expect([none.statusCode, none.headers['set-cookie']]).to.deep.equal([204, ['a', 'b']]);
    const head = await fastify.inject({ method: 'HEAD', url: '/text' });
    expect([head.body, head.headers['content-length']]).to.deep.equal(['', '4']);
    expect((await fastify.inject('/bad')).json()).to.include({
      statusCode: 500,
      code: 'GUDEG_ERR_APP_RESPONSE',
    });
  });

  it('streams through onSend hooks', async () => {
    const fastify = Fastify();
    fastify.addHook('onSend', async (_request, _reply, payload) =>
      (payload as Readable).pipe(new PassThrough()),
    );
    await fastify.register(rgi(() => [200, 'OK', {}, new BodyIter(['a', 'b'], 2)]));
    const { body } = await fastify.inject('/');
    expect(body).to.equal('ab');
  });

  it('has its requests logged once, with status and time', async () => {
    const lines: Record<string, unknown>[] = [];
    const stream = {
      write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    };
    const fastify = Fastify({ logger: { stream } });
    await fastify.register(rgi(() => turn().then(() => [418, 'Teapot', {}, 'tea'] as const)));
    await fastify.inject('/pot');
    await turn();
    const done = lines.filter(({ msg }) => msg === 'request completed');
    expect(done).to.have.lengthOf(1);
    expect(done[0]?.['res']).to.deep.equal({ statusCode: 418 });
    expect(done[0]?.['responseTime']).to.be.a('number').above(0);
  });

  it('is called by inject(), with a body, and a session of its own', async () => {
    const fastify = Fastify();
    await fastify.register(
      rgi(async (session, { body }) => [
        200,
        'OK',
        { 'x-address': String(session.address) },
        (await body?.text()) ?? 'none',
      ]),
    );
    const { body, headers } = await fastify.inject({ method: 'POST', url: '/', payload: 'hi' });
    expect(body).to.equal('hi');
    expect(headers['x-address']).to.equal('127.0.0.1,0');
    expect((await fastify.inject('/')).body).to.equal('none');
  });

  it('hands errors to the error handler of its context, with their status', async () => {
    const fastify = Fastify();
    const onError: unknown[] = [];
    fastify.addHook('onError', async (_request, _reply, error) => void onError.push(error.message));
    await fastify.register(
      rgi(async (_session, { body }) => [200, 'OK', {}, String(await body?.json())]),
    );
    const bad = await fastify.inject({ method: 'POST', url: '/', payload: '{' });
    expect(bad.json()).to.include({ statusCode: 400, code: 'GUDEG_ERR_BODY_JSON' });
    expect(onError).to.have.lengthOf(1);
    expect(onError[0]).to.match(/not JSON/);
  });

  it('refuses announced bodies above the limit of the host, or its own', async () => {
    const fastify = Fastify({ bodyLimit: 10 });
    const read: App = async (_session, { body }) => [200, 'OK', {}, (await body?.read()) ?? null];
    await fastify.register(rgi(read), { prefix: '/host' });
    await fastify.register(rgi(read), { prefix: '/own', bodyLimit: 20 });
    const post = async (url: string, size: number): Promise<number> =>
      (await fastify.inject({ method: 'POST', url, payload: 'x'.repeat(size) })).statusCode;
    expect(await post('/host', 10)).to.equal(200);
    expect(await post('/host', 11)).to.equal(413);
    expect(await post('/own', 20)).to.equal(200);
    expect(await post('/own', 21)).to.equal(413);
    const payload = new PassThrough();
    payload.end('x'.repeat(11));
    const chunked = await fastify.inject({
      method: 'POST',
      url: '/host',
      payload,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect([chunked.statusCode, chunked.json<{ code: string }>().code]).to.deep.equal([
      413,
      'GUDEG_ERR_BODY_TOO_LARGE',
    ]);
  });

  it('says so where a hook has replaced the body', async () => {
    const fastify = Fastify();
    fastify.addHook('preParsing', async (_request, _reply, payload) =>
      payload.pipe(new PassThrough()),
    );
    await fastify.register(rgi(hello));
    const { statusCode, body } = await fastify.inject({ method: 'POST', url: '/', payload: 'x' });
    expect([statusCode, body]).to.deep.include(500);
    expect(body).to.include('GUDEG_ERR_HOST_BODY_READ');
  });

  it('answers a rejected connection with 403', async () => {
    const app: App = () => [200, 'OK', {}, null];
    app.onConnect = () => false;
    const fastify = Fastify();
    await fastify.register(rgi(app));
    const { statusCode, body } = await fastify.inject('/');
    expect(statusCode).to.equal(403);
    expect(body).to.include('GUDEG_ERR_CONNECTION_REJECTED');
  });

  it('lets go of an answer that comes behind the time that the host gave it', async () => {
    const fastify = Fastify({ handlerTimeout: 20 });
    let freed: () => void = () => undefined;
    const isFreed = new Promise<void>((resolve) => (freed = resolve));
    let answer: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    await fastify.register(
      rgi(async () => {
        await gate;
        return [200, 'OK', {}, new Body({ read: () => Buffer.from('x'), close: freed }, 1)];
      }),
    );
    const { statusCode } = await fastify.inject('/');
    expect(statusCode).to.equal(503);
    answer();
    await isFreed;
  });

  it('is waited for when the host closes', async () => {
    const fastify = Fastify();
    let isCalled: () => void = () => undefined;
    const called = new Promise<void>((resolve) => (isCalled = resolve));
    let answer: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    await fastify.register(
      rgi(async () => {
        isCalled();
        await gate;
        return [200, 'OK', {}, 'late'];
      }),
    );
    const address = ['127.0.0.1', await port(fastify)] as const;
    await closed(fastify, async () => {
      await using client = await RawClient.to(address);
      client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
      await called;
      const closing = fastify.close();
      answer();
      expect((await client.response()).body).to.equal('late');
      client.socket.end();
      await closing;
    });
  });
});
