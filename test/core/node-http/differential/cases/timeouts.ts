import { setTimeout as delay } from 'node:timers/promises';

import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

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
    title: 'counts the head among what requestTimeout limits, and tells of it once',
    options: { connectionsCheckingInterval: 20 },
    setUp(server, stage) {
      server.requestTimeout = 40;
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log('clientError', error.code);
        socket.write('HTTP/1.1 408 Mine\r\n\r\n');
        socket.destroy(error);
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
    title: 'leaves a connection between two requests to keepAliveTimeout',
    options: { keepAliveTimeout: 10_000 },
    setUp(server, stage) {
      server.timeout = 300;
      server.on('timeout', () => stage.log('timeout'));
    },
    listener(req, res, stage) {
      stage.log(req.url, req.socket.timeout);
      res.end('x', () => {
        setImmediate(() => stage.log('resting', req.socket.timeout));
      });
    },
    async drive(client, stage) {
      await client.request(request('GET /1 HTTP/1.1'));
      await stage.logged('resting');
      await delay(400);
      await client.request(lastRequest('GET /2 HTTP/1.1'));
    },
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
