import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

const expecting = (body = '', fields: string[] = []): string =>
  lastRequest('POST / HTTP/1.1', ['Expect: 100-continue', 'Content-Length: 5', ...fields], body);

/** Expectations and informational responses (RFC 9110 sections 10.1.1 and 15.2). */
export const continueCases: DifferentialCase[] = [
  {
    title: 'sends 100 by itself before request',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    async drive(client) {
      client.send(expecting());
      await client.receive(10);
      client.send('hello');
      await client.ending;
    },
  },
  {
    title: 'sends 100 by itself when the body came along',
    listener(req, res) {
      req.resume().on('end', () => res.end());
    },
    send: expecting('hello'),
  },
  {
    title: 'leaves 100 to checkContinue',
    setUp(server, stage) {
      server.on('checkContinue', (req, res) => {
        stage.log('checkContinue');
        stage.watchExchange(req, res);
        res.writeContinue();
        req.on('end', () => res.end('done'));
      });
    },
    listener: (_, __, stage) => stage.log('request'),
    async drive(client) {
      client.send(expecting());
      await client.receive(10);
      client.send('hello');
      await client.ending;
    },
  },
  {
    title: 'refuses a body in checkContinue',
    setUp(server, stage) {
      server.on('checkContinue', (req, res) => {
        stage.watch('req', req, 'end', 'close');
        res.writeHead(413).end('no');
      });
    },
    send: expecting(),
    responses: ['POST'],
  },
  {
    title: 'lets checkContinue hand on to request',
    setUp(server) {
      server.on('checkContinue', (req, res) => {
        res.writeContinue();
        server.emit('request', req, res);
      });
    },
    listener(req, res) {
      req.resume().on('end', () => res.end('ok'));
    },
    send: expecting('hello'),
  },
  {
    title: 'gives other expectations to checkExpectation',
    setUp(server, stage) {
      server.on('checkExpectation', (req, res) => {
        stage.log('checkExpectation', req.headers.expect);
        res.end('as you like');
      });
    },
    send: lastRequest('GET / HTTP/1.1', ['Expect: wonders']),
  },
  {
    title: 'answers 417 to other expectations by itself',
    listener: (_, res) => res.end(),
    send: lastRequest('GET / HTTP/1.1', ['Expect: wonders']),
  },
  {
    title: 'ignores an expectation of HTTP/1.0',
    listener: (_, res) => res.end('x'),
    send: 'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n',
  },
  {
    title: 'calls back when 100 was written',
    setUp(server, stage) {
      server.on('checkContinue', (_, res) => {
        res.writeContinue(() => stage.log('written'));
        res.end();
      });
    },
    send: expecting('hello'),
  },
  {
    title: 'sends 102',
    listener(_, res) {
      res.writeProcessing();
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'sends early hints',
    listener(_, res, stage) {
      res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style', 'x-trace': '7' }, () =>
        stage.log('written'),
      );
      res.writeEarlyHints({ link: ['</b.css>; rel=preload', '</c.js>; rel=preload; as=script'] });
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'sends no early hints without a link',
    listener(_, res) {
      res.writeEarlyHints({ link: [] });
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'refuses links that are none',
    listener(_, res, stage) {
      for (const link of ['a.css', '</a>; rel=preload\r\nx: y', 7]) {
        try {
          res.writeEarlyHints({ link: link as string });
        } catch (error) {
          stage.log('thrown', error);
        }
      }
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'keeps the connection after an informational answer',
    listener(_, res) {
      res.writeProcessing();
      res.end('x');
    },
    send: request(),
    async drive(client) {
      client.send(request() + lastRequest());
      await client.ending;
    },
  },
];

const upgrading = (body = ''): string =>
  request('GET /chat HTTP/1.1', ['Connection: Upgrade', 'Upgrade: echo'], body);

const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n';

/** Protocol changes: `upgrade` and `connect`. */
export const upgradeCases: DifferentialCase[] = [
  {
    title: 'gives an upgrade its socket and the bytes behind it',
    setUp(server, stage) {
      server.on('upgrade', (req, socket, head) => {
        stage.log('upgrade', req.url, req.headers, head.toString());
        stage.watch('socket', socket, 'end', 'finish', 'close');
        socket.write(switched);
        socket.pipe(socket);
      });
    },
    listener: (_, __, stage) => stage.log('request'),
    async drive(client) {
      client.send(upgrading('early'));
      await client.receive(switched.length);
      client.send('late').finish();
      await client.ending;
    },
  },
  {
    title: 'reads what follows an upgrade from the socket',
    setUp(server, stage) {
      server.on('upgrade', (_, socket) => {
        socket.write(switched);
        socket.on('data', (data: Buffer) => {
          stage.log('data', data.toString());
          socket.end(`you said ${data.toString()}`);
        });
      });
    },
    async drive(client) {
      client.send(upgrading());
      await client.receive(switched.length);
      client.send('hello');
      await client.ending;
    },
  },
  {
    title: 'answers as usual when nobody listens for upgrade',
    listener(req, res, stage) {
      stage.log('request', req.headers.upgrade, req.headers.connection);
      res.end('plain');
    },
    send: upgrading(),
    responses: ['GET'],
  },
  {
    title: 'refuses an upgrade with an answer on the socket',
    setUp(server) {
      server.on('upgrade', (_, socket) => {
        socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
      });
    },
    send: upgrading(),
  },
  {
    title: 'destroys the socket of an upgrade',
    setUp(server, stage) {
      server.on('upgrade', (_, socket) => {
        stage.watch('socket', socket, 'close');
        socket.destroy();
      });
    },
    send: upgrading(),
  },
  {
    title: 'upgrades a request with a body of no length',
    setUp(server, stage) {
      server.on('upgrade', (req, socket) => {
        stage.watch('req', req, 'end', 'close');
        req.resume();
        socket.end(switched);
      });
    },
    send: upgrading(),
  },
  {
    title: 'does not take Upgrade without connection: upgrade for one',
    setUp: (server, stage) => server.on('upgrade', () => stage.log('upgrade')),
    listener: (_, res) => res.end('plain'),
    send: lastRequest('GET / HTTP/1.1', ['Upgrade: echo']),
  },
  {
    title: 'writes an answer on the socket of an upgrade through assignSocket',
    setUp(server, stage) {
      server.on('upgrade', (req, socket) => {
        stage.log(req.method, socket.writable, socket.readable);
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
      });
    },
    send: upgrading(),
  },
  {
    title: 'gives CONNECT its socket',
    setUp(server, stage) {
      server.on('connect', (req, socket, head) => {
        stage.log('connect', req.url, head.length);
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.on('data', (data: Buffer) => socket.end(data));
      });
    },
    async drive(client) {
      client.send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
      await client.receive(20);
      client.send('tunnelled');
      await client.ending;
    },
  },
  {
    title: 'closes the connection of CONNECT when nobody listens',
    listener: (_, res) => res.end('plain'),
    send: 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n',
  },
];
