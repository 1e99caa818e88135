import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

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
    title: 'resets an upgraded connection',
    setUp(server, stage) {
      server.on('upgrade', (_, socket) => {
        stage.watch('socket', socket, 'error', 'close');
        socket.write(switched);
        socket.once('data', () => {
          (socket as unknown as { resetAndDestroy(): void }).resetAndDestroy();
        });
      });
    },
    async drive(client, stage) {
      client.send(upgrading());
      await client.receive(switched.length);
      client.send('bye');
      stage.log('ending', await client.ending);
      await stage.logged('socket close');
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
