import {
  lastRequest,
  request,
  type DifferentialCase,
  type Listener,
} from '../differential-case.ts';

const ends = (body?: string | Buffer): Listener =>
  body === undefined ? (_, res) => res.end() : (_, res) => res.end(body);

const twice: Listener = (_, res) => {
  res.write('one');
  res.end('two');
};

const status =
  (code: number, ...body: string[]): Listener =>
  (_, res) => {
    res.statusCode = code;
    for (const piece of body) res.write(piece);
    res.end();
  };

/** How long an answer is, and how it says so (RFC 9112 section 6). */
export const framingCases: DifferentialCase[] = [
  { title: 'gives a length to an empty answer', listener: ends(), send: lastRequest() },
  {
    title: 'gives a length to an answer that is ended at once',
    listener: ends('héllo'),
    send: lastRequest(),
  },
  {
    title: 'gives a length to bytes',
    listener: ends(Buffer.from([0, 255, 13, 10])),
    send: lastRequest(),
  },
  {
    title: 'counts a string in its encoding',
    listener: (_, res) => res.end('00ff10', 'hex'),
    send: lastRequest(),
  },
  {
    title: 'sends a string as latin1 when told so',
    listener: (_, res) => res.end('é', 'latin1'),
    send: lastRequest(),
  },
  { title: 'sends chunks after a first write', listener: twice, send: lastRequest() },
  {
    title: 'sends no chunk for an empty write',
    listener(_, res) {
      res.write('');
      res.write(Buffer.alloc(0));
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'ends chunks after flushHeaders',
    listener(_, res) {
      res.flushHeaders();
      res.end('late');
    },
    send: lastRequest(),
  },
  {
    title: 'sends chunks when headers were flushed and nothing follows',
    listener(_, res) {
      res.flushHeaders();
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'sends a body as it is when the listener gives its length',
    listener(_, res) {
      res.setHeader('Content-Length', 6);
      res.write('one');
      res.end('two');
    },
    send: lastRequest(),
  },
  {
    title: 'believes a length that is too small',
    listener(_, res) {
      res.setHeader('Content-Length', '2');
      res.end('three');
    },
    send: lastRequest(),
  },
  {
    title: 'refuses a body of another length with strictContentLength',
    listener(_, res, stage) {
      res.strictContentLength = true;
      res.setHeader('Content-Length', 2);
      try {
        res.end('three');
      } catch (error) {
        stage.log('thrown', error);
        res.destroy();
      }
    },
    send: lastRequest(),
  },
  {
    title: 'sends chunks when the listener asks for them',
    listener(_, res) {
      res.setHeader('Transfer-Encoding', 'chunked');
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'sends no chunks when useChunkedEncodingByDefault is false',
    listener(_, res) {
      res.useChunkedEncodingByDefault = false;
      res.write('one');
      res.end('two');
    },
    send: request(),
  },
  {
    title: 'sends no chunks when transfer-encoding was removed',
    listener(_, res) {
      res.removeHeader('transfer-encoding');
      res.write('one');
      res.end('two');
    },
    send: request(),
  },
  {
    title: 'sends no length when content-length was removed',
    listener(_, res) {
      res.removeHeader('content-length');
      res.end('one');
    },
    send: lastRequest(),
  },
  {
    title: 'answers HEAD without the body of end',
    listener: ends('hello'),
    send: lastRequest('HEAD / HTTP/1.1'),
  },
  {
    title: 'answers HEAD without written bodies',
    listener: twice,
    send: lastRequest('HEAD / HTTP/1.1'),
  },
  {
    title: 'answers HEAD with no body at all',
    listener: ends(),
    send: lastRequest('HEAD / HTTP/1.1'),
  },
  {
    title: 'answers HEAD with the length of the listener',
    listener(_, res) {
      res.writeHead(200, { 'Content-Length': 1000 });
      res.end();
    },
    send: request('HEAD / HTTP/1.1') + lastRequest('HEAD / HTTP/1.1'),
  },
  {
    title: 'keeps a connection after HEAD',
    listener: ends('hello'),
    send: request('HEAD / HTTP/1.1') + request('GET / HTTP/1.1'),
    responses: ['HEAD', 'GET'],
  },
  {
    title: 'refuses a body to HEAD with rejectNonStandardBodyWrites',
    options: { rejectNonStandardBodyWrites: true },
    listener(_, res, stage) {
      try {
        res.write('x');
      } catch (error) {
        stage.log('thrown', error);
      }
      res.end();
    },
    send: lastRequest('HEAD / HTTP/1.1'),
  },
  ...[204, 304].flatMap((code): DifferentialCase[] => [
    { title: `answers ${code} without a body`, listener: status(code), send: lastRequest() },
    {
      title: `leaves out a body that is written to ${code}`,
      listener: status(code, 'never'),
      send: lastRequest(),
    },
    {
      title: `keeps the connection after ${code}`,
      listener: status(code),
      send: request(),
      responses: ['GET'],
    },
    {
      title: `sends a ${code} with chunks set without them`,
      listener(_, res) {
        res.setHeader('Transfer-Encoding', 'chunked');
        res.statusCode = code;
        res.end();
      },
      send: request(),
    },
  ]),
  { title: 'gives 205 a length', listener: status(205), send: lastRequest() },
  {
    title: 'corks many writes of a turn',
    listener(_, res) {
      res.cork();
      for (const piece of ['a', 'b', 'c']) res.write(piece);
      res.uncork();
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'calls back for each write and for end, in order',
    listener(_, res, stage) {
      res.write('a', () => stage.log('a'));
      res.write('b', 'utf8', () => stage.log('b'));
      res.end('c', () => stage.log('end'));
    },
    send: lastRequest(),
  },
  {
    title: 'calls back when end has only a callback',
    listener: (_, res, stage) => res.end(() => stage.log('end')),
    send: lastRequest(),
  },
  {
    title: 'sends a large body whole',
    listener: ends(Buffer.alloc(300_000, 'abcdefghi\n')),
    send: lastRequest(),
  },
  {
    title: 'says false above the high-water mark, and drains',
    options: { highWaterMark: 1000 },
    listener(_, res, stage) {
      stage.log(res.writableHighWaterMark, res.write('x'));
      stage.log(res.write('y'.repeat(2_000_000)));
      res.on('drain', () => {
        stage.log('drain');
        res.end();
      });
    },
    send: lastRequest(),
  },
  {
    title: 'refuses a chunk that is neither text nor bytes',
    listener(_, res, stage) {
      for (const chunk of [1, {}, null, true]) {
        try {
          res.write(chunk);
        } catch (error) {
          stage.log('thrown', error);
        }
      }
      res.end('ok');
    },
    send: lastRequest(),
  },
  {
    title: 'takes a Uint8Array',
    listener(_, res) {
      res.write(new Uint8Array([65, 66]));
      res.end(new Uint8Array([67]));
    },
    send: lastRequest(),
  },
];
