import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

const refuses = (
  title: string,
  send: string,
  options?: DifferentialCase['options'],
): DifferentialCase => ({
  title,
  ...(options && { options }),
  listener(req, res, stage) {
    stage.log('request', req.method, req.url);
    req.on('error', (error) => stage.log('req error', error));
    req.resume().on('end', () => res.end('ok'));
  },
  send,
});

const chunked = (body: string): string =>
  lastRequest('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], body);

/** Messages that break the rules, answered by the server itself. */
export const parserErrorCases: DifferentialCase[] = [
  refuses('a start line that is none', 'hello\r\n\r\n'),
  refuses('a version that is unknown', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n'),
  refuses('a target with a space', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n'),
  refuses('a field without a colon', lastRequest('GET / HTTP/1.1', ['broken'])),
  refuses('a field name with a space', lastRequest('GET / HTTP/1.1', ['a b: c'])),
  refuses('a space before the colon', lastRequest('GET / HTTP/1.1', ['a : c'])),
  refuses('a field that is folded', lastRequest('GET / HTTP/1.1', ['a: b', ' c'])),
  refuses('a value with NUL', lastRequest('GET / HTTP/1.1', ['a: b\0c'])),
  refuses('no host in HTTP/1.1', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'),
  refuses('no host when the option lets it pass', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', {
    requireHostHeader: false,
  }),
  refuses('two hosts', lastRequest('GET / HTTP/1.1', ['Host: b'])),
  refuses('a length that is no number', lastRequest('POST / HTTP/1.1', ['Content-Length: abc'])),
  refuses('a negative length', lastRequest('POST / HTTP/1.1', ['Content-Length: -1'])),
  refuses(
    'two lengths',
    lastRequest('POST / HTTP/1.1', ['Content-Length: 1', 'Content-Length: 2'], 'x'),
  ),
  refuses(
    'a length beside chunks',
    lastRequest(
      'POST / HTTP/1.1',
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      '0\r\n\r\n',
    ),
  ),
  refuses(
    'a transfer coding that is not the last',
    lastRequest('POST / HTTP/1.1', ['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'),
  ),
  refuses('a chunk size that is none', chunked('zz\r\nabc\r\n0\r\n\r\n')),
  refuses('a chunk without its end', chunked('3\r\nabcd\r\n0\r\n\r\n')),
  refuses('a bare LF in the head', 'GET / HTTP/1.1\nHost: a\n\n'),
  refuses('a head that is too large', lastRequest('GET / HTTP/1.1', [`a: ${'x'.repeat(20_000)}`])),
  refuses('a head above maxHeaderSize', lastRequest('GET / HTTP/1.1', [`a: ${'x'.repeat(600)}`]), {
    maxHeaderSize: 512,
  }),
  refuses('a target that is too long', lastRequest(`GET /${'x'.repeat(20_000)} HTTP/1.1`)),
  refuses('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  refuses('bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  {
    title: 'lets a response answer a body that is broken',
    setUp(server, stage) {
      server.on('request', (req, res) => {
        stage.watch('res', res, 'finish', 'close');
        req.resume();
        server.once('clientError', (error: NodeJS.ErrnoException) => {
          stage.log('clientError', error.code);
          res.writeHead(400, { Connection: 'close' });
          res.end('broken');
        });
      });
    },
    async drive(client, stage) {
      client.send(chunked('2\r\nhi\r\nnone\r\n'));
      await client.ending;
      await stage.logged('res close');
    },
  },
  {
    title: 'gives clientError the error, the socket and the bytes',
    setUp(server, stage) {
      server.on(
        'clientError',
        (
          error: NodeJS.ErrnoException & {
            rawPacket?: Buffer;
            bytesParsed?: number;
            reason?: string;
          },
          socket,
        ) => {
          stage.log(error.code, error instanceof Error, Buffer.isBuffer(error.rawPacket));
          stage.log(typeof error.bytesParsed, typeof error.reason);
          stage.log(socket.writable, socket.destroyed);
          socket.end('HTTP/1.1 400 Mine\r\n\r\n');
        },
      );
    },
    send: 'hello\r\n\r\n',
  },
  {
    title: 'gives clientError the code of a head that is too large',
    setUp(server, stage) {
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log(error.code);
        socket.end('HTTP/1.1 431 Mine\r\n\r\n');
      });
    },
    send: lastRequest('GET / HTTP/1.1', [`a: ${'x'.repeat(20_000)}`]),
  },
  {
    title: 'lets clientError destroy the socket',
    setUp(server, stage) {
      server.on('clientError', (_, socket) => {
        stage.log('clientError');
        socket.destroy();
      });
    },
    send: 'hello\r\n\r\n',
  },
  {
    title: 'emits clientError behind a good request on the connection',
    setUp(server, stage) {
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log('clientError', error.code);
        socket.end('HTTP/1.1 400 Mine\r\n\r\n');
      });
    },
    listener: (_, res) => res.end('first'),
    async drive(client) {
      await client.request(request());
      client.send('hello\r\n\r\n');
      await client.ending;
    },
  },
  {
    title: 'emits clientError for a reset while a request is open',
    setUp(server, stage) {
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log('clientError', error.code);
        socket.destroy();
      });
    },
    listener(_, res, stage) {
      stage.log('request');
      res.on('close', () => stage.log('res close'));
    },
    async drive(client, stage) {
      client.send(request('POST / HTTP/1.1', ['Content-Length: 9'], 'x'));
      await stage.logged('request');
      client.socket.resetAndDestroy();
      await stage.logged('res close');
    },
  },
  {
    title: 'emits clientError for a head that breaks off',
    setUp(server, stage) {
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        stage.log('clientError', error.code);
        socket.end('HTTP/1.1 400 Mine\r\n\r\n');
      });
    },
    async drive(client) {
      client.send('GET / HTTP/1.1\r\nHost:').finish();
      await client.ending;
    },
  },
  {
    title: 'answers a head that breaks off by itself',
    listener: (_, res) => res.end(),
    async drive(client) {
      client.send('GET / HTTP/1.1\r\nHost:').finish();
      await client.ending;
    },
  },
];
