import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import * as nodeHttp from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import { createServer, type Server } from 'gudeg/node-http';
import { Agent, fetch } from 'undici';

import { NodeProgram } from '../../support/node-program.ts';

const load = createRequire(import.meta.url);

type Listener = nodeHttp.RequestListener;
type Next = (error?: unknown) => void;
type Middleware = (
  request: nodeHttp.IncomingMessage,
  response: nodeHttp.ServerResponse,
  next: Next,
) => void;

/** A listening server that closes with its scope. */
class Listening implements AsyncDisposable {
  readonly server: Server;
  readonly url: string;

  private constructor(server: Server) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(listener: Listener): Promise<Listening> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Listening(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

const hello: Listener = (request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.end(`hello ${request.url ?? ''}`);
};

/** Calls a middleware, then answers. */
const behind =
  (middleware: Middleware, answer: Listener): Listener =>
  (request, response) => {
    middleware(request, response, () => {
      answer(request, response);
    });
  };

/** Serves two requests at once with a server of `door`, and prints the spans that come of them. */
const traced = (door: string): string => `
  import { setTimeout as delay } from 'node:timers/promises';
  import { trace } from '@opentelemetry/api';
  import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
  import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
  import { createRequire } from 'node:module';

  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const instrumentation = new HttpInstrumentation();
  instrumentation.setTracerProvider(provider);
  instrumentation.enable();
  createRequire(import.meta.url)('node:http');
  const { createServer } = await import('${door}');

  const server = createServer(async (request, response) => {
    const span = trace.getActiveSpan();
    await delay(5);
    response.setHeader('x-same-span', String(span !== undefined && trace.getActiveSpan() === span));
    response.writeHead(request.url === '/a?q' ? 500 : 200).end('x');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const same = await Promise.all(['/a?q', '/b'].map(async (path) => {
    const response = await fetch(\`http://127.0.0.1:\${port}\${path}\`, { headers: { traceparent } });
    await response.text();
    return response.headers.get('x-same-span');
  }));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const spans = exporter.getFinishedSpans().map(({ name, kind, status, attributes, ...span }) => {
    const { 'network.peer.port': _, 'server.port': __, ...rest } = attributes;
    return { name, kind, status, parent: span.parentSpanContext?.spanId, attributes: rest };
  });
  spans.sort((one, other) => one.attributes['url.path'].localeCompare(other.attributes['url.path']));
  console.log(JSON.stringify({ same, spans }));
`;

describe('gudeg/node-http with what others have written', () => {
  it('serves curl', async () => {
    await using target = await Listening.start((request, response) => {
      request.pipe(response);
    });
    const { stdout } = await promisify(execFile)(
      'curl',
      ['-sS', '--data-binary', 'x'.repeat(3000), '-H', 'Expect: 100-continue', target.url],
      // Not with the sanitizer that this process may be run with.
      { env: { ...process.env, LD_PRELOAD: '' } },
    );
    expect(stdout).to.equal('x'.repeat(3000));
  });

  it('serves undici, many at a time on few connections', async () => {
    await using target = await Listening.start(hello);
    const dispatcher = new Agent({ connections: 2, pipelining: 4 });
    const texts = await Promise.all(
      Array.from({ length: 40 }, async (_, i) =>
        (await fetch(`${target.url}/${i}`, { dispatcher })).text(),
      ),
    );
    expect(texts).to.deep.equal(Array.from({ length: 40 }, (_, i) => `hello /${i}`));
    await dispatcher.close();
  });

  it('serves the client of node:http, which keeps its connection', async () => {
    const sockets = new Set<unknown>();
    await using target = await Listening.start((request, response) => {
      sockets.add(request.socket);
      hello(request, response);
    });
    const agent = new nodeHttp.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 3; i++) {
      const request = nodeHttp.get(target.url, { agent });
      const [response] = (await once(request, 'response')) as [nodeHttp.IncomingMessage];
      response.resume();
      await once(response, 'end');
    }
    agent.destroy();
    expect(sockets.size).to.equal(1);
  });

  it('carries the WebSockets of ws', async () => {
    const { WebSocket, WebSocketServer } = load('ws') as {
      WebSocket: new (url: string) => WebSocketLike;
      WebSocketServer: new (options: object) => WebSocketLike;
    };
    interface WebSocketLike extends NodeJS.EventEmitter {
      send(data: unknown): void;
      close(code?: number): void;
    }
    await using target = await Listening.start(hello);
    const sockets = new WebSocketServer({ server: target.server });
    sockets.on('connection', (socket: WebSocketLike) => {
      socket.on('message', (data: Buffer) => {
        socket.send(data);
      });
    });
    const client = new WebSocket(target.url.replace('http', 'ws'));
    await once(client, 'open');
    for (const size of [1, 1000, 200_000]) {
      const sent = Buffer.alloc(size, 'w');
      client.send(sent);
      const [received] = (await once(client, 'message')) as [Buffer];
      expect(received.equals(sent)).to.equal(true);
    }
    client.close(1000);
    expect((await once(client, 'close'))[0]).to.equal(1000);
  });

  it('is tested by supertest', async () => {
    const supertest = load('supertest') as (target: unknown) => {
      get(path: string): { expect(status: number, body?: string): Promise<unknown> };
    };
    const server = createServer(hello);
    await supertest(server).get('/one').expect(200, 'hello /one');
    expect(server.listening).to.equal(false);
  });

  it('is logged by morgan', async () => {
    const morgan = load('morgan') as (format: string, options: object) => Middleware;
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line.trim()) };
    const format = ':method :url :status :res[content-type] :remote-addr :user-agent';
    await using target = await Listening.start(behind(morgan(format, { stream }), hello));
    await (await fetch(`${target.url}/x`, { headers: { 'user-agent': 'me' } })).text();
    expect(lines).to.deep.equal(['GET /x 200 text/plain 127.0.0.1 me']);
  });

  it('is logged by pino-http', async () => {
    const pino = load('pino-http') as (options: object, stream: object) => Middleware;
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line) };
    await using target = await Listening.start((request, response) => {
      pino({}, stream)(request, response, () => undefined);
      hello(request, response);
    });
    await (await fetch(`${target.url}/x`)).text();
    const entry = JSON.parse(lines[0] ?? '{}') as Record<string, Record<string, unknown>>;
    expect([entry['req']?.['url'], entry['res']?.['statusCode'], entry['msg']]).to.deep.equal([
      '/x',
      200,
      'request completed',
    ]);
  });

  it('is traced by OpenTelemetry as node:http is', async () => {
    const [ours, nodes] = await Promise.all(
      ['gudeg/node-http', 'node:http'].map(async (door) => {
        await using program = NodeProgram.text(traced(door));
        const { stdout, stderr } = await program.end;
        expect(stderr).to.equal('');
        return JSON.parse(stdout) as { same: string[]; spans: object[] };
      }),
    );
    expect(ours).to.deep.equal(nodes);
    expect(ours?.same).to.deep.equal(['true', 'true']);
    expect(ours?.spans).to.have.length(2);
    expect(ours?.spans[0]).to.deep.include({ name: 'GET', parent: 'b7ad6b7169203331' });
  });

  it('is compressed by compression', async () => {
    const compression = load('compression') as (options: object) => Middleware;
    const text = 'compress me '.repeat(1000);
    await using target = await Listening.start(
      behind(compression({ threshold: 0 }), (_request, response) => {
        response.setHeader('Content-Type', 'text/plain');
        response.end(text);
      }),
    );
    const request = nodeHttp.get(target.url, { headers: { 'accept-encoding': 'gzip' } });
    const [response] = (await once(request, 'response')) as [nodeHttp.IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    expect(response.headers['content-encoding']).to.equal('gzip');
    expect(gunzipSync(Buffer.concat(pieces)).toString()).to.equal(text);
  });

  it('takes uploads with multer', async () => {
    const multer = load('multer') as () => { single(name: string): Middleware };
    await using target = await Listening.start(
      behind(multer().single('file'), (request, response) => {
        const { file } = request as { file?: { originalname: string; buffer: Buffer } };
        response.end(`${file?.originalname} ${file?.buffer.length}`);
      }),
    );
    const form = new FormData();
    form.set('file', new Blob(['y'.repeat(200_000)]), 'a.txt');
    const response = await globalThis.fetch(target.url, { method: 'POST', body: form });
    expect(await response.text()).to.equal('a.txt 200000');
  });

  it('proxies with http-proxy, and is proxied', async () => {
    const { createProxyServer } = load('http-proxy') as {
      createProxyServer: (options: object) => { web: Listener; close(): void };
    };
    await using target = await Listening.start((request, response) => {
      request.pipe(response);
    });
    const proxy = createProxyServer({ target: target.url });
    await using front = await Listening.start((request, response) => {
      proxy.web(request, response);
    });
    const body = 'z'.repeat(100_000);
    const response = await fetch(front.url, { method: 'POST', body });
    expect(await response.text()).to.equal(body);
    proxy.close();
  });

  it('runs Koa', async () => {
    const Koa = load('koa') as new () => {
      use(middleware: (context: { body: unknown; path: string }) => void): void;
      callback(): Listener;
    };
    const app = new Koa();
    app.use((context) => {
      context.body = { path: context.path };
    });
    await using target = await Listening.start(app.callback());
    const response = await fetch(`${target.url}/koa`);
    expect([response.status, await response.json()]).to.deep.equal([200, { path: '/koa' }]);
  });

  it('runs Express, also where it is called by another listener', async () => {
    const app = express();
    app.use(express.json());
    app.get('/hello', (request, response) => {
      response.json({ ip: request.ip, host: request.hostname, secure: request.secure });
    });
    app.post('/echo', (request, response) => {
      response.status(201).send(request.body as object);
    });
    let calls = 0;
    await using target = await Listening.start((request, response) => {
      calls++;
      app(request, response);
    });
    for (let i = 0; i < 3; i++) {
      const seen = await (await fetch(`${target.url}/hello`)).json();
      expect(seen).to.deep.equal({ ip: '127.0.0.1', host: '127.0.0.1', secure: false });
      const response = await fetch(`${target.url}/echo`, {
        method: 'POST',
        body: '{"a":1}',
        headers: { 'content-type': 'application/json' },
      });
      expect([response.status, await response.json()]).to.deep.equal([201, { a: 1 }]);
    }
    expect(calls).to.equal(6);
  });

  it('streams server-sent events that end with the client', async () => {
    let closed = 0;
    await using target = await Listening.start((request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
      request.on('close', () => closed++);
    });
    const abort = new AbortController();
    const response = await fetch(target.url, { signal: abort.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).to.equal('data: 1\n\n');
    abort.abort();
    while (closed === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(closed).to.equal(1);
  });

  it('tunnels for a CONNECT proxy', async () => {
    await using target = await Listening.start(() => undefined);
    target.server.on('connect', (_request: unknown, socket: Duplex) => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(socket);
    });
    const { port } = target.server.address() as AddressInfo;
    const request = nodeHttp.request({ port, host: '127.0.0.1', method: 'CONNECT', path: 'a:1' });
    request.end();
    const [, socket] = (await once(request, 'connect')) as [unknown, Duplex];
    socket.write('echoed');
    expect(String((await once(socket, 'data'))[0])).to.equal('echoed');
    socket.destroy();
  });
});
