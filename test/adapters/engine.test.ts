import { expect } from 'chai';
import express from 'express';
import Fastify, { type FastifyServerOptions } from 'fastify';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { SSLClient, TempPKI, type App } from 'gudeg';
import { createServer, gateway as expressGateway, rgi as expressRgi } from 'gudeg/express';
import { gateway as fastifyGateway, rgi, serverFactory } from 'gudeg/fastify';
import type { GatewayApp } from 'gudeg/gateway';

import { RawClient } from '../support/raw-client.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const hello: App = () => [200, 'Fine', { 'content-type': 'text/plain', 'x-app': '1' }, 'hello'];

const addressOf = (server: Server): readonly [string, number] => [
  '127.0.0.1',
  (server.address() as AddressInfo).port,
];

describe('Fastify on the engine', () => {
  it('hands its options to the server', () => {
    const options = {
      keepAliveTimeout: 1234,
      requestTimeout: 2345,
      connectionTimeout: 3456,
      maxRequestsPerSocket: 7,
    };
    const { server } = Fastify({ ...options, serverFactory });
    const { keepAliveTimeout, requestTimeout, timeout, maxRequestsPerSocket } = server;
    expect([keepAliveTimeout, requestTimeout, timeout, maxRequestsPerSocket]).to.deep.equal([
      1234, 2345, 3456, 7,
    ]);
  });

  it('speaks TLS with the option https, and guests see who the client is', async () => {
    using pki = new TempPKI();
    const { certFile, keyFile, caFile } = pki.serverSslconfig;
    const [cert, key, ca] = [certFile, keyFile, caFile].map((file) => readFileSync(file));
    const https = { cert, key, ca, requestCert: true };
    const fastify = Fastify({ https, serverFactory } as FastifyServerOptions);
    fastify.get('/', ({ protocol }) => protocol);
    const guest: App = ({ tls }) => [200, 'OK', {}, String(tls?.isAuthorized)];
    await fastify.register(rgi(guest), { prefix: '/guest' });
    const address = await fastify.listen({ port: 0, host: '127.0.0.1' });
    expect(address).to.match(/^https:/);
    try {
      const client = new SSLClient(pki.clientSslconfig, addressOf(fastify.server));
      const connection = await client.connect();
      const bodies: (string | undefined)[] = [];
      for (const path of ['/', '/guest']) {
        const { body } = await connection.get(path, {});
        bodies.push(await body?.text());
      }
      expect(bodies).to.deep.equal(['https', 'true']);
      connection.close();
    } finally {
      await fastify.close();
    }
  });

  it('refuses http2, and says what to do', () => {
    const given = { http2: true, serverFactory } as FastifyServerOptions;
    expect(() => Fastify(given)).to.throw(/must be absent.*proxy in front/);
  });

  it('logs mounted requests with status and time, and their fields can be looked at', async () => {
    const lines: Record<string, unknown>[] = [];
    const write = (line: string): void =>
      void lines.push(JSON.parse(line) as Record<string, unknown>);
    const fastify = Fastify({ logger: { stream: { write } }, serverFactory });
    let seen: unknown;
    fastify.addHook('onResponse', (request, reply, done) => {
      seen = [request.headers.host, reply.raw.getHeader('x-app'), reply.raw.statusMessage];
      done();
    });
    await fastify.register(rgi(hello));
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    try {
      await using client = await RawClient.to(addressOf(fastify.server));
      const response = await client.request(get);
      expect([response.status, response.reason, response.body]).to.deep.equal([
        200,
        'Fine',
        'hello',
      ]);
      expect(response.field('date')).to.be.a('string');
      await turn();
      const done = lines.filter(({ msg }) => msg === 'request completed');
      expect(done.map(({ res }) => res)).to.deep.equal([{ statusCode: 200 }]);
      expect(done[0]?.['responseTime']).to.be.a('number').above(0);
      expect(seen).to.deep.equal(['a', '1', 'Fine']);
    } finally {
      await fastify.close();
    }
  });

  it('ends a connection after maxRequestsPerSocket mounted requests', async () => {
    const fastify = Fastify({ maxRequestsPerSocket: 2, serverFactory });
    await fastify.register(rgi(hello));
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    try {
      await using client = await RawClient.to(addressOf(fastify.server));
      expect((await client.request(get)).field('connection')).to.equal(undefined);
      expect((await client.request(get)).field('connection')).to.equal('close');
      expect(await client.ending).to.equal('closed');
    } finally {
      await fastify.close();
    }
  });

  it('lets a mounted request end when it closes', async () => {
    const fastify = Fastify({ serverFactory });
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
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    await using client = await RawClient.to(addressOf(fastify.server));
    client.send(get);
    await called;
    const closing = fastify.close();
    answer();
    const response = await client.response();
    expect([response.body, response.field('connection')]).to.deep.equal(['late', undefined]);
    client.finish();
    await closing;
  });

  it('shows mounted answers to onSend hooks', async () => {
    const fastify = Fastify({ serverFactory });
    fastify.addHook('onSend', (_request, _reply, payload, done) => {
      done(null, String(payload).toUpperCase());
    });
    await fastify.register(rgi(hello));
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    try {
      await using client = await RawClient.to(addressOf(fastify.server));
      expect((await client.request(get)).body).to.equal('HELLO');
    } finally {
      await fastify.close();
    }
  });
});

describe('Express on the engine', () => {
  async function withExpress(
    app: express.Express,
    use: (client: RawClient) => Promise<void>,
  ): Promise<void> {
    const server = createServer(app);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await using client = await RawClient.to(addressOf(server));
      await use(client);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  it('goes through what a middleware put into the response', async () => {
    const app = express();
    app.use((_request, response, next) => {
      const writeHead = response.writeHead.bind(response);
      response.writeHead = ((...head: Parameters<typeof writeHead>) => {
        response.setHeader('x-late', '1');
        return writeHead(...head);
      }) as typeof writeHead;
      next();
    });
    app.use(expressRgi(() => [200, 'OK', { 'content-type': 'text/plain' }, 'hello']));
    await withExpress(app, async (client) => {
      const response = await client.request(get);
      expect([response.body, response.field('x-late')]).to.deep.equal(['hello', '1']);
    });
  });

  it('tells listeners of finish and close what a mounted app answered', async () => {
    const events: unknown[] = [];
    const app = express();
    app.use((request, response, next) => {
      for (const event of ['finish', 'close']) {
        response.on(event, () => {
          events.push([event, response.statusCode, response.headersSent, response.writableEnded]);
          if (event === 'close') events.push(request.headers.host, response.get('x-app'));
        });
      }
      next();
    });
    app.use(expressRgi(hello));
    await withExpress(app, async (client) => {
      await client.request(get);
      await turn();
    });
    expect(events).to.deep.equal([
      ['finish', 200, true, true],
      ['close', 200, true, true],
      'a',
      '1',
    ]);
  });

  it('answers with its own error page where the app can not be answered for', async () => {
    const app = express().set('env', 'test');
    app.use(expressRgi(() => [200, 'OK', { 'x-bad': 'a\nb' }, 'x']));
    await withExpress(app, async (client) => {
      const response = await client.request(get);
      expect(response.status).to.equal(500);
      expect(response.field('content-type')).to.match(/^text\/html/);
      expect(response.field('x-bad')).to.equal(undefined);
      expect((await client.request(get)).status).to.equal(500);
    });
  });
});

describe('gateway() in a host', () => {
  const where: GatewayApp = (environ, startResponse) => {
    startResponse('200 OK', [['content-type', 'application/json']]);
    const { SCRIPT_NAME, PATH_INFO, QUERY_STRING } = environ;
    const input = environ['wsgi.input'].read().toString();
    return [JSON.stringify([SCRIPT_NAME, PATH_INFO, QUERY_STRING, input])];
  };
  const post = 'POST /legacy/a%20b?q=1 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi';
  const expected = ['/legacy', '/a b', 'q=1', 'hi'];

  for (const [name, options] of [
    ['Fastify on node:http', {}],
    ['Fastify on the engine', { serverFactory }],
  ] as const) {
    it(`knows where it is mounted in ${name}`, async () => {
      const fastify = Fastify(options);
      await fastify.register(fastifyGateway(where), { prefix: '/legacy' });
      await fastify.listen({ port: 0, host: '127.0.0.1' });
      try {
        await using client = await RawClient.to(addressOf(fastify.server));
        expect(JSON.parse((await client.request(post)).body)).to.deep.equal(expected);
      } finally {
        await fastify.close();
      }
    });
  }

  it('knows where it is mounted in Express on the engine', async () => {
    const app = express().use('/legacy', expressGateway(where));
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using client = await RawClient.to(addressOf(server));
    expect(JSON.parse((await client.request(post)).body)).to.deep.equal(expected);
    server.close();
    server.closeAllConnections();
  });
});
