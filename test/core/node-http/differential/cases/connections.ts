import { Duplex } from 'node:stream';

import {
  lastRequest,
  request,
  type DifferentialCase,
  type Listener,
} from '../differential-case.ts';

const hello: Listener = (_, response) => response.end('hello');
const fields = (...lines: string[]): string[] => lines;

/** Keep-alive, HTTP/1.0, pipelining (RFC 9112 section 9). */
export const connectionCases: DifferentialCase[] = [
  { title: 'keeps a connection of HTTP/1.1', listener: hello, send: request(), responses: ['GET'] },
  {
    title: 'answers one request after the other on a connection',
    listener: (req, res) => res.end(req.url),
    async drive(client) {
      for (const path of ['/a', '/b', '/c']) await client.request(request(`GET ${path} HTTP/1.1`));
      client.finish();
      await client.ending;
    },
  },
  { title: 'closes after connection: close', listener: hello, send: lastRequest() },
  {
    title: 'closes after Connection: Close in capitals',
    listener: hello,
    send: request('GET / HTTP/1.1', fields('Connection: Close')),
  },
  {
    title: 'finds close in a list of connection options',
    listener: hello,
    send: request('GET / HTTP/1.1', fields('Connection: foo, close')),
  },
  {
    title: 'closes after an answer to HTTP/1.0',
    listener: hello,
    send: 'GET / HTTP/1.0\r\n\r\n',
  },
  {
    title: 'keeps a connection of HTTP/1.0 that asks for it, when the length is known',
    listener: hello,
    send: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    responses: ['GET'],
  },
  {
    title: 'ends a body without a length by the close in HTTP/1.0',
    listener(_, res) {
      res.write('one ');
      res.end('two');
    },
    send: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  },
  {
    title: 'closes a kept connection of HTTP/1.0 after connection: close from the listener',
    listener(_, res) {
      res.setHeader('Connection', 'close');
      res.end('x');
    },
    send: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  },
  {
    title: 'closes when the listener sets connection: close',
    listener(_, res) {
      res.setHeader('connection', 'close');
      res.end('x');
    },
    send: request(),
  },
  {
    title: 'keeps when the listener sets connection: keep-alive',
    listener(_, res) {
      res.setHeader('Connection', 'keep-alive');
      res.end('x');
    },
    send: request(),
    responses: ['GET'],
  },
  {
    title: 'closes when shouldKeepAlive is false',
    listener(_, res) {
      res.shouldKeepAlive = false;
      res.end('x');
    },
    send: request(),
  },
  {
    title: 'leaves connection out when it was removed',
    listener(_, res) {
      res.removeHeader('connection');
      res.end('x');
    },
    send: request(),
    responses: ['GET'],
  },
  {
    title: 'sends no keep-alive field when keepAliveTimeout is 0',
    options: { keepAliveTimeout: 0 },
    listener: hello,
    send: request(),
    responses: ['GET'],
  },
  {
    title: 'says its keepAliveTimeout in seconds',
    options: { keepAliveTimeout: 12_345 },
    listener: hello,
    send: request(),
    responses: ['GET'],
  },
  {
    title: 'says max in keep-alive with maxRequestsPerSocket',
    setUp: (server) => void (server.maxRequestsPerSocket = 2),
    listener: hello,
    async drive(client) {
      await client.request(request());
      await client.request(request());
      client.finish();
      await client.ending;
    },
  },
  {
    title: 'answers 503 and emits dropRequest beyond maxRequestsPerSocket',
    setUp(server, stage) {
      server.maxRequestsPerSocket = 1;
      server.on('dropRequest', (req) => stage.log('dropRequest', req.url));
    },
    listener: hello,
    send: request('GET /1 HTTP/1.1') + request('GET /2 HTTP/1.1'),
    responses: ['GET', 'GET'],
  },
  {
    title: 'answers pipelined requests in order',
    listener(req, res, stage) {
      stage.log('request', req.url);
      res.end(req.url);
    },
    send: request('GET /1 HTTP/1.1') + request('GET /2 HTTP/1.1') + lastRequest('GET /3 HTTP/1.1'),
  },
  {
    title: 'keeps the order when the first of two pipelined requests is slower',
    listener(req, res) {
      if (req.url === '/slow') setTimeout(() => res.end('slow'), 20);
      else res.end('fast');
    },
    send: request('GET /slow HTTP/1.1') + lastRequest('GET /fast HTTP/1.1'),
  },
  {
    title: 'reads a pipelined request behind a body',
    listener(req, res) {
      const pieces: Buffer[] = [];
      req.on('data', (data: Buffer) => pieces.push(data));
      req.on('end', () => res.end(`${req.url}:${Buffer.concat(pieces).toString()}`));
    },
    send:
      request('POST /1 HTTP/1.1', fields('Content-Length: 3'), 'one') +
      request('POST /2 HTTP/1.1', fields('Transfer-Encoding: chunked'), '3\r\ntwo\r\n0\r\n\r\n') +
      lastRequest('GET /3 HTTP/1.1'),
  },
  {
    title: 'skips a body that nobody read before the next request',
    listener: (req, res) => res.end(req.url),
    send:
      request('POST /1 HTTP/1.1', fields('Content-Length: 5'), 'GET /') +
      lastRequest('GET /2 HTTP/1.1'),
  },
  {
    title: 'drops pipelined requests after an answer with connection: close',
    listener(_, res) {
      res.setHeader('Connection', 'close');
      res.end('last');
    },
    send: request('GET /1 HTTP/1.1') + request('GET /2 HTTP/1.1'),
  },
  {
    title: 'ignores empty lines before a request',
    listener: hello,
    send: `\r\n\r\n${lastRequest()}`,
  },
  {
    title: 'says nothing to a client that leaves without a request',
    setUp: (server, stage) =>
      stage.watch('server', server, 'connection', 'clientError', 'request', 'close'),
    listener: hello,
    async drive(client) {
      client.finish();
      await client.ending;
    },
  },
  {
    title: 'emits connection before request, with the same socket',
    setUp(server, stage) {
      server.on('connection', (socket) => {
        stage.log('connection', socket instanceof Duplex);
        server.once('request', (req) => stage.log('same', req.socket === socket));
      });
    },
    listener: hello,
    send: lastRequest(),
  },
  {
    title: 'gives every request of a connection the same socket',
    listener(req, res, stage) {
      const { socket } = req as unknown as { socket: { seen?: number } };
      socket.seen = (socket.seen ?? 0) + 1;
      stage.log('seen', socket.seen, res.socket === req.socket);
      res.end();
    },
    send: request() + lastRequest(),
  },
];
