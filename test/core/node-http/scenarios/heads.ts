// What node still has, deprecated or not, is compared too.

import type { IncomingMessage, Server } from 'node:http';

import type { Note, Scenario } from '../transcript.ts';

type Look = (request: IncomingMessage) => unknown;

/** A server that notes what `look` sees of each request. */
function looking(...looks: Look[]): (server: Server, note: Note) => void {
  return (server, note) => {
    server.on('request', (request, response) => {
      for (const look of looks) note(JSON.stringify(look(request)));
      response.setHeader('Connection', 'close');
      response.end();
    });
  };
}

const fields = [
  'Host: a',
  'X-Twice: 1',
  'Accept: text/html',
  'x-twice: 2',
  'User-Agent: one',
  'user-agent: two',
  'Cookie: a=1',
  'Cookie: b=2',
  'Set-Cookie: c=3',
  'Empty:',
  'Spaces:   around   ',
  'Latin: \xe9',
  'ETag: "x"',
  'Referer: r',
];
const head = (...lines: string[]): string =>
  ['GET /path?q=1 HTTP/1.1', ...lines, '', ''].join('\r\n');
const everything: Look[] = [
  (request) => request.headers,
  (request) => request.rawHeaders,
  (request) => request.headersDistinct,
  (request) => request.trailers,
];

export const headScenarios: Scenario[] = [
  { title: 'headers', serve: looking((request) => request.headers), send: head(...fields) },
  { title: 'raw headers', serve: looking((request) => request.rawHeaders), send: head(...fields) },
  {
    title: 'distinct headers',
    serve: looking((request) => request.headersDistinct),
    send: head(...fields),
  },
  { title: 'headers, then raw ones', serve: looking(...everything), send: head(...fields) },
  {
    title: 'raw headers, then others',
    serve: looking(...everything.toReversed()),
    send: head(...fields),
  },
  {
    title: 'joined duplicates',
    options: { joinDuplicateHeaders: true },
    serve: looking(...everything),
    send: head(...fields),
  },
  {
    title: 'more headers than maxHeadersCount',
    serve: (server, note) => {
      server.maxHeadersCount = 3;
      looking(...everything)(server, note);
    },
    send: head(...fields),
  },
  {
    title: 'a request line',
    serve: looking(({ method, url, httpVersion, httpVersionMajor, httpVersionMinor }) => [
      method,
      url,
      httpVersion,
      httpVersionMajor,
      httpVersionMinor,
    ]),
    send: head('Host: a'),
  },
  {
    title: 'the fields of a message at its start',
    serve: looking(({ aborted, complete, readable, readableEnded, destroyed, statusCode }) => [
      aborted,
      complete,
      readable,
      readableEnded,
      destroyed,
      statusCode,
    ]),
    send: head('Host: a'),
  },
  {
    title: 'headers that are read after the response',
    serve: (server, note) => {
      server.on('request', (request, response) => {
        response.setHeader('Connection', 'close');
        response.end('x');
        setTimeout(() => {
          note(JSON.stringify([request.headers, request.rawHeaders]));
        }, 5);
        response.on('finish', () => {
          note(JSON.stringify(request.headers['user-agent']));
        });
      });
    },
    send: async (client) => {
      client.write(head(...fields), 'latin1');
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  },
  {
    title: 'HTTP/1.0',
    serve: looking(({ httpVersion }) => httpVersion),
    send: 'GET / HTTP/1.0\r\n\r\n',
  },
  {
    title: 'a head that is no head',
    serve: (server, note) => {
      server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
        note(`${String(error.code).slice(0, 4)} ${error.rawPacket?.toString() ?? ''}`);
        socket.end('HTTP/1.1 400 Mine\r\n\r\n');
      });
    },
    send: 'nonsense\r\n\r\n',
  },
  {
    title: 'a head that is no head, where nobody listens',
    serve: () => undefined,
    send: 'non sense\r\n\r\n',
  },
  {
    title: 'a head that is too large',
    serve: () => undefined,
    send: head('Host: a', `Large: ${'x'.repeat(20_000)}`),
  },
  { title: 'a head without host', serve: looking(), send: head() },
];
