import { expect } from 'chai';
import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, fstatSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Event, onUnhandledError, sleep, spawn } from 'gudeg/green';
import type { GatewayApp, Write } from 'gudeg/gateway';

import { GatewayServer } from './gateway-server.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a Gateway under hostile apps and clients', () => {
  it('keeps the AsyncLocalStorage contexts of requests apart', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const app: GatewayApp = (environ, startResponse) => {
      seen.push(storage.getStore());
      storage.enterWith(environ.PATH_INFO);
      if (environ.PATH_INFO === '/2') sleep(0.001);
      seen.push(storage.getStore());
      startResponse('200 OK', []);
      return [];
    };
    await using server = await GatewayServer.start(app);
    await using client = await server.connect();
    const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
    client.send(['/1', '/2', '/3'].map(request).join(''));
    for (let i = 0; i < 3; i++) await client.response();
    expect(seen).to.deep.equal([undefined, '/1', undefined, '/2', undefined, '/3']);
  });

  it('tells a second green thread that reads the same input', async () => {
    const codes: unknown[] = [];
    await using server = await GatewayServer.start((environ, startResponse) => {
      const read = () => environ['wsgi.input'].read().toString();
      const first = spawn(read);
      const second = spawn(read);
      second.join();
      codes.push((second.exception as { code?: unknown }).code);
      startResponse('200 OK', []);
      return [first.wait()];
    });
    await using client = await server.connect();
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n');
    while (codes.length === 0) await turn();
    client.send('ab');
    expect((await client.response()).body).to.equal('ab');
    expect(codes).to.deep.equal(['GUDEG_ERR_BODY_STATE']);
  });

  it('lets several green threads write, each as fast as the client takes it', async () => {
    const piece = Buffer.alloc(40_000, 97);
    await using server = await GatewayServer.start((_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      const writers = Array.from({ length: 10 }, () =>
        spawn(() => {
          for (let i = 0; i < 10; i++) write(piece);
        }),
      );
      for (const writer of writers) writer.wait();
      return [];
    });
    expect((await server.get()).body.length).to.equal(100 * piece.length);
  });

  it('tells whoever writes when the response is over so', async () => {
    let late: Write | undefined;
    await using server = await GatewayServer.start((_environ, startResponse) => {
      late = startResponse('200 OK', []);
      return (function* () {
        yield 'a';
      })();
    });
    expect((await server.get()).body).to.equal('a');
    expect(() => late?.('more')).to.throw(/after the response was over/);
  });

  it('survives a log and a wsgi.errors that throw', async () => {
    const broken = () => {
      throw new Error('broken');
    };
    const unhandled: unknown[] = [];
    const before = onUnhandledError((error) => unhandled.push((error as Error).message));
    const environ = { 'wsgi.errors': { write: broken, writelines: broken, flush: broken } };
    await using server = await GatewayServer.start(
      ({ PATH_INFO }, startResponse) => {
        if (PATH_INFO === '/wait') sleep(0.001);
        if (PATH_INFO === '/throw') throw new Error('boom');
        startResponse('200 OK', []);
        return ['x'];
      },
      { log: broken, environ, debug: true },
    );
    for (const [path, status] of [
      ['/', 200],
      ['/wait', 200],
      ['/throw', 500],
    ] as const) {
      expect((await server.get(path)).status).to.equal(status);
    }
    while (unhandled.length < 3) await turn();
    onUnhandledError(before);
    expect(unhandled).to.deep.equal(['broken', 'broken', 'broken']);
    expect(server.gateway.statistics()).to.deep.equal({ running: 0, waiting: 0 });
  });

  it('closes no file that the kernel still reads from, however the app is ended', async () => {
    const path = join(tmpdir(), `gudeg-hostile-${process.pid}`);
    writeFileSync(path, '');
    truncateSync(path, 64_000_000);
    const fd = openSync(path, 'r');
    try {
      const app: GatewayApp = (environ, startResponse) => {
        startResponse('200 OK', []);
        return environ['wsgi.file_wrapper'](fd);
      };
      await using server = await GatewayServer.start(app);
      const [host, port] = server.server.address as [string, number];
      const socket = connect(port, host, () => socket.write(get)).pause();
      while (server.gateway.statistics().running === 0) await turn();
      const closed = server.gateway.close({ graceMs: 0 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(fstatSync(fd).size).to.equal(64_000_000);
      socket.destroy();
      await closed;
      expect(() => fstatSync(fd)).to.throw(/EBADF/);
    } finally {
      rmSync(path);
      try {
        closeSync(fd);
      } catch {
        // The gateway did it.
      }
    }
  });

  it('ends a green thread that reads from a client which is gone, and runs its finally blocks', async () => {
    const log: string[] = [];
    const ended = new Event();
    await using server = await GatewayServer.start((environ) => {
      try {
        return [environ['wsgi.input'].read()];
      } finally {
        sleep(0.001);
        log.push('finally');
        ended.send();
      }
    });
    await using client = await server.connect();
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc');
    while (server.gateway.statistics().running === 0) await turn();
    client.socket.resetAndDestroy();
    await ended.waitAsync();
    expect([log, server.server.errors, server.written]).to.deep.equal([['finally'], [], []]);
  });

  it('is not bothered by clients that come and go', async () => {
    const app: GatewayApp = function* (environ, startResponse) {
      const body = environ['wsgi.input'].read();
      startResponse('200 OK', []);
      for (let i = 0; i < 20; i++) {
        yield body;
        yield 'x'.repeat(20_000);
        sleep(0);
      }
    };
    await using server = await GatewayServer.start(app);
    const [host, port] = server.server.address as [string, number];
    const post = `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello`;
    let left = 200;
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 200; i++) {
        const socket = connect(port, host, () => {
          socket.write(post.slice(0, 20 + (i % post.length)));
          setTimeout(() => socket.resetAndDestroy(), i % 7);
        });
        socket.on('error', () => undefined);
        socket.on('close', () => {
          left--;
          if (left === 0) resolve();
        });
      }
    });
    while (server.gateway.statistics().running > 0 || server.server.connectionCount > 0) {
      await turn();
    }
    expect((await server.post('hello')).body.length).to.equal(20 * 20_005);
    expect([server.server.errors, server.written]).to.deep.equal([[], []]);
  });
});
