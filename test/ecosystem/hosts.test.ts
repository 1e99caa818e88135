import { expect } from 'chai';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import 'reflect-metadata';
import { Controller, Get, Module, Param, Post, Body as NestBody } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import Koa from 'koa';
import serveStatic from 'serve-static';
import { Server as SocketServer } from 'socket.io';
import { io } from 'socket.io-client';
import { request as undici } from 'undici';
import { createServer } from 'gudeg/node-http';
import { createServer as createExpressServer, rgi } from 'gudeg/express';
import { serverFactory } from 'gudeg/fastify';

type Server = ReturnType<typeof createServer>;

async function withServer(server: Server, use: (url: string) => Promise<void>): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const text = async (url: string, init: RequestInit = {}): Promise<string> =>
  (await fetch(url, init)).text();

/** A controller without the syntax of decorators, which is no JavaScript yet. */
class Books {
  find(id: string): object {
    return { id };
  }

  add(book: object): object {
    return { added: book };
  }
}
const prototype = Books.prototype;
const describeMethod = (name: 'find' | 'add'): PropertyDescriptor =>
  Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
Get(':id')(prototype, 'find', describeMethod('find'));
Param('id')(prototype, 'find', 0);
Post()(prototype, 'add', describeMethod('add'));
NestBody()(prototype, 'add', 0);
Controller('books')(Books);

class Library {
  readonly name = 'library';
}
Module({ controllers: [Books] })(Library);

const quiet = { logger: false } as never;

describe('on gudeg/node-http', () => {
  it('Koa serves, with streams, errors and an RGI app inside', async () => {
    const koa = new Koa();
    koa.silent = true;
    const guest = rgi((_session, { path }) => [200, 'OK', {}, path.join()]);
    koa.use(async (context, next) => {
      context.set('x-koa', '1');
      if (context.path === '/rgi') {
        context.respond = false;
        guest(context.req, context.res, (error) => context.onerror(error as Error));
        return;
      }
      await next();
    });
    koa.use(async (context) => {
      if (context.path === '/fail') context.throw(418, 'teapot');
      const chunks: string[] = [];
      for await (const chunk of context.req) chunks.push(String(chunk));
      context.body = { method: context.method, body: chunks.join('') };
    });
    const listener = koa.callback() as RequestListener;
    await withServer(createServer(listener), async (url) => {
      const json = await text(`${url}/`, { method: 'POST', body: 'hi' });
      expect(JSON.parse(json)).to.deep.equal({ method: 'POST', body: 'hi' });
      expect((await fetch(`${url}/fail`)).status).to.equal(418);
      const response = await fetch(`${url}/rgi`);
      expect([await response.text(), response.headers.get('x-koa')]).to.deep.equal(['rgi', '1']);
    });
  });

  it('NestJS serves on Express', async () => {
    const host = express();
    const nest = await NestFactory.create(Library, new ExpressAdapter(host), quiet);
    await nest.init();
    await withServer(createExpressServer(host), async (url) => {
      expect(await text(`${url}/books/5`)).to.equal('{"id":"5"}');
      const init = {
        method: 'POST',
        body: '{"title":"Momo"}',
        headers: { 'content-type': 'application/json' },
      };
      expect(await text(`${url}/books`, init)).to.equal('{"added":{"title":"Momo"}}');
      expect((await fetch(`${url}/nix`)).status).to.equal(404);
    });
    await nest.close();
  });

  it('NestJS serves on Fastify', async () => {
    const adapter = new FastifyAdapter({ serverFactory } as never);
    const nest = await NestFactory.create(Library, adapter, quiet);
    await nest.listen(0, '127.0.0.1');
    try {
      const url = await nest.getUrl();
      expect(await text(`${url}/books/5`)).to.equal('{"id":"5"}');
      expect((await fetch(`${url}/nix`)).status).to.equal(404);
    } finally {
      await nest.close();
    }
  });

  it('a handler of (req, res), as Next.js has it, serves', async () => {
    const handle = async (...[request, response]: Parameters<RequestListener>): Promise<void> => {
      const { pathname } = new URL(request.url ?? '/', `http://${request.headers.host ?? ''}`);
      await Promise.resolve();
      response.statusCode = 200;
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.write(`<p>${pathname}`);
      response.end('</p>');
    };
    const listener: RequestListener = (request, response) => void handle(request, response);
    await withServer(createServer(listener), async (url) => {
      expect(await text(`${url}/page?q`)).to.equal('<p>/page</p>');
    });
  });

  it('serve-static serves files, parts of them, and what has not changed', async () => {
    const files = serveStatic(fileURLToPath(new URL('../../examples/public', import.meta.url)));
    const listener: RequestListener = (request, response) => {
      files(request, response, () => {
        response.writeHead(404).end();
      });
    };
    await withServer(createServer(listener), async (url) => {
      const whole = await fetch(`${url}/style.css`);
      const body = await whole.text();
      expect(body).to.match(/^body \{/);
      const headers = { range: 'bytes=0-3' };
      const part = await fetch(`${url}/style.css`, { headers });
      expect([part.status, await part.text()]).to.deep.equal([206, 'body']);
      const etag = whole.headers.get('etag') ?? '';
      // fetch() adds cache-control: no-cache to a conditional request.
      const conditions = { headers: { 'if-none-match': etag } };
      const same = await undici(`${url}/style.css`, conditions);
      expect(same.statusCode).to.equal(304);
      await same.body.dump();
      expect((await fetch(`${url}/nix`)).status).to.equal(404);
    });
  });

  for (const transport of ['polling', 'websocket'] as const) {
    it(`socket.io talks, by ${transport}`, async () => {
      const server = createServer();
      const sockets = new SocketServer(server as never);
      sockets.on('connection', (socket) => {
        socket.on('ask', (question: string, answer: (text: string) => void) => {
          answer(question.toUpperCase());
        });
      });
      await withServer(server, async (url) => {
        const client = io(url, { transports: [transport], reconnection: false });
        try {
          const answer: unknown = await client.timeout(5000).emitWithAck('ask', 'hello');
          expect(answer).to.equal('HELLO');
        } finally {
          client.disconnect();
          await sockets.close();
        }
      });
    });
  }
});
