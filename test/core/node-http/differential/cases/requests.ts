import {
  lastRequest,
  request,
  type DifferentialCase,
  type Listener,
} from '../differential-case.ts';

type Request = Parameters<Listener>[0];

const shows =
  (...looks: ((req: Request) => unknown)[]): Listener =>
  (req, res, stage) => {
    for (const look of looks) stage.log(look(req));
    res.end();
  };

const shown = (
  title: string,
  send: string,
  ...looks: ((req: Request) => unknown)[]
): DifferentialCase => ({ title, listener: shows(...looks), send });

const repeated = (options?: DifferentialCase['options']): Partial<DifferentialCase> =>
  options === undefined ? {} : { options };

const everyFieldTwice = [
  'age authorization content-length content-type etag expires from if-modified-since',
  'if-unmodified-since last-modified location max-forwards proxy-authorization referer retry-after',
  'server user-agent accept cookie set-cookie x-own',
]
  .join(' ')
  .split(' ')
  .filter((name) => name !== 'content-length')
  .flatMap((name) => [`${name}: 1`, `${name}: 2`]);

/** What a request says of itself. */
export const requestCases: DifferentialCase[] = [
  shown('has method, url and version', lastRequest('REPORT /a/b?c=d%20e#f HTTP/1.1'), (req) => [
    req.method,
    req.url,
    req.httpVersion,
    req.httpVersionMajor,
    req.httpVersionMinor,
  ]),
  shown('has the version 1.0', 'GET / HTTP/1.0\r\n\r\n', (req) => [
    req.httpVersion,
    req.httpVersionMajor,
    req.httpVersionMinor,
    req.headers,
  ]),
  shown(
    'has an absolute target',
    lastRequest('GET http://example.com/x?y HTTP/1.1'),
    (req) => req.url,
  ),
  shown('has the target *', lastRequest('OPTIONS * HTTP/1.1'), (req) => [req.method, req.url]),
  shown('has a target of two slashes', lastRequest('GET //a//b?? HTTP/1.1'), (req) => req.url),
  ...'GET HEAD POST PUT DELETE PATCH OPTIONS TRACE PURGE PROPFIND M-SEARCH QUERY SOURCE LINK'
    .split(' ')
    .map((method) =>
      shown(`takes the method ${method}`, lastRequest(`${method} / HTTP/1.1`), (req) => req.method),
    ),
  shown(
    'has fields as an object and as a list',
    lastRequest('GET / HTTP/1.1', ['X-One: 1', 'x-TWO:2', 'X-Empty:', 'X-Space: \t a b \t']),
    (req) => req.headers,
    (req) => req.rawHeaders,
    (req) => req.headersDistinct,
  ),
  shown(
    'has fields without the prototype of Object',
    lastRequest('GET / HTTP/1.1', ['__proto__: x', 'constructor: y', 'toString: z']),
    (req) => Object.keys(req.headers).sort(),
    (req) => Object.hasOwn(req.headers, '__proto__'),
    (req) => String(Reflect.get(req.headers, 'constructor')),
  ),
  {
    ...shown(
      'joins or drops fields that occur twice',
      lastRequest('GET / HTTP/1.1', everyFieldTwice),
      (req) => req.headers,
      (req) => req.headersDistinct,
    ),
    ...repeated(),
  },
  {
    ...shown(
      'joins all fields with joinDuplicateHeaders',
      lastRequest('GET / HTTP/1.1', everyFieldTwice),
      (req) => req.headers,
    ),
    ...repeated({ joinDuplicateHeaders: true }),
  },
  shown(
    'has latin1 values',
    lastRequest('GET / HTTP/1.1', ['X-A: caf\xe9']),
    (req) => req.headers['x-a'],
  ),
  shown('has no trailers before the end', lastRequest(), (req) => [
    req.trailers,
    req.rawTrailers,
    req.complete,
  ]),
  shown('lets fields be changed', lastRequest('GET / HTTP/1.1', ['X-A: 1']), (req) => {
    req.headers['x-b'] = '2';
    delete req.headers['x-a'];
    req.url = '/changed';
    req.method = 'PUT';
    return [req.headers, req.url, req.method];
  }),
  shown(
    'has a socket with addresses',
    lastRequest(),
    (req) => [req.socket.remoteAddress, req.socket.remoteFamily, typeof req.socket.remotePort],
    (req) => [req.socket.localAddress, typeof req.socket.localPort, req.socket === req.connection],
  ),
  shown('says what it was not asked', lastRequest(), (req) => [
    req.statusCode,
    req.statusMessage,
    req.aborted,
    req.destroyed,
    req.readable,
  ]),
  {
    title: 'has 100 fields',
    listener: shows((req) => req.rawHeaders.length),
    send: lastRequest(
      'GET / HTTP/1.1',
      Array.from({ length: 98 }, (_, index) => `x-${index}: ${index}`),
    ),
  },
  {
    title: 'drops fields beyond maxHeadersCount',
    setUp: (server) => void (server.maxHeadersCount = 3),
    listener: shows((req) => req.rawHeaders),
    send: lastRequest('GET / HTTP/1.1', ['a: 1', 'b: 2', 'c: 3']),
  },
  {
    title: 'emits request and nothing else for a plain request',
    setUp: (server, stage) =>
      stage.watch(
        'server',
        server,
        'checkContinue',
        'upgrade',
        'connect',
        'clientError',
        'timeout',
      ),
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'calls every request listener',
    setUp: (server, stage) => server.on('request', (req) => stage.log('first', req.url)),
    listener(req, res, stage) {
      stage.log('second', req.url);
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'gives the response its request',
    listener(req, res, stage) {
      stage.log(res.req === req);
      res.end();
    },
    send: lastRequest(),
  },
];

const post = (fields: string[], body: string): string =>
  lastRequest('POST / HTTP/1.1', fields, body);
const sized = (body: string): string => post([`Content-Length: ${body.length}`], body);

/** Bodies of requests, read in each of the ways of a stream. */
export const requestBodyCases: DifferentialCase[] = [
  {
    title: 'reads a body with a length',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    send: sized('hello'),
  },
  {
    title: 'reads a body in chunks',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    send: post(['Transfer-Encoding: chunked'], '5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n'),
  },
  {
    title: 'emits end for a request without a body, once it is read',
    listener(req, res, stage) {
      req.on('end', () => {
        stage.log('end', req.complete);
        res.end();
      });
      req.resume();
    },
    send: lastRequest(),
  },
  {
    title: 'emits no end before somebody reads',
    listener(req, res, stage) {
      req.on('end', () => stage.log('end'));
      req.on('close', () => stage.log('close'));
      setImmediate(() => {
        stage.log('answers');
        res.end();
      });
    },
    send: sized('hello'),
  },
  {
    title: 'reads text with setEncoding',
    listener(req, res, stage) {
      req.setEncoding('utf8');
      let text = '';
      req.on('data', (data: string) => (text += data));
      req.on('end', () => {
        stage.log(text);
        res.end();
      });
    },
    send: sized('h\xc3\xa9llo'),
  },
  {
    title: 'iterates over a body',
    async listener(req, res, stage) {
      let text = '';
      for await (const piece of req) text += String(piece);
      stage.log(text, req.complete, req.readableEnded);
      res.end(text);
    },
    send: sized('hello'),
  },
  {
    title: 'destroys a request when iteration breaks off',
    async listener(req, res, stage) {
      req.on('close', () => stage.log('close'));
      for await (const piece of req) {
        stage.log(String(piece));
        break;
      }
      stage.log(req.destroyed);
      res.end();
    },
    send: sized('hello'),
  },
  {
    title: 'reads with readable and read',
    listener(req, res, stage) {
      let text = '';
      req.on('readable', () => {
        for (let data = req.read() as Buffer | null; data; data = req.read() as Buffer | null) {
          text += data.toString();
        }
      });
      req.on('end', () => {
        stage.log(text);
        res.end();
      });
    },
    send: sized('hello'),
  },
  {
    title: 'pauses and resumes',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.pause();
      stage.log(req.isPaused());
      setImmediate(() => req.resume());
      req.on('end', () => res.end());
    },
    send: sized('hello'),
  },
  {
    title: 'pipes a request into its response',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      stage.watch('pipe', res, 'pipe', 'unpipe');
      req.pipe(res);
    },
    send: sized('hello'),
  },
  {
    title: 'pipes a large body back',
    listener: (req, res) => req.pipe(res),
    send: sized('0123456789'.repeat(30_000)),
  },
  {
    title: 'emits close for a request whose body nobody read, after the answer',
    listener(req, res, stage) {
      stage.watch('req', req, 'end', 'close', 'error', 'aborted');
      stage.watch('res', res, 'finish', 'close');
      res.end();
    },
    send: sized('hello'),
  },
  {
    title: 'answers before the body has come, and reads the rest',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.end('early');
    },
    async drive(client, stage) {
      client.send(request('POST / HTTP/1.1', ['Content-Length: 10'], 'half.'));
      await client.response();
      client.send('rest.');
      await stage.logged('req / end');
      client.send(lastRequest('GET /next HTTP/1.1'));
      await client.ending;
    },
  },
  {
    title: 'unshifts what was read too far',
    listener(req, res, stage) {
      req.once('data', (data: Buffer) => {
        req.pause();
        req.unshift(data.subarray(2));
        let text = '';
        req.on('data', (more: Buffer) => (text += more.toString()));
        req.on('end', () => {
          stage.log(text);
          res.end();
        });
        req.resume();
      });
    },
    send: sized('hello'),
  },
  {
    title: 'has an empty body with length 0',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end(String(req.headers['content-length'])));
    },
    send: sized(''),
  },
  {
    title: 'reads a body that comes byte by byte',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    async drive(client) {
      client.socket.setNoDelay(true);
      for (const byte of post(['Transfer-Encoding: chunked'], '2\r\nab\r\n0\r\n\r\n')) {
        client.send(byte);
        await new Promise(setImmediate);
      }
      await client.ending;
    },
  },
  {
    title: 'reads the body of a GET',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    send: lastRequest('GET / HTTP/1.1', ['Content-Length: 2'], 'ab'),
  },
];
