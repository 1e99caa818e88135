import { lastRequest, type DifferentialCase, type Listener } from '../differential-case.ts';

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
  shown('has method, url and version', lastRequest('REPORT /a/b?c=d%20e HTTP/1.1'), (req) => [
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
  shown('has a target with a fragment', lastRequest('GET /a#b HTTP/1.1'), (req) => req.url),
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
    listener: shows((req) => req.headers),
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
