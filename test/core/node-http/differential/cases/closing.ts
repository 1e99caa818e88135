import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

/** close, closeIdleConnections, closeAllConnections, listening. */
export const closingCases: DifferentialCase[] = [
  {
    title: 'server.close lets a running answer finish',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      stage.server.close(() => stage.log('closed'));
      setImmediate(() => res.end('last'));
    },
    send: request(),
    responses: ['GET'],
  },
  {
    title: 'server.close ends idle connections',
    setUp: (server, stage) => stage.watch('server', server, 'close'),
    listener: (_, res) => res.end('x'),
    async drive(client, { server, log }) {
      await client.request(request());
      await delay(5);
      server.close(() => log('closed'));
      await client.ending;
    },
  },
  {
    title: 'server.close ends a connection whose answer was given in the same turn',
    listener(_, res, { server, log }) {
      res.on('finish', () => {
        server.close(() => log('closed'));
      });
      setImmediate(() => res.end('x'));
    },
    async drive(client) {
      client.send(request());
      await client.ending;
    },
  },
  {
    title: 'server.close calls back with an error when it does not listen',
    listener: (_, res) => res.end('x'),
    async drive(client, stage) {
      client.finish();
      stage.server.close();
      await once(stage.server, 'close');
      stage.server.close((error) => stage.log('second', error ?? 'no error'));
      await stage.logged('second');
      stage.log(stage.server.listening, stage.server.address());
    },
  },
  {
    title: 'closeIdleConnections leaves busy ones',
    listener(req, res, stage) {
      stage.log('request', req.url);
      if (req.url === '/idle') res.end('x');
      else setTimeout(() => res.end('busy'), 20);
    },
    async drive(client, stage) {
      const busy = await stage.connect();
      await client.request(request('GET /idle HTTP/1.1'));
      busy.send(request('GET /busy HTTP/1.1'));
      await stage.logged('request /busy');
      stage.server.closeIdleConnections();
      await client.ending;
      await busy.response();
    },
  },
  {
    title: 'closeAllConnections ends busy ones',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      stage.log('request');
    },
    async drive(client, stage) {
      client.send(request());
      await stage.logged('request');
      stage.server.closeAllConnections();
      await client.ending;
    },
  },
  {
    title: 'counts connections',
    listener: (_, res) => res.end('x'),
    async drive(client, stage) {
      await client.request(request());
      stage.server.getConnections((error, count) => stage.log('count', error, count));
      await stage.logged('count');
    },
  },
  {
    title: 'tells its address while it listens',
    listener(_, res, { server, log }) {
      const address = server.address();
      log(server.listening, typeof address === 'object' && address && Object.keys(address));
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'refuses to listen twice',
    async drive(client, stage) {
      client.finish();
      try {
        stage.server.listen(0);
      } catch (error) {
        stage.log('thrown', error);
      }
      await Promise.resolve();
    },
  },
  {
    title: 'emits error for a port that is taken',
    async drive(client, stage) {
      client.finish();
      const { constructor } = stage.server;
      const other = new (constructor as new () => typeof stage.server)();
      other.on('error', (error) => stage.log('error', error));
      other.listen(stage.server.address() as { port: number });
      await stage.logged('error');
    },
  },
  {
    title: 'drops connections beyond maxConnections',
    setUp(server, stage) {
      server.maxConnections = 1;
      server.on('drop', () => stage.log('drop'));
    },
    listener: (_, res) => res.end('x'),
    async drive(client, stage) {
      await client.request(request());
      const second = await stage.connect();
      await second.ending;
      await stage.logged('drop');
    },
  },
  {
    title: 'has the settings of node:http',
    listener(_, res, { server, log }) {
      log(server.timeout, server.keepAliveTimeout, server.headersTimeout, server.requestTimeout);
      log(server.maxHeadersCount, server.maxRequestsPerSocket, server.maxConnections);
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'refuses bad options',
    async drive(client, stage) {
      client.finish();
      const Constructor = stage.server.constructor as new (options: unknown) => unknown;
      for (const options of [
        { keepAliveTimeout: 'x' },
        { requestTimeout: -1 },
        { insecureHTTPParser: 1 },
        { maxHeaderSize: -1 },
        { headersTimeout: 50_000, requestTimeout: 10_000 },
        { joinDuplicateHeaders: 'yes' },
        5,
      ]) {
        try {
          new Constructor(options);
          stage.log('fine');
        } catch (error) {
          stage.log('thrown', error);
        }
      }
      await Promise.resolve();
    },
  },
  {
    title: 'listens in each of the forms of net.Server',
    async drive(client, stage) {
      client.finish();
      const Constructor = stage.server.constructor as new () => typeof stage.server;
      for (const args of [
        [0],
        [0, '127.0.0.1'],
        [0, '127.0.0.1', 5],
        [{ port: 0, host: '127.0.0.1' }],
        ['0'],
        [],
      ] as [][]) {
        const server = new Constructor();
        const returned = server.listen(...args, () => stage.log('listening', server.listening));
        await once(server, 'listening');
        stage.log(returned === server, typeof server.address());
        server.close();
        await once(server, 'close');
      }
    },
  },
  {
    title: 'refuses ports that are none',
    async drive(client, stage) {
      client.finish();
      const Constructor = stage.server.constructor as new () => typeof stage.server;
      for (const port of [-1, 65_536, 1.5, {}]) {
        try {
          new Constructor().listen(port as number);
        } catch (error) {
          stage.log('thrown', error);
        }
      }
      await Promise.resolve();
    },
  },
  {
    title: 'can be let go of',
    async drive(client, { server, log }) {
      client.finish();
      log(server.unref() === server, server.ref() === server);
      await server[Symbol.asyncDispose]();
      log(server.listening);
    },
  },
];
