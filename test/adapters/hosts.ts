import express from 'express';
import express4 from 'express4';
import Fastify, { type FastifyInstance, type FastifyPluginCallback } from 'fastify';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App, SocketAddress } from 'gudeg';
import { createServer, rgi as expressRgi, type Middleware } from 'gudeg/express';
import { rgi as fastifyRgi, serverFactory } from 'gudeg/fastify';

import { ObservedServer } from '../support/observed-server.ts';

/** A server in which an app is mounted at `/base`. */
export interface Host extends AsyncDisposable {
  readonly address: SocketAddress;
  /** Codes, or messages where there is none, of what reached the host's error handler. */
  readonly errors: string[];
}

/** A kind of host, and what it can't do. */
export interface HostKind {
  readonly name: string;
  /** Whether chunk extensions pass both ways. */
  readonly keepsExtensions: boolean;
  start(app: App): Promise<Host>;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}

async function listening(server: http.Server, errors: string[]): Promise<Host> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: ['127.0.0.1', port],
    errors,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function startServer(app: App): Promise<Host> {
  const routed: App = (session, request, api) => {
    request.shiftPath();
    return app(session, request, api);
  };
  routed.onConnect = app.onConnect ?? null;
  const server = await ObservedServer.start(routed);
  return {
    address: server.address as SocketAddress,
    errors: server.errors,
    [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }),
  };
}

type Listener = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A Fastify server with a plugin at `/base`; `prepare` sees it before. */
export async function startFastify(
  plugin: FastifyPluginCallback<{ prefix?: string; bodyLimit?: number }>,
  engine: boolean,
  prepare?: (fastify: FastifyInstance) => void,
): Promise<Host> {
  const errors: string[] = [];
  // What fails behind the head is not for the error handler any more; it is logged.
  const write = (line: string): void => {
    const { err } = JSON.parse(line) as { err: { code?: string; message: string } };
    errors.push(err.code ?? err.message);
  };
  const fastify = Fastify({
    forceCloseConnections: true,
    ...(engine ? { serverFactory } : {}),
    logger: { level: 'error', stream: { write } },
  });
  fastify.setErrorHandler((error, _request, reply) => {
    errors.push(codeOf(error));
    const { status, message } = error as Error & { status?: number };
    reply.code(status ?? 500).send(message);
  });
  prepare?.(fastify);
  await fastify.register(plugin, { prefix: '/base', bodyLimit: 2 ** 40 });
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  const { port } = fastify.server.address() as AddressInfo;
  return {
    address: ['127.0.0.1', port],
    errors,
    [Symbol.asyncDispose]: () => fastify.close(),
  };
}

/** An Express server with a middleware at `/base`; `prepare` sees the app before. */
export async function startExpress(
  make: typeof express,
  middleware: Middleware,
  engine: boolean,
  prepare?: (app: express.Express) => void,
): Promise<Host> {
  const errors: string[] = [];
  const host = make();
  prepare?.(host);
  host.use('/base', middleware);
  host.use(((error, _request, response, next) => {
    errors.push(codeOf(error));
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, message } = error as Error & { status?: number };
    response.status(status ?? 500).send(message);
  }) satisfies express.ErrorRequestHandler);
  host.set('env', 'test');
  const create = engine ? createServer : http.createServer;
  return listening(create(host as unknown as Listener), errors);
}

/** Every host that the contract holds for; the first is the one without a host, for comparison. */
export const hostKinds: readonly HostKind[] = [
  { name: 'Server', keepsExtensions: true, start: startServer },
  {
    name: 'Fastify on node:http',
    keepsExtensions: false,
    start: (app) => startFastify(fastifyRgi(app), false),
  },
  {
    name: 'Fastify on the engine',
    keepsExtensions: true,
    start: (app) => startFastify(fastifyRgi(app), true),
  },
  {
    name: 'Express on the engine',
    keepsExtensions: true,
    start: (app) => startExpress(express, expressRgi(app), true),
  },
  {
    name: 'Express 4 on the engine',
    keepsExtensions: true,
    start: (app) => startExpress(express4, expressRgi(app), true),
  },
  {
    name: 'Express on node:http',
    keepsExtensions: false,
    start: (app) => startExpress(express, expressRgi(app), false),
  },
  {
    name: 'Express 4 on node:http',
    keepsExtensions: false,
    start: (app) => startExpress(express4, expressRgi(app), false),
  },
];
