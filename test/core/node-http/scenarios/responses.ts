// What node still has, deprecated or not, is compared too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

import type { Note, Scenario } from '../transcript.ts';

type Answer = (response: ServerResponse, note: Note, request: IncomingMessage) => void;

function scenario(
  title: string,
  answer: Answer,
  more: Partial<Scenario> & { head?: string } = {},
): Scenario {
  const { head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', ...rest } = more;
  return {
    title,
    serve: (server, note) => {
      server.on('request', (request, response) => {
        for (const event of ['prefinish', 'finish', 'close', 'drain', 'pipe'] as const) {
          response.on(event, () => {
            note(event);
          });
        }
        response.on('error', (error: NodeJS.ErrnoException) => {
          note(`error ${error.code}`);
        });
        answer(response, note, request);
      });
    },
    send: head,
    ...rest,
  };
}

const code = (note: Note, action: () => unknown): void => {
  try {
    action();
    note('no error');
  } catch (error) {
    note(String((error as NodeJS.ErrnoException).code));
  }
};
const later = (action: () => void): void => {
  setTimeout(action, 5);
};
const http10 = { head: 'GET / HTTP/1.0\r\n\r\n' };
const http10KeptAlive = { head: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n' };
const keptAlive = { head: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' };
const head = { head: 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' };

export const responseScenarios: Scenario[] = [
  scenario('nothing but end()', (response) => response.end()),
  scenario('a text', (response) => response.end('hello')),
  scenario('a text beyond ASCII', (response) => response.end('h\u00e9llo \u20ac')),
  scenario('a text in latin1', (response) => response.end('h\u00e9llo', 'latin1')),
  scenario('a text in hex', (response) => response.end('68656c6c6f', 'hex')),
  scenario('bytes', (response) => response.end(Buffer.from([1, 2, 255]))),
  scenario('a large text', (response) => response.end('x'.repeat(200_000))),
  scenario('large bytes', (response) => response.end(Buffer.alloc(300_000, 'y'))),
  scenario('a status', (response) => {
    response.statusCode = 404;
    response.end('x');
  }),
  scenario('a status message', (response) => {
    response.statusCode = 200;
    response.statusMessage = 'Fine';
    response.end('x');
  }),
  scenario('an unknown status', (response) => response.writeHead(299).end('x')),
  scenario('writeHead() with an object', (response) => {
    response.writeHead(201, { 'X-A': 1, 'X-B': ['1', '2'], 'Content-Length': 2 }).end('ok');
  }),
  scenario('writeHead() with a reason', (response) => {
    response.writeHead(201, 'Made', { 'Content-Type': 'text/plain' }).end('ok');
  }),
  scenario('writeHead() with an array', (response) => {
    response.writeHead(200, ['X-A', '1', 'x-a', '2', 'Content-Length', '2']).end('ok');
  }),
  scenario('setHeader() and writeHead()', (response) => {
    response.setHeader('X-A', 'set');
    response.setHeader('X-B', ['1', '2']);
    response.writeHead(200, { 'x-a': 'written' }).end('ok');
  }),
  scenario('all the functions on headers', (response, note) => {
    response.setHeader('X-A', '1');
    response.appendHeader('X-A', '2');
    response.setHeader('Gone', '1');
    response.removeHeader('gone');
    note(
      JSON.stringify([response.getHeaders(), response.getHeaderNames(), response.hasHeader('X-a')]),
    );
    note(JSON.stringify([response.getHeader('x-a'), response.headersSent]));
    response.flushHeaders();
    note(JSON.stringify([response.headersSent, response.getHeaders()]));
    response.end('x');
  }),
  scenario('Set-Cookie', (response) => {
    response.setHeader('Set-Cookie', ['a=1', 'b=2']);
    response.end();
  }),
  scenario('no Date', (response) => {
    response.sendDate = false;
    response.end('x');
  }),
  scenario('removed Connection', (response) => {
    response.removeHeader('Connection');
    response.end('x');
  }),
  scenario('removed Content-Length', (response) => {
    response.removeHeader('Content-Length');
    response.end('x');
  }),
  scenario(
    'removed framing',
    (response) => {
      response.removeHeader('Content-Length');
      response.removeHeader('Transfer-Encoding');
      response.end('x');
    },
    keptAlive,
  ),
  scenario(
    'Connection: close of the application',
    (response) => {
      response.setHeader('Connection', 'close');
      response.end('x');
    },
    keptAlive,
  ),
  scenario('chunks', (response) => {
    response.write('one');
    response.write(Buffer.from('two'));
    response.end('three');
  }),
  scenario('chunks over time', (response, note) => {
    note(String(response.write('one')));
    later(() => {
      response.write('two', () => {
        note('written');
      });
      later(() => response.end('three'));
    });
  }),
  scenario('a Transfer-Encoding of the application', (response) => {
    response.setHeader('Transfer-Encoding', 'chunked');
    response.end('x');
  }),
  scenario('trailers', (response) => {
    response.writeHead(200, { Trailer: 'X-Sum' });
    response.write('x');
    response.addTrailers({ 'X-Sum': '1', 'X-More': '\u00e9' });
    response.end();
  }),
  scenario('trailers of an array', (response) => {
    response.setHeader('Trailer', 'X-Sum');
    response.addTrailers([['X-Sum', '1']]);
    response.end('x');
  }),
  scenario('cork() and uncork()', (response) => {
    response.cork();
    response.write('a');
    response.write('b');
    later(() => {
      response.uncork();
      response.end('c');
    });
  }),
  scenario('HEAD', (response) => response.end('not sent'), head),
  scenario(
    'HEAD with a length',
    (response) => {
      response.writeHead(200, { 'Content-Length': 100 }).end();
    },
    head,
  ),
  scenario(
    'HEAD, written',
    (response) => {
      response.write('not sent');
      response.end();
    },
    head,
  ),
  scenario('204', (response) => response.writeHead(204).end('not sent')),
  scenario('304', (response) => {
    response.statusCode = 304;
    response.setHeader('ETag', '"x"');
    response.end();
  }),
  scenario(
    '304 with chunks',
    (response) => {
      response.writeHead(304, { 'Transfer-Encoding': 'chunked' }).end();
    },
    keptAlive,
  ),
  scenario('HTTP/1.0', (response) => response.end('x'), http10),
  scenario(
    'HTTP/1.0 in pieces',
    (response) => {
      response.write('a');
      response.end('b');
    },
    http10,
  ),
  scenario(
    'HTTP/1.0 kept alive',
    (response) => {
      response.setHeader('Content-Length', 1);
      response.end('x');
    },
    { ...http10KeptAlive, until: /x$/ },
  ),
  scenario('keep-alive', (response) => response.end('last'), { ...keptAlive, until: /last$/ }),
  scenario('two on one connection', (response, _note, request) => response.end(request.url), {
    send: [
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n',
      'GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    ],
  }),
  scenario(
    'pipelined ones',
    (response, _note, request) => {
      later(() => response.end(request.url));
    },
    {
      head: 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      isUnordered: true,
    },
  ),
  scenario('informational ones', (response) => {
    response.writeContinue();
    response.writeProcessing();
    response.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-more': '1' });
    later(() => response.end('x'));
  }),
  scenario('a stream that is piped', (response) => {
    Readable.from(['one', 'two', 'three']).pipe(response);
  }),
  scenario('end() with callbacks', (response, note) => {
    response.write('a', () => {
      note('wrote');
    });
    response.end('b', () => {
      note('ended');
    });
  }),
  scenario('end() twice', (response, note) => {
    response.end('a');
    response.end();
    response.end(() => {
      note('second');
    });
  }),
  scenario('a write after end()', (response, note) => {
    response.end('a');
    response.write('b', (error) => {
      note(`callback ${(error as NodeJS.ErrnoException | null)?.code}`);
    });
  }),
  scenario('headers after they are sent', (response, note) => {
    response.write('x');
    code(note, () => response.setHeader('a', 'b'));
    code(note, () => response.removeHeader('a'));
    code(note, () => response.writeHead(200));
    response.end();
  }),
  scenario('what can not be sent', (response, note) => {
    code(note, () => response.setHeader('a b', 'c'));
    code(note, () => response.setHeader('a', 'b\r\nc'));
    code(note, () => response.setHeader('a', 'b\0'));
    code(note, () => response.setHeader('a', undefined as never));
    code(note, () => response.writeHead(99));
    code(note, () => response.writeHead(200, { 'a b': 'c' }));
    code(note, () => response.writeHead(200, { a: '\n' }));
    code(note, () => response.addTrailers({ a: '\r' }));
    code(note, () => response.write(1));
    code(note, () => response.write(null));
    response.end();
  }),
  scenario('strictContentLength', (response, note) => {
    response.strictContentLength = true;
    response.setHeader('Content-Length', 3);
    code(note, () => response.end('four'));
    response.strictContentLength = false;
    response.destroy();
  }),
  scenario('the state of a response', (response, note) => {
    const state = (): void => {
      const { headersSent, writableEnded, writableFinished, destroyed, writable, finished } =
        response;
      note(
        JSON.stringify([
          headersSent,
          writableEnded,
          writableFinished,
          destroyed,
          writable,
          finished,
        ]),
      );
    };
    state();
    response.write('x');
    state();
    response.on('finish', state);
    response.on('close', state);
    response.end();
    state();
  }),
  scenario('destroy() in the middle', (response, note) => {
    response.write('partial');
    later(() => {
      response.destroy();
      note(String(response.destroyed));
    });
  }),
  scenario('a socket that is destroyed', (response) => {
    response.socket?.destroy();
  }),
  scenario(
    'backpressure',
    (response, note) => {
      const piece = Buffer.alloc(1024 * 1024, 'z');
      let left = 8;
      const more = (): void => {
        while (left > 0) {
          left--;
          if (!response.write(piece)) {
            response.once('drain', more);
            return;
          }
        }
        note('all');
        response.end();
      };
      more();
    },
    { isUnordered: true },
  ),
];
