import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { IncomingMessage, OutgoingMessage, Server, ServerResponse } from 'node:http';
import { connect, createServer as createNetServer, Server as NetServer } from 'node:net';
import { Readable, Stream } from 'node:stream';

import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

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
  {
    title: 'publishes the channels of node:http',
    setUp(server, { log }) {
      const seen: [string, (message: unknown) => void][] = [
        'http.server.request.start',
        'http.server.response.created',
        'http.server.response.finish',
      ].map((name) => [
        name,
        (message) => {
          const { server: from, ...rest } = message as Record<string, unknown>;
          if (from === server || from === undefined) log(name, Object.keys(rest).sort());
        },
      ]);
      for (const [name, heard] of seen) subscribe(name, heard);
      server.on('close', () => {
        for (const [name, heard] of seen) unsubscribe(name, heard);
      });
    },
    listener: (_, res) => res.end('x'),
    send: lastRequest(),
  },
  {
    title: 'makes requests and responses of given classes',
    options: {
      IncomingMessage: class OwnRequest extends IncomingMessage {
        get hello(): string {
          return `hello ${this.url ?? ''}`;
        }
      },
      ServerResponse: class OwnResponse extends ServerResponse {
        bye(): void {
          this.end('bye');
        }
      } as unknown as typeof ServerResponse,
    },
    listener(req, res, stage) {
      stage.log(Reflect.get(req, 'hello'));
      (res as unknown as { bye(): void }).bye();
    },
    send: lastRequest('GET /own HTTP/1.1'),
  },
  {
    title: 'is made of the classes that node:http exports',
    listener(req, res, { log, server }) {
      log(req instanceof IncomingMessage, res instanceof ServerResponse);
      log(res instanceof OutgoingMessage, res instanceof Stream, req instanceof Readable);
      log(server instanceof Server, server instanceof NetServer);
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'serves a socket that somebody else accepted',
    listener: (req, res) => res.end(req.url),
    async drive(client, { server, log }) {
      client.finish();
      const door = createNetServer((socket) => server.emit('connection', socket)).listen(0);
      await once(door, 'listening');
      const socket = connect((door.address() as { port: number }).port);
      socket.write(lastRequest('GET /given HTTP/1.1'));
      let text = '';
      for await (const data of socket) text += String(data);
      log(text.replace(/Date: .*/, 'Date: …'));
      door.close();
    },
  },
];
