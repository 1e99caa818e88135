import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Pool, TempServer, type App } from 'gudeg';
import { caught, rejected } from '../caught.ts';
import { RawServer } from '../../support/raw-server.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na';

describe('Pool', () => {
  it('keeps connections, and makes no more than it may', async () => {
    const seen = new Set<unknown>();
    const app: App = (session) => {
      seen.add(session);
      return new Promise((resolve) => setImmediate(resolve, [200, 'OK', {}, 'x']));
    };
    await using server = await TempServer.start(app);
    await using pool = new Pool(server.address ?? '', { maxConnections: 3 });
    const all = await Promise.all(
      Array.from(
        { length: 50 },
        async (_, i) => (await (await pool.get(`/${i}`)).body?.text()) ?? '',
      ),
    );
    expect(all.join('')).to.equal('x'.repeat(50));
    expect(seen.size).to.equal(3);
    expect(pool.statistics()).to.deep.equal({ open: 3, idle: 3, queued: 0 });
  });

  it('serves those who wait in their order', async () => {
    const order: string[] = [];
    const app: App = (_session, { uri }) => {
      order.push(uri);
      return [200, 'OK', {}, 'x'];
    };
    await using server = await TempServer.start(app);
    await using pool = new Pool(server.address ?? '', { maxConnections: 1 });
    await Promise.all(['/1', '/2', '/3', '/4'].map((uri) => pool.post(uri, {}, 'x')));
    expect(order).to.deep.equal(['/1', '/2', '/3', '/4']);
  });

  it('makes an idempotent request again when its connection had died', async () => {
    let requests = 0;
    await using server = await RawServer.start((socket) => {
      requests += 1;
      if (requests === 2) socket.end();
      else socket.write(ok);
    });
    await using pool = new Pool(server.address);
    for (let i = 0; i < 2; i++) expect((await pool.get('/')).status).to.equal(200);
    expect([requests, server.connections]).to.deep.equal([3, 2]);
  });

  it('does not make other requests again', async () => {
    let requests = 0;
    await using server = await RawServer.start((socket) => {
      requests += 1;
      if (requests === 2) socket.end();
      else socket.write(ok);
    });
    await using pool = new Pool(server.address);
    expect((await pool.post('/', {}, '')).status).to.equal(200);
    await rejected('GUDEG_ERR_CLIENT_NO_RESPONSE', pool.post('/', {}, ''));
    expect(requests).to.equal(2);
    expect(pool.statistics()).to.deep.equal({ open: 0, idle: 0, queued: 0 });
  });

  it('never gives a poisoned connection again', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${ok}garbage`);
    });
    await using pool = new Pool(server.address, { maxConnections: 1 });
    for (let i = 0; i < 5; i++) expect((await pool.get('/')).status).to.equal(200);
    expect(server.connections).to.equal(5);
  });

  it('has a limit for those who wait, and lets them give up', async () => {
    await using server = await RawServer.start(() => undefined);
    const pool = new Pool(server.address, { maxConnections: 1, maxQueued: 1 });
    const running = pool.get('/');
    const controller = new AbortController();
    const reason = new Error('enough');
    const waiting = pool.get('/', {}, { signal: controller.signal });
    await rejected('GUDEG_ERR_CLIENT_POOL_FULL', pool.get('/'));
    controller.abort(reason);
    expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
    const closing = pool.close({ graceMs: 20 });
    await rejected('GUDEG_ERR_CLIENT_CLOSED', pool.get('/'));
    expect(await running.catch((error: unknown) => error)).to.have.property('code');
    await closing;
  });

  it('closes when what runs is done', async () => {
    let ask = (_answer: () => void): void => undefined;
    const asked = new Promise<() => void>((resolve) => (ask = resolve));
    await using server = await RawServer.start((socket) => {
      ask(() => socket.write(ok));
    });
    const pool = new Pool(server.address);
    const running = pool.get('/');
    const answer = await asked;
    const closing = pool.close();
    answer();
    expect((await running).status).to.equal(200);
    await closing;
    expect(pool.statistics().open).to.equal(0);
  });

  it('passes on that there is no server', async () => {
    const gone = await TempServer.start(() => [200, 'OK', {}, 'x']);
    const { address } = gone;
    await gone.close();
    const pool = new Pool(address ?? '', { maxConnections: 1 });
    await rejected('GUDEG_ERR_CLIENT_CONNECT', pool.get('/'));
    await rejected('GUDEG_ERR_CLIENT_CONNECT', pool.get('/'));
    await pool.close();
    caught('GUDEG_ERR_INVALID_OPTION', () => new Pool(['a', 1], { maxConnections: 0 }));
  });

  it('leaves a server alone that takes no connection, and finds it again', async () => {
    const gone = await TempServer.start(() => [200, 'OK', {}, 'x']);
    const { address } = gone;
    await gone.terminate();
    await using pool = new Pool(address ?? '');
    await rejected('GUDEG_ERR_CLIENT_CONNECT', pool.get('/'));
    expect(pool.retryInMs).to.be.within(1, 100);
    await using back = await TempServer.start(() => [200, 'OK', {}, 'x'], {}, address as ['', 0]);
    const meanwhile = await rejected('GUDEG_ERR_CLIENT_CONNECT', pool.get('/'));
    expect(meanwhile).to.include({ retry: 'always' });
    expect(meanwhile.message).to.match(/tried again in \d+ ms/);
    expect(back.counts?.accepted).to.equal(0);
    await delay(pool.retryInMs + 1);
    // One of many tries it; the others wait for what it finds.
    const all = await Promise.all(Array.from({ length: 20 }, () => pool.get('/')));
    expect(new Set(all.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect(pool.retryInMs).to.equal(0);
  });

  it('tries a server that takes no connection with one request, and fails those that wait', async () => {
    const gone = await TempServer.start(() => [200, 'OK', {}, 'x']);
    const { address } = gone;
    await gone.terminate();
    await using pool = new Pool(address ?? '', { maxBackoffMs: 1 });
    await rejected('GUDEG_ERR_CLIENT_CONNECT', pool.get('/'));
    await delay(pool.retryInMs + 1);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => pool.get('/')));
    expect(new Set(results.map(({ status }) => status))).to.deep.equal(new Set(['rejected']));
    expect(pool.statistics()).to.deep.equal({ open: 0, idle: 0, queued: 0 });
  });

  it('is made from a client, whose options and base headers it uses', async () => {
    await using server = await TempServer.start((_session, { headers }) => [
      200,
      'OK',
      {},
      String(headers['x-mine']),
    ]);
    const client = new Client(server.address ?? '');
    client.setBaseHeader('x-mine', 'yes');
    await using pool = new Pool(client, { maxConnections: 1 });
    expect(await (await pool.get('/')).body?.text()).to.equal('yes');
    caught('GUDEG_ERR_INVALID_OPTION', () => new Pool(client, { timeoutMs: 1 }));
  });

  it('makes requests of all kinds', async () => {
    const app: App = async (_session, { method, uri, headers, body }) => {
      const content = (await body?.text()) ?? '';
      return [
        200,
        'OK',
        {},
        method === 'HEAD' ? null : [method, uri, headers['range'], content].join(),
      ];
    };
    await using server = await TempServer.start(app);
    await using pool = new Pool(server.address ?? '', { maxConnections: 1 });
    const all = [
      await pool.get('/'),
      await pool.delete('/'),
      await pool.put('/', {}, 'a'),
      await pool.post('/', {}, 'b'),
      await pool.getRange('/', {}, 2, 5),
      await pool.request('PURGE', '/'),
      await pool.head('/'),
    ];
    const texts = [];
    for (const { body } of all) texts.push((await body?.text()) ?? null);
    expect(texts).to.deep.equal([
      'GET,/,,',
      'DELETE,/,,',
      'PUT,/,,a',
      'POST,/,,b',
      'GET,/,bytes=2-4,',
      'PURGE,/,,',
      null,
    ]);
  });
});
