import { AsyncLocalStorage } from 'node:async_hooks';
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
];

const silent = { headersTimeout: 40, requestTimeout: 60, connectionsCheckingInterval: 20 };

/** Timeouts of server, connection, request and response. */
export const timeoutCases: DifferentialCase[] = [
  {
    title: 'closes an idle connection after keepAliveTimeout',
    options: { keepAliveTimeout: 30 },
    listener: (_, res) => res.end('x'),
    async drive(client) {
      await client.request(request());
      await client.ending;
    },
  },
  {
    title: 'answers 408 when a head does not come',
    options: silent,
    listener: (_, res) => res.end('x'),
    send: 'GET / HTTP/1.1\r\n',
  },
  {
    title: 'answers 408 when a body does not come',
    options: silent,
    listener(req, res, stage) {
      stage.watchExchange(req, res);
    },
    send: request('POST / HTTP/1.1', ['Content-Length: 5'], 'x'),
  },
  {
    title: 'gives clientError the code of a timeout',
    options: silent,
    setUp(server, stage) {
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log('clientError', error.code);
        socket.end('HTTP/1.1 408 Mine\r\n\r\n');
      });
    },
    send: 'GET / HTTP/1.1\r\n',
  },
  {
    title: 'closes a silent connection after server.timeout',
    setUp: (server) => void (server.timeout = 40),
    listener: (req, res, stage) => stage.watchExchange(req, res),
    send: request(),
  },
  {
    title: 'emits timeout and leaves the rest to its listener',
    setUp(server, stage) {
      server.setTimeout(40, (socket) => {
        stage.log('timeout', socket.destroyed);
        socket.destroy();
      });
    },
    listener: (req, res, stage) => stage.watchExchange(req, res),
    send: request(),
  },
  {
    title: 'emits timeout on a response',
    listener(_, res, stage) {
      res.setTimeout(30, () => {
        stage.log('timeout');
        res.writeHead(503).end('late');
      });
    },
    send: lastRequest(),
  },
  {
    title: 'emits timeout on a request',
    listener(req, res, stage) {
      req.setTimeout(30, () => {
        stage.log('timeout');
        res.end('late');
      });
    },
    send: lastRequest(),
  },
  {
    title: 'emits timeout on the socket of a request',
    listener(req, res, stage) {
      req.socket.setTimeout(30);
      req.socket.once('timeout', () => {
        stage.log('timeout');
        res.end('late');
      });
    },
    send: lastRequest(),
  },
  {
    title: 'destroys the socket of a response that timed out unheard',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.setTimeout(30);
    },
    send: request(),
  },
];

/** Sockets, contexts, and listeners that throw. */
export const surroundingCases: DifferentialCase[] = [
  {
    title: 'writes raw bytes on the socket of a response',
    listener(req) {
      req.socket.write('HTTP/1.1 200 Raw\r\nContent-Length: 1\r\n\r\nx');
      req.socket.end();
    },
    send: request(),
  },
  {
    title: 'ends a socket with an answer',
    listener: (req) => req.socket.end('HTTP/1.1 200 Raw\r\nContent-Length: 1\r\n\r\nx'),
    send: request(),
  },
  {
    title: 'has a socket that is a stream',
    listener(req, res, stage) {
      const { socket } = req;
      stage.log(socket.readable, socket.writable, socket.destroyed, socket.readyState);
      stage.log(typeof socket.setNoDelay, typeof socket.setKeepAlive, typeof socket.ref);
      stage.log(socket.setNoDelay(true) === socket, socket.setKeepAlive(true) === socket);
      stage.log('encrypted' in socket, typeof socket.bytesRead, typeof socket.bytesWritten);
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'emits close on the socket of a request',
    listener(req, res, stage) {
      stage.watch('socket', req.socket, 'close');
      req.socket.on('close', (hadError: boolean) => stage.log(hadError));
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'keeps the context of a request apart',
    setUp(server) {
      const storage = new AsyncLocalStorage<string>();
      server.on('request', (req, res) => {
        const before = storage.getStore();
        storage.enterWith(req.url ?? '');
        setImmediate(() => res.end(`${before ?? 'nothing'} ${storage.getStore() ?? 'nothing'}`));
      });
    },
    send: request('GET /1 HTTP/1.1') + lastRequest('GET /2 HTTP/1.1'),
  },
  {
    title: 'keeps the context of storage.run in events',
    setUp(server, stage) {
      const storage = new AsyncLocalStorage<string>();
      server.on('request', (req, res) => {
        storage.run(req.url ?? '', () => {
          req.on('data', () => stage.log('data', storage.getStore()));
          req.on('end', () => {
            stage.log('end', storage.getStore());
            setTimeout(() => res.end(storage.getStore()), 1);
          });
        });
      });
    },
    send: lastRequest('POST /ctx HTTP/1.1', ['Content-Length: 1'], 'x'),
  },
  {
    title: 'takes classes of the user through options',
    setUp(server, stage) {
      server.on('request', (req, res) => {
        stage.log(res instanceof Object, typeof req.headers);
        res.end();
      });
    },
    send: lastRequest(),
  },
  {
    title: 'emits a request by hand',
    listener(req, res, stage) {
      stage.log('request', req.url);
      if (req.url === '/first') {
        req.url = '/second';
        stage.server.emit('request', req, res);
      } else res.end(req.url);
    },
    send: lastRequest('GET /first HTTP/1.1'),
  },
  {
    title: 'takes away its listeners',
    listener(_, res, stage) {
      stage.log(stage.server.listenerCount('request'));
      stage.server.removeAllListeners('request');
      stage.server.on('request', (_: unknown, second: typeof res) => second.end('new'));
      res.end('old');
    },
    async drive(client) {
      await client.request(request());
      client.send(lastRequest());
      await client.ending;
    },
  },
];
