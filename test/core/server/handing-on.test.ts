import { expect } from 'chai';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Server, openHandOnChannel, openListener, type App } from 'gudeg';

import { RawClient } from '../../support/raw-client.ts';
import { socketPath } from '../../support/socket-path.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const anywhere = ['127.0.0.1', 0] as const;
const answering =
  (text: string): App =>
  () => [200, 'OK', {}, text];

/** Two servers as in two processes: the first one closes and hands on to the second one. */
async function pair(
  first: App,
  second: App = answering('second'),
): Promise<[Server, Server, number]> {
  const channel = openHandOnChannel();
  const old = await new Server(anywhere, first).listen();
  const successor = await new Server(anywhere, second).listen();
  successor.receiveConnections(channel.receiveFd);
  return [old, successor, channel.sendFd];
}

describe('a server that hands on', () => {
  it('gives idle connections to its successor, and the client notices nothing', async () => {
    const [old, successor, handOnFd] = await pair(answering('first'));
    await using client = await RawClient.to(old.address);
    await using fresh = await RawClient.to(old.address);
    expect((await client.request(get)).body).to.equal('first');
    await old.close({ handOnFd });
    const response = await client.request(get);
    expect([response.body, response.field('connection')]).to.deep.equal(['second', undefined]);
    expect((await fresh.request(get)).body).to.equal('second');
    expect(successor.connectionCount).to.equal(2);
    await successor.close({ graceMs: 0 });
    closeSync(handOnFd);
  });

  it('gives a connection away once its running request is answered', async () => {
    let answer = (): void => undefined;
    const [old, successor, handOnFd] = await pair(
      () =>
        new Promise((resolve) => {
          answer = () => {
            resolve([200, 'OK', {}, 'first']);
          };
          old.emit('listening');
        }),
    );
    await using client = await RawClient.to(old.address);
    const called = once(old, 'listening');
    client.send(get);
    await called;
    const closed = old.close({ handOnFd });
    answer();
    const response = await client.response();
    expect([response.body, response.field('connection')]).to.deep.equal(['first', undefined]);
    await closed;
    expect((await client.request(get)).body).to.equal('second');
    await successor.close({ graceMs: 0 });
    closeSync(handOnFd);
  });

  it('keeps a connection that it has begun to read a request from', async () => {
    const [old, successor, handOnFd] = await pair(answering('first'));
    await using client = await RawClient.to(old.address);
    await client.request(get);
    client.send('GET / HT');
    await using other = await RawClient.to(old.address);
    await other.request(get);
    const closed = old.close({ handOnFd });
    expect((await client.request('TP/1.1\r\nhost: a\r\n\r\n')).body).to.equal('first');
    await closed;
    expect((await client.request(get)).body).to.equal('second');
    await successor.close({ graceMs: 0 });
    closeSync(handOnFd);
  });

  it('closes connections that the app keeps something with', async () => {
    const [old, successor, handOnFd] = await pair((session) => {
      session.store['user'] = 1;
      return [200, 'OK', {}, 'first'];
    });
    await using idle = await RawClient.to(old.address);
    await using busy = await RawClient.to(old.address);
    await idle.request(get);
    await busy.request(get);
    const closed = old.close({ handOnFd, idleMs: 100 });
    const last = await busy.request(get);
    expect([last.body, last.field('connection')]).to.deep.equal(['first', 'close']);
    expect(await idle.rest()).to.equal('');
    idle.finish();
    busy.finish();
    await closed;
    await successor.close({ graceMs: 0 });
    closeSync(handOnFd);
  });

  it('tries again when the channel is full', async () => {
    const [old, successor, handOnFd] = await pair(answering('first'));
    const clients = await Promise.all(Array.from({ length: 700 }, () => RawClient.to(old.address)));
    await Promise.all(clients.map((client) => client.request(get)));
    await old.close({ handOnFd });
    const bodies = await Promise.all(
      clients.map(async (client) => (await client.request(get)).body),
    );
    expect(new Set(bodies)).to.deep.equal(new Set(['second']));
    for (const client of clients) client.socket.destroy();
    await successor.close({ graceMs: 0 });
    closeSync(handOnFd);
  });

  it('answers one more request of an idle connection with close where nobody takes it', async () => {
    const server = await new Server(anywhere, answering('last')).listen();
    await using client = await RawClient.to(server.address);
    await client.request(get);
    const closed = server.close({ idleMs: 5000 });
    const response = await client.request(get);
    expect([response.body, response.field('connection')]).to.deep.equal(['last', 'close']);
    client.finish();
    await closed;
  });

  it('has nothing to do when nobody can hand on to it any more', async () => {
    const channel = openHandOnChannel();
    const server = await new Server(anywhere, answering('served')).listen();
    server.receiveConnections(channel.receiveFd);
    closeSync(channel.sendFd);
    await using client = await RawClient.to(server.address);
    expect((await client.request(get)).body).to.equal('served');
    const { loopCount } = performance.nodeTiming.uvMetricsInfo;
    await setTimeout(100);
    expect(performance.nodeTiming.uvMetricsInfo.loopCount - loopCount).to.be.lessThan(50);
    await server.close({ graceMs: 0 });
  });

  it('counts connections, and answers by their kind', async () => {
    const server = await new Server(anywhere, (_session, { uri }) => [
      Number(uri.slice(1)),
      '',
      {},
      '',
    ]).listen();
    await using client = await RawClient.to(server.address);
    for (const status of [200, 201, 404, 503]) {
      await client.request(`GET /${status} HTTP/1.1\r\nhost: a\r\n\r\n`);
    }
    expect(server.counts).to.deep.equal({ accepted: 1, running: 0, answers: [0, 0, 2, 0, 1, 1] });
    await server.close({ graceMs: 0 });
    expect(server.counts).to.equal(null);
  });
});

describe('openListener()', () => {
  it('listens without accepting, for a server that inherits the descriptor', async () => {
    const path = socketPath();
    const listener = await openListener(path, { backlog: 5 });
    expect(listener.address).to.equal(path);
    await using client = await RawClient.to(path);
    client.send(get);
    const server = await new Server({ fd: listener.fd }, answering('inherited')).listen();
    expect((await client.response()).body).to.equal('inherited');
    await server.close({ graceMs: 0 });
  });

  it('removes its socket file when it is closed, unless told otherwise', async () => {
    const path = socketPath();
    (await openListener(path)).close({ removesFile: false });
    const again = await openListener(path);
    again.close();
    (await openListener(path)).close();
  });

  it('refuses what is in use', async () => {
    const listener = await openListener(anywhere);
    const error = await openListener(listener.address as [string, number]).then(
      () => null,
      (caught: unknown) => caught as NodeJS.ErrnoException,
    );
    expect(error?.code).to.equal('EADDRINUSE');
    listener.close();
  });
});
