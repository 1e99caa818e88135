import { expect } from 'chai';
import { Pool, TempServer, type App } from 'gudeg';
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
});
