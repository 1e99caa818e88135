import { expect } from 'chai';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import * as nodeHttp from 'node:http';
import * as net from 'node:net';
import http, * as exported from 'gudeg/node-http';
import { createServer, engineRequestOf, type Server } from 'gudeg/node-http';

import { NodeProgram } from '../../support/node-program.ts';
import { socketPath } from '../../support/socket-path.ts';
import { caught } from '../caught.ts';

const portOf = (server: Server): number => (server.address() as net.AddressInfo).port;
const closed = async (server: Server): Promise<void> => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
};
const get = async (server: Server, path = '/'): Promise<string> =>
  (await fetch(`http://127.0.0.1:${portOf(server)}${path}`)).text();

describe('gudeg/node-http', () => {
  it('has the exports of node:http, which are the same but for the server', () => {
    const mine = http as unknown as Record<string, unknown>;
    const named = exported as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(nodeHttp)) {
      if (['createServer', 'Server', 'default', 'globalAgent'].includes(name)) continue;
      expect(mine[name], name).to.equal(value);
      if (name in named) expect(named[name], name).to.equal(value);
    }
    expect(mine['createServer']).to.equal(createServer);
    expect(mine['Server']).to.equal(exported.Server);
  });

  it('makes servers, requests and responses that are those of node', async () => {
    const server = createServer((request, response) => {
      const own = [nodeHttp.IncomingMessage, nodeHttp.ServerResponse].map(
        (type, i) => [request, response][i] instanceof type,
      );
      response.end(JSON.stringify(own));
    }).listen(0);
    expect(server).to.be.instanceOf(nodeHttp.Server).and.instanceOf(net.Server);
    expect(await get(server)).to.equal('[true,true]');
    await closed(server);
  });

  it('refuses insecureHTTPParser', () => {
    caught('GUDEG_ERR_INVALID_OPTION', () => createServer({ insecureHTTPParser: true }));
  });

  it('takes classes for its requests and responses', async () => {
    class Incoming extends nodeHttp.IncomingMessage {
      get twice(): string {
        return `${this.url}${this.url}`;
      }
    }
    class Outgoing extends nodeHttp.ServerResponse {
      shout(text: string): void {
        this.end(text.toUpperCase());
      }
    }
    const server = createServer(
      { IncomingMessage: Incoming, ServerResponse: Outgoing as never },
      (request, response) => {
        const agent = String(request.headers.accept);
        (response as unknown as Outgoing).shout((request as unknown as Incoming).twice + agent);
      },
    ).listen(0);
    expect(await get(server, '/a')).to.equal('/A/A*/*');
    await closed(server);
  });

  it('refuses line ends in early hints', async () => {
    const link = '</a.css>; rel=preload';
    const hints: Record<string, string | string[]>[] = [
      { link, 'x-a': 'b\r\nset-cookie: c=d' },
      { link, 'x-a\r\nset-cookie': 'c=d' },
      { link: '</a.css\r\nset-cookie: c=d>; rel=preload' },
      { link: [link, '</\n>; rel=preload'] },
    ];
    const server = createServer((_, response) => {
      const thrown = hints.filter((each) => {
        try {
          response.writeEarlyHints(each);
          return false;
        } catch {
          return true;
        }
      });
      response.end(String(thrown.length));
    }).listen(0);
    const client = net.connect(portOf(server));
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const text = Buffer.concat(await client.toArray()).toString();
    expect(text)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.match(/\r\n\r\n4$/);
    await closed(server);
  });

  for (const [title, listen] of Object.entries<(server: Server) => void>({
    'listen()': (server) => server.listen(),
    'listen(0)': (server) => server.listen(0),
    'listen(0, host)': (server) => server.listen(0, '127.0.0.1'),
    'listen(0, host, backlog)': (server) => server.listen(0, 'localhost', 10),
    'listen({ port, host })': (server) => server.listen({ port: 0, host: '127.0.0.1' }),
    'listen(path)': (server) => server.listen(socketPath()),
    'listen({ path })': (server) => server.listen({ path: socketPath() }),
  })) {
    it(`listens by ${title}, with a callback too`, async () => {
      const server = createServer((_request, response) => response.end('ok'));
      listen(server);
      await once(server, 'listening');
      const address = server.address();
      const target =
        typeof address === 'string'
          ? { socketPath: address }
          : { port: address?.port, host: address?.family === 'IPv6' ? '::1' : '127.0.0.1' };
      const [response] = (await once(nodeHttp.get(target), 'response')) as [
        nodeHttp.IncomingMessage,
      ];
      response.resume();
      expect([response.statusCode, server.listening]).to.deep.equal([200, true]);
      await closed(server);
      expect(server.listening).to.equal(false);
    });
  }

  it('emits the error of node:net where it can not listen', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const second = createServer().listen(portOf(first), '127.0.0.1');
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    expect([error.code, error.syscall, second.listening]).to.deep.equal([
      'EADDRINUSE',
      'listen',
      false,
    ]);
    await closed(first);
  });

  it('lets the process end when it is unreferenced, also before it listens', async () => {
    for (const calls of ['.unref().listen(0)', '.listen(0).unref()']) {
      await using program = NodeProgram.text(`
        import { createServer } from 'gudeg/node-http';
        createServer()${calls}.on('listening', () => console.log('listening'));
      `);
      expect(await program.end).to.deep.include({ code: 0, stdout: 'listening\n', stderr: '' });
    }
  });

  it('serves connections that came before it could accept them, though it closes', async () => {
    const server = createServer((_, response) => {
      server.close();
      response.setHeader('Connection', 'close').end('x');
    }).listen(0);
    const clients = Array.from({ length: 20 }, () => net.connect(portOf(server), '127.0.0.1'));
    const answers = clients.map(async (client) => {
      client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      return Buffer.concat(await client.toArray()).toString();
    });
    for (const each of await Promise.all(answers)) expect(each).to.match(/^HTTP\/1\.1 200 OK/);
  });

  it('tells close() of a server that does not run', async () => {
    const [error] = (await new Promise<unknown[]>((resolve) =>
      createServer().close((...args: unknown[]) => {
        resolve(args);
      }),
    )) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ERR_SERVER_NOT_RUNNING');
  });

  it('listens again after it was closed', async () => {
    const server = createServer((_request, response) => response.end('again'));
    for (let i = 0; i < 2; i++) {
      server.listen(0);
      expect(await get(server)).to.equal('again');
      await closed(server);
    }
  });

  it('counts connections and closes the idle ones', async () => {
    const server = createServer((_request, response) => response.end('x')).listen(0);
    const client = net.connect(portOf(server), '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(client, 'data');
    const count = await new Promise((resolve) =>
      server.getConnections((_error, connections) => {
        resolve(connections);
      }),
    );
    const ended = once(client, 'end');
    client.resume();
    server.closeIdleConnections();
    await ended;
    expect(count).to.equal(1);
    await closed(server);
  });

  it('closes connections after keepAliveTimeout, also when it is set later', async () => {
    const server = createServer((_request, response) => response.end('x')).listen(0);
    server.keepAliveTimeout = 20;
    const client = net.connect(portOf(server), '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    client.resume();
    await once(client, 'end');
    await closed(server);
  });

  it('answers 408 to a head that takes longer than headersTimeout', async () => {
    const server = createServer({ headersTimeout: 40, requestTimeout: 40 }).listen(0);
    const errors: unknown[] = [];
    server.on('clientError', (error: NodeJS.ErrnoException, socket: net.Socket) => {
      errors.push(error.code);
      socket.end('HTTP/1.1 408 Mine\r\n\r\n');
    });
    const client = net.connect(portOf(server), '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost');
    const [data] = (await once(client, 'data')) as [Buffer];
    expect([data.toString(), errors]).to.deep.equal([
      'HTTP/1.1 408 Mine\r\n\r\n',
      ['ERR_HTTP_REQUEST_TIMEOUT'],
    ]);
    client.destroy();
    await closed(server);
  });

  it('serves sockets that somebody else gives it', async () => {
    const server = createServer((_request, response) => response.end('given')).listen(0);
    const front = net.createServer((socket) => server.emit('connection', socket)).listen(0);
    const { port } = front.address() as net.AddressInfo;
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).to.equal('given');
    front.close();
    await closed(server);
  });

  it('keeps the contexts of requests apart, and gives them to finish', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(storage.getStore());
      storage.enterWith(String(request.url));
      response.on('finish', () => {
        seen.push(storage.getStore());
      });
      response.end();
    }).listen(0);
    const client = net.connect(portOf(server), '127.0.0.1');
    client.write(
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    client.resume();
    await once(client, 'end');
    expect(seen.filter((each) => each === undefined)).to.have.length(2);
    expect(seen.filter((each) => each !== undefined).sort()).to.deep.equal(['/1', '/2']);
    await closed(server);
  });

  it('publishes what node:http publishes', async () => {
    const names = ['http.server.request.start', 'http.server.response.finish'];
    const published: string[] = [];
    const note = (message: unknown, name: string | symbol): void => {
      const { request, server: from } = message as { request: { url: string }; server: unknown };
      if (from === server) published.push(`${String(name)} ${request.url}`);
    };
    const server = createServer((_request, response) => response.end()).listen(0);
    for (const name of names) subscribe(name, note);
    await get(server, '/x');
    for (const name of names) unsubscribe(name, note);
    expect(published).to.deep.equal(names.map((name) => `${name} /x`));
    await closed(server);
  });

  it('emits its requests through emit() of http.Server, which may be patched', async () => {
    const events: string[] = [];
    const { prototype } = nodeHttp.Server as unknown as { prototype: EventEmitter };
    const server = createServer((_request, response) => response.end('x')).listen(0);
    prototype.emit = function (this: EventEmitter, event: string | symbol, ...args: unknown[]) {
      if (this === server) events.push(String(event));
      return EventEmitter.prototype.emit.call(this, event, ...args);
    };
    try {
      await get(server);
    } finally {
      delete (prototype as { emit?: unknown }).emit;
    }
    expect(events).to.include('request');
    await closed(server);
  });

  it('shows the engine’s view of a request', async () => {
    const server = createServer((request, response) => {
      const view = engineRequestOf(request);
      response.end(`${view?.request.method} ${String(view?.request.headers['host'])}`);
    }).listen(0);
    expect(await get(server)).to.equal(`GET 127.0.0.1:${portOf(server)}`);
    expect(engineRequestOf(new nodeHttp.IncomingMessage(new net.Socket()))).to.equal(null);
    await closed(server);
  });
});
