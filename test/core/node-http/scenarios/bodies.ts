import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Note, Scenario } from '../transcript.ts';

type Listener = (request: IncomingMessage, response: ServerResponse, note: Note) => void;
const serving =
  (listener: Listener): Scenario['serve'] =>
  (server, note) => {
    server.on('request', (request, response) => {
      response.on('finish', () => {
        note('finish');
      });
      listener(request, response, note);
    });
  };
const post = (...lines: string[]): string =>
  ['POST / HTTP/1.1', 'Host: a', 'Connection: close', ...lines, '', ''].join('\r\n');

/** Notes each event of a request, except how its bytes are cut. */
function watch(request: IncomingMessage, note: Note): void {
  let body = '';
  request.on('data', (data: Buffer) => {
    body += data.toString('latin1');
  });
  request.on('end', () => {
    note(`end ${body.length > 100 ? body.length : body} ${request.complete}`);
    note(JSON.stringify([request.trailers, request.rawTrailers]));
  });
  for (const event of ['close', 'aborted'] as const) {
    request.on(event, () => {
      note(`request ${event} ${request.destroyed} ${request.readableEnded}`);
    });
  }
  request.on('error', (error: NodeJS.ErrnoException) => {
    note(`request error ${error.code} ${error.message}`);
  });
}

const echo: Listener = (request, response, note) => {
  watch(request, note);
  request.on('end', () => response.end('done'));
};

export const bodyScenarios: Scenario[] = [
  { title: 'none', serve: serving(echo), send: post() },
  { title: 'a length', serve: serving(echo), send: `${post('Content-Length: 5')}hello` },
  {
    title: 'a length, in pieces',
    serve: serving(echo),
    send: async (client) => {
      for (const piece of [post('Content-Length: 10'), 'hel', 'lo, y', 'ou']) {
        client.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  },
  {
    title: 'chunks and trailers',
    serve: serving(echo),
    send: `${post('Transfer-Encoding: chunked', 'Trailer: X-Sum')}3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n`,
  },
  {
    title: 'megabytes that are piped back',
    serve: serving((request, response) => {
      // Not in chunks: where those end depends on what the kernel gives at a time.
      response.setHeader('Content-Length', 2 ** 21);
      request.pipe(response);
    }),
    send: `${post(`Content-Length: ${2 ** 21}`)}${'m'.repeat(2 ** 21)}`,
  },
  {
    title: 'an async iterator',
    serve: serving((request, response, note) => {
      void (async () => {
        let length = 0;
        for await (const data of request) length += (data as Buffer).length;
        note(String(length));
        response.end('x');
      })();
    }),
    send: `${post('Content-Length: 5')}hello`,
  },
  {
    title: 'an encoding',
    serve: serving((request, response, note) => {
      request.setEncoding('utf8');
      request.on('data', (text: string) => {
        note(typeof text + text);
      });
      request.on('end', () => response.end());
    }),
    send: `${post('Content-Length: 2')}\xc3\xa9`,
  },
  {
    title: 'an answer before the body is read',
    serve: serving((request, response, note) => {
      request.on('close', () => {
        note('closed');
      });
      response.end('early');
    }),
    send: `${post('Content-Length: 5')}hello`,
  },
  {
    title: 'an answer before the body has come, which is read on',
    serve: (server, note) => {
      server.on('request', (request, response) => {
        watch(request, note);
        response.end('early');
      });
    },
    send: [
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello',
      'world',
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    ].slice(0, 2),
    until: /early/,
    isUnordered: true,
  },
  {
    title: 'Expect: 100-continue',
    serve: serving(echo),
    send: [post('Expect: 100-continue', 'Content-Length: 5'), 'hello'],
  },
  {
    title: 'checkContinue, which goes on',
    serve: (server, note) => {
      server.on('checkContinue', (request, response) => {
        note('check');
        response.writeContinue();
        server.emit('request', request, response);
      });
      serving(echo)(server, note);
    },
    send: [post('Expect: 100-continue', 'Content-Length: 5'), 'hello'],
  },
  {
    title: 'checkContinue, which refuses',
    serve: (server, note) => {
      server.on('checkContinue', (_request, response) => {
        note('check');
        response.writeHead(413);
        response.end();
      });
    },
    send: 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  },
  {
    title: 'a client that goes away in the middle',
    serve: serving((request, response, note) => {
      watch(request, note);
      response.on('close', () => {
        note(`response close ${response.writableFinished} ${response.destroyed}`);
      });
    }),
    send: async (client) => {
      client.write(`${post('Content-Length: 10')}hello`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      client.destroy();
      await new Promise((resolve) => setTimeout(resolve, 30));
    },
  },
  {
    title: 'a chunk that is none',
    serve: serving((request, _response, note) => {
      watch(request, note);
    }),
    send: `${post('Transfer-Encoding: chunked')}zz\r\n`,
  },
  {
    title: 'a request that is destroyed',
    serve: serving((request, response, note) => {
      watch(request, note);
      response.on('close', () => {
        note('response close');
      });
      request.destroy();
    }),
    send: `${post('Content-Length: 5')}hello`,
  },
  {
    title: 'a body that is paused and resumed',
    serve: serving((request, response, note) => {
      watch(request, note);
      request.pause();
      setTimeout(() => request.resume(), 10);
      request.on('end', () => response.end('done'));
    }),
    send: `${post('Content-Length: 5')}hello`,
  },
];
