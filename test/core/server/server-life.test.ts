import { expect } from 'chai';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Server, TempServer, type App, type RequestMessage, type Response } from 'gudeg';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { rejected } from '../caught.ts';

const ok: App = () => [200, 'OK', {}, 'ok'];
const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const anywhere = ['127.0.0.1', 0] as const;

/** An app whose answers wait for `release()`, and a promise of its first call. */
function gated(): { app: App; called: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let call = (): void => undefined;
  const called = new Promise<void>((resolve) => (call = resolve));
  const app: App = async () => {
    call();
    await gate;
    return [200, 'OK', {}, 'done'];
  };
  return { app, called, release };
}

describe('a server', () => {
  it('has no address before it listens, and says when it does', async () => {
    const server = new Server(anywhere, ok);
    expect([server.address, server.isListening]).to.deep.equal([null, false]);
    expect(String(server)).to.equal("Server([ '127.0.0.1', 0 ])");
    const listening = once(server, 'listening');
    expect(await server.listen()).to.equal(server);
    await listening;
    expect(server.isListening).to.equal(true);
    expect(String(server)).to.match(/^Server\(\[ '127\.0\.0\.1', [1-9]\d+ \]\)$/);
    await server.close();
    expect(server.isListening).to.equal(false);
  });

  it('listens once', async () => {
    await using server = await TempServer.start(ok);
    const error = await rejected('GUDEG_ERR_SERVER_STATE', server.listen());
    expect(error.message).to.equal(
      'listen() was called on a server that is listening; make a new Server',
    );
  });

  it('listens once, also when it is asked twice at the same time', async () => {
    await using server = new TempServer(anywhere, ok);
    const first = server.listen();
    await rejected('GUDEG_ERR_SERVER_STATE', server.listen());
    await first;
    await using client = await RawClient.to(server.address);
    expect((await client.request(get)).status).to.equal(200);
  });

  it('does not listen once it was closed', async () => {
    const server = new Server(anywhere, ok);
    await server.close();
    await rejected('GUDEG_ERR_SERVER_STATE', server.listen());
  });

  it('that is closed while it begins to listen does not stay open', async () => {
    const server = new Server(['localhost', 0], ok);
    const listening = server.listen().then(
      () => null,
      (error: unknown) => error as Error,
    );
    await server.close();
    await listening;
    expect(server.isListening).to.equal(false);
  });

  it('serves many at once in one process', async () => {
    const servers = await Promise.all(
      Array.from({ length: 5 }, (_, i) => TempServer.start(() => [200, 'OK', {}, String(i)])),
    );
    for (const [i, server] of servers.entries()) {
      await using client = await RawClient.to(server.address);
      expect((await client.request(get)).body).to.equal(String(i));
    }
    await Promise.all(servers.map((server) => server.terminate()));
  });

  describe('that closes', () => {
    it('accepts no more, ends idle connections, and emits close', async () => {
      const server = await ObservedServer.start(ok);
      await using client = await RawClient.to(server.address);
      await client.request(get);
      const closed = once(server, 'close');
      const closing = server.close();
      expect(await client.rest()).to.equal('');
      client.finish();
      await Promise.all([closing, closed]);
      expect(server.connectionCount).to.equal(0);
      const refusal: unknown = await RawClient.to(server.address).catch((error: unknown) => error);
      expect(refusal).to.include({ code: 'ECONNREFUSED' });
      await server.close();
    });

    it('lets a running request end, with connection: close', async () => {
      const { app, called, release } = gated();
      const server = await ObservedServer.start(app);
      await using client = await RawClient.to(server.address);
      client.send(get);
      await called;
      let isClosed = false;
      const closing = server.close().then(() => (isClosed = true));
      await new Promise(setImmediate);
      expect(isClosed).to.equal(false);
      release();
      const response = await client.response();
      expect([response.body, response.field('connection')]).to.deep.equal(['done', 'close']);
      await client.ending;
      client.finish();
      await closing;
    });

    it('cuts what is left after graceMs', async () => {
      const { app, called } = gated();
      const server = await ObservedServer.start(app);
      await using client = await RawClient.to(server.address);
      client.send(get);
      await called;
      const start = performance.now();
      await server.close({ graceMs: 50 });
      expect(performance.now() - start).to.be.at.least(45);
      expect(await client.rest()).to.equal('');
    });

    it('cuts all at once with graceMs 0, also when it closes already', async () => {
      const { app, called, release } = gated();
      const server = await ObservedServer.start(app);
      await using client = await RawClient.to(server.address);
      client.send(get);
      await called;
      const closing = server.close();
      await server.close({ graceMs: 0 });
      await closing;
      expect(await client.rest()).to.equal('');
      release();
      await new Promise(setImmediate);
      expect(server.errors).to.deep.equal([]);
    });

    it('resets an answer that is under way, which then cannot look whole', async () => {
      const server = await ObservedServer.start((_session, _request, api) => [
        200,
        'OK',
        {},
        new api.ChunkedBodyIter(
          (async function* () {
            yield [null, 'hello'] as const;
            await new Promise(() => undefined);
          })(),
        ),
      ]);
      await using client = await RawClient.to(server.address);
      client.send(get);
      while (!client.received.includes('hello')) {
        await client.receive(client.received.length + 1);
      }
      await server.close({ graceMs: 0 });
      expect(await client.ending).to.equal('reset');
      expect(server.errors).to.deep.equal([]);
    });

    it('refuses a graceMs that is no time', async () => {
      await using server = await ObservedServer.start(ok);
      for (const graceMs of [-1, NaN, '5' as unknown as number]) {
        let message = '';
        try {
          await server.close({ graceMs });
        } catch (error) {
          ({ message } = error as Error);
        }
        expect(message).to.match(/^the option graceMs must be a number >= 0; got/);
      }
      expect(server.isListening).to.equal(true);
    });

    it('at the end of a block of await using', async () => {
      let outer: Server;
      {
        await using server = new Server(anywhere, ok);
        await server.listen();
        outer = server;
      }
      expect(outer.isListening).to.equal(false);
    });

    it('ends serveForever()', async () => {
      const server = new Server(anywhere, ok);
      const serving = server.serveForever();
      await once(server, 'listening');
      await using client = await RawClient.to(server.address);
      expect((await client.request(get)).body).to.equal('ok');
      await server.close({ graceMs: 0 });
      await serving;
    });
  });

  it('closeIdleConnections() leaves running requests and their connections alone', async () => {
    const { app, called, release } = gated();
    await using server = await ObservedServer.start((session, request, api) =>
      request.uri === '/slow' ? app(session, request, api) : [200, 'OK', {}, null],
    );
    await using idle = await RawClient.to(server.address);
    await using busy = await RawClient.to(server.address);
    await idle.request(get);
    busy.send(get.replace('/', '/slow'));
    await called;
    server.closeIdleConnections();
    expect(await idle.rest()).to.equal('');
    release();
    expect((await busy.response()).field('connection')).to.equal(undefined);
    expect((await busy.request(get)).status).to.equal(200);
  });

  it('closeAllConnections() cuts them, and goes on accepting', async () => {
    const { app, called } = gated();
    await using server = await ObservedServer.start(app);
    await using client = await RawClient.to(server.address);
    client.send(get);
    await called;
    server.closeAllConnections();
    expect(await client.rest()).to.equal('');
    await using other = await RawClient.to(server.address);
    other.send(get);
    expect(server.isListening).to.equal(true);
  });

  describe('whose app fails', () => {
    for (const [what, app] of [
      [
        'by throwing',
        () => {
          throw new Error('boom');
        },
      ],
      ['by rejecting', () => Promise.reject(new Error('boom'))],
      [
        'by rejecting later',
        async () => {
          await new Promise(setImmediate);
          throw new Error('boom');
        },
      ],
      [
        'by a then that throws',
        () => ({
          then: () => {
            throw new Error('boom');
          },
        }),
      ],
    ] as [string, App][]) {
      it(`${what} answers 500, reports the error, and keeps the connection`, async () => {
        await using server = await ObservedServer.start(
          (session, request, api) =>
            request.uri === '/fine' ? [200, 'OK', {}, null] : app(session, request, api),
          { dateHeader: false },
        );
        await using client = await RawClient.to(server.address);
        const { status, lines, body } = await client.request(get);
        expect([status, lines, body]).to.deep.equal([
          500,
          ['content-type: text/plain', 'content-length: 22'],
          'Internal Server Error\n',
        ]);
        expect(server.errors).to.deep.equal(['boom']);
        expect((await client.request(get.replace('/', '/fine'))).status).to.equal(200);
      });
    }

    it('tells with which request, and says nothing of it to the client', async () => {
      const contexts: unknown[] = [];
      await using server = await ObservedServer.start(() => {
        throw Object.assign(new Error('secret'), { status: 404 });
      });
      server.on('error', (_error, { session, request }) => {
        contexts.push([session?.requests, request?.uri]);
      });
      await using client = await RawClient.to(server.address);
      const response = await client.request(get.replace('/', '/here'));
      expect([response.status, response.body.includes('secret')]).to.deep.equal([500, false]);
      expect(contexts).to.deep.equal([[1, '/here']]);
    });

    it('writes to stderr when nobody listens for errors', async () => {
      await using server = await TempServer.start(() => {
        throw new Error('unheard');
      });
      const { error } = console;
      const written: unknown[][] = [];
      console.error = (...args) => written.push(args);
      try {
        await using client = await RawClient.to(server.address);
        expect((await client.request(get)).status).to.equal(500);
      } finally {
        console.error = error;
      }
      expect(written).to.have.length(1);
      expect(String(written[0]?.[0])).to.match(/^Server\(.*\): the app failed:$/);
      expect(written[0]?.[1]).to.have.property('message', 'unheard');
    });

    it('lives on when the client left before the answer', async () => {
      const { app, called, release } = gated();
      await using server = await ObservedServer.start(app);
      {
        await using client = await RawClient.to(server.address);
        client.send(get);
        await called;
      }
      release();
      await using other = await RawClient.to(server.address);
      expect((await other.request(get)).body).to.equal('done');
      expect(server.errors).to.deep.equal([]);
    });
  });

  describe('tells tracers', () => {
    const names = ['start', 'finish', 'error'] as const;
    let heard: string[] = [];
    const listeners = names.map((name) => (message: unknown) => {
      const { request, status, error } = message as RequestMessage;
      const detail = status ?? (error as Error | undefined)?.message ?? '';
      heard.push(`${name} ${request.uri} ${detail}`);
    });

    beforeEach(() => {
      heard = [];
      for (const [i, name] of names.entries()) {
        subscribe(`gudeg:request:${name}`, listeners[i] as () => void);
      }
    });

    afterEach(() => {
      for (const [i, name] of names.entries()) {
        unsubscribe(`gudeg:request:${name}`, listeners[i] as () => void);
      }
    });

    it('of the start and end of requests, and of failures', async () => {
      const answers: Record<string, () => Response | Promise<Response>> = {
        '/now': () => [200, 'OK', {}, 'x'],
        '/later': () => Promise.resolve([404, 'Not Found', {}, Buffer.alloc(100_000)]),
        '/boom': () => {
          throw new Error('boom');
        },
      };
      await using server = await ObservedServer.start(
        (_session, { uri }) => answers[uri]?.() ?? [200, 'OK', {}, null],
      );
      await using client = await RawClient.to(server.address);
      for (const uri of ['/now', '/later', '/boom']) await client.request(get.replace('/', uri));
      expect(heard).to.deep.equal([
        'start /now ',
        'finish /now 200',
        'start /later ',
        'finish /later 404',
        'start /boom ',
        'error /boom boom',
      ]);
    });
  });
});
