// What node still has, deprecated or not, is compared too.

import type { Scenario } from '../transcript.ts';

const close = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const upgrade = 'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n';

export const lifeScenarios: Scenario[] = [
  {
    title: 'an upgrade, and the bytes behind it',
    serve: (server, note) => {
      server.on('upgrade', (request, socket, head) => {
        note(
          `${request.url} ${request.headers.upgrade} ${head.toString()} ${String((request as { upgrade?: boolean }).upgrade)}`,
        );
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\n\r\n');
        socket.write(head);
        socket.on('data', (data: Buffer) => {
          note(data.toString());
          socket.end(`bye ${data.toString()}`);
        });
        socket.on('end', () => {
          note('end');
        });
        socket.on('close', (hadError: boolean) => {
          note(`close ${hadError}`);
        });
      });
    },
    send: [`${upgrade}early`, 'late'],
  },
  {
    title: 'an upgrade that nobody takes',
    serve: (server) => {
      server.on('request', (request, response) => {
        response.setHeader('Connection', 'close');
        response.end(String((request as { upgrade?: boolean }).upgrade));
      });
    },
    send: upgrade,
  },
  {
    title: 'CONNECT',
    serve: (server, note) => {
      server.on('connect', (request, socket, head) => {
        note(`${request.method} ${request.url} ${head.toString()}`);
        socket.end('HTTP/1.1 200 OK\r\n\r\nbytes');
        socket.resume();
      });
    },
    send: 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nx',
  },
  {
    title: 'CONNECT that nobody takes',
    serve: (server, note) => {
      server.on('connection', () => {
        note('connection');
      });
    },
    send: 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
  },
  {
    title: 'what a socket tells',
    serve: (server, note) => {
      server.on('connection', (socket) => {
        note(`connection ${socket.remoteAddress}`);
        socket.on('close', () => {
          note('socket close');
        });
      });
      server.on('request', ({ socket }, response) => {
        note(
          JSON.stringify([socket === response.socket, socket.remoteFamily, socket.localAddress]),
        );
        note(
          JSON.stringify([socket.readable, socket.writable, socket.destroyed, socket.readyState]),
        );
        note(
          `${typeof socket.remotePort} ${socket.localPort === (socket.address() as { port: number }).port}`,
        );
        response.end('x');
      });
    },
    send: close,
  },
  {
    title: 'maxRequestsPerSocket',
    serve: (server, note) => {
      server.maxRequestsPerSocket = 2;
      server.on('dropRequest', () => {
        note('dropped');
      });
      server.on('request', (_request, response) => {
        response.end('x');
      });
    },
    send: Array<string>(3).fill('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    until: /503[^]*\r\n\r\n/,
  },
  {
    title: 'a response timeout',
    serve: (server, note) => {
      server.on('request', (_request, response) => {
        response.setTimeout(20, () => {
          note('timeout');
          response.end('late');
        });
      });
    },
    send: close,
  },
  {
    title: 'a server timeout that nobody takes',
    serve: (server, note) => {
      server.setTimeout(20);
      server.on('request', (_request, response) => {
        response.on('close', () => {
          note(`close ${response.writableFinished}`);
        });
      });
    },
    send: close,
  },
  {
    title: 'a client that goes away while it is served',
    serve: (server, note) => {
      server.on('request', (request, response) => {
        request.on('close', () => {
          note(`request close ${request.aborted} ${request.destroyed}`);
        });
        request.on('aborted', () => {
          note('aborted');
        });
        response.on('close', () => {
          note(`response close ${response.destroyed} ${response.writableFinished}`);
        });
      });
    },
    send: async (client) => {
      client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, 30));
      client.destroy();
      await new Promise((resolve) => setTimeout(resolve, 30));
    },
  },
  {
    title: 'an answer to a client that has stopped sending',
    serve: (server) => {
      server.on('request', (_request, response) => {
        response.end('sync');
      });
    },
    send: (client) => {
      client.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    },
  },
];
