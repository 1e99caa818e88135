import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

const posting = request('POST /up HTTP/1.1', ['Content-Length: 10'], 'half.');

/** What a listener sees when one side leaves early. */
export const abortCases: DifferentialCase[] = [
  {
    title: 'a client that resets before the answer',
    listener: (req, res, stage) => {
      stage.watch('req', req, 'aborted', 'error', 'close', 'end');
      stage.watch('res', res, 'finish', 'error', 'close');
      stage.log('request');
    },
    async drive(client, stage) {
      client.send(request());
      await stage.logged('request');
      client.socket.resetAndDestroy();
      await stage.logged('res close');
      await stage.logged('req close');
    },
  },
  {
    title: 'a client that leaves before the answer, after the request was read',
    listener: (req, res, stage) => {
      stage.watchExchange(req, res);
      stage.log('request');
    },
    async drive(client, stage) {
      client.send(request());
      await stage.logged('request');
      await stage.logged('req / end');
      client.socket.destroy();
      await stage.logged('res / close');
    },
  },
  {
    title: 'a socket that is reset',
    listener: (req, res, stage) => {
      stage.watch('res', res, 'close');
      req.socket.resetAndDestroy();
    },
    async drive(client, stage) {
      client.send(request());
      stage.log('ending', await client.ending);
      await stage.logged('res close');
    },
  },
  {
    title: 'a client that leaves inside a body that nobody reads, after the answer',
    setUp(server, stage) {
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log('clientError', error.code, error.message, socket.readable);
        socket.destroy();
      });
    },
    listener: (_, res) => res.end('x'),
    async drive(client, stage) {
      client.send(posting);
      await client.receive(1);
      client.finish();
      await stage.logged('clientError');
    },
  },
  {
    title: 'a client that leaves inside a body that is read',
    setUp(server, stage) {
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log('clientError', error.code, error.message, socket.readable);
        socket.destroy();
      });
    },
    listener(req, res, stage) {
      stage.watch('req', req, 'aborted', 'error', 'close', 'end');
      stage.watch('res', res, 'finish', 'close');
      req.on('data', () => stage.log('data'));
    },
    async drive(client, stage) {
      client.send(posting);
      await stage.logged('data');
      client.finish();
      await stage.logged('req close');
    },
  },
  {
    title: 'a client that leaves inside its body',
    listener: (req, res, stage) => stage.watchExchange(req, res),
    async drive(client, stage) {
      client.send(posting);
      await new Promise(setImmediate);
      client.socket.destroy();
      await stage.logged('res /up close');
      await stage.logged('req /up close');
    },
  },
  {
    title: 'a client that ends its side inside its body',
    setUp: (server, stage) =>
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log('clientError', error.code, socket.writable);
        socket.destroy();
      }),
    listener: (req, res, stage) => stage.watchExchange(req, res),
    async drive(client, stage) {
      client.send(posting).finish();
      await stage.logged('req /up close');
      await client.ending;
    },
  },
  {
    title: 'a client that leaves inside the answer',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.write('first');
    },
    async drive(client, stage) {
      client.send(request());
      await client.receive(10);
      client.socket.destroy();
      await stage.logged('res / close');
    },
  },
  {
    title: 'iteration of a body that breaks off',
    async listener(req, res, stage) {
      res.on('close', () => stage.log('res close'));
      try {
        for await (const piece of req) stage.log(String(piece));
      } catch (error) {
        stage.log('thrown', error, (error as Error).message, req.destroyed, req.aborted);
      }
    },
    async drive(client, stage) {
      client.send(posting);
      await stage.logged('half.');
      client.socket.destroy();
      await stage.logged('thrown');
      await stage.logged('res close');
    },
  },
  {
    title: 'writes after the client has left',
    listener(_, res, stage) {
      res.on('error', (error) => stage.log('res error', error));
      res.on('close', () => {
        stage.log('res close', res.destroyed, res.writableEnded, res.writableFinished);
        stage.log(res.write('x', (error) => stage.log('write back', error ?? 'no error')));
        res.end((error?: Error) => stage.log('end back', error ?? 'no error'));
        setImmediate(() => stage.log('later', res.writableEnded, res.writableFinished));
      });
      stage.log('request');
    },
    async drive(client, stage) {
      client.send(request());
      await stage.logged('request');
      client.socket.destroy();
      await stage.logged('later');
    },
  },
  {
    title: 'the fields of a request after its client has left',
    listener(req, res, stage) {
      res.on('close', () => {
        stage.log(req.headers, req.rawHeaders);
        stage.log('over');
      });
      stage.log('request');
    },
    async drive(client, stage) {
      client.send(request('GET / HTTP/1.1', ['X-A: 1']));
      await stage.logged('request');
      client.socket.destroy();
      await stage.logged('over');
    },
  },
  {
    title: 'res.destroy before anything was sent',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.destroy();
      stage.log(res.destroyed);
    },
    send: request(),
  },
  {
    title: 'res.destroy with an error',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.destroy(new Error('no more'));
    },
    send: request(),
  },
  {
    title: 'res.destroy inside a body',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.write('first', () => res.destroy());
    },
    send: request(),
  },
  {
    title: 'req.destroy',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.destroy();
      stage.log(req.destroyed, req.aborted);
    },
    send: request(),
  },
  {
    title: 'req.destroy with an error, inside a body',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.once('data', () => req.destroy(new Error('enough')));
    },
    send: posting,
  },
  {
    title: 'req.socket.destroy',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      stage.watch('socket', req.socket, 'close', 'end');
      req.socket.destroy();
    },
    send: request(),
  },
  {
    title: 'req.socket.end behind an answer',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.end('x', () => req.socket.end());
    },
    send: request(),
  },
  {
    title: 'res.destroy after end',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.end('x');
      res.destroy();
    },
    send: request(),
  },
  {
    title: 'a client that ends its side after a whole request',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      setTimeout(() => res.end('still here'), 10);
    },
    async drive(client) {
      client.send(request()).finish();
      await client.ending;
    },
  },
  {
    title: 'the order of events of an exchange that goes well',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      stage.watch('socket', req.socket, 'end', 'close');
      req.on('end', () => res.end('x', () => stage.log('end back')));
    },
    send: lastRequest('POST / HTTP/1.1', ['Content-Length: 1'], 'x'),
  },
  {
    title: 'the order of events of an exchange that keeps its connection',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.end('x');
    },
    async drive(client, stage) {
      await client.request(request('GET /1 HTTP/1.1'));
      await stage.logged('res /1 close');
      await client.request(request('GET /2 HTTP/1.1'));
      await stage.logged('res /2 close');
      client.finish();
      await client.ending;
    },
  },
];
