import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { App, Session, SocketAddress } from 'gudeg';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { socketPath } from '../../support/socket-path.ts';

const run = promisify(execFile);
const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

/** An app that keeps the sessions it meets. */
function collector(sessions: Session[]): App {
  return (session) => {
    sessions.push(session);
    return [200, 'OK', {}, null];
  };
}

describe('a session', () => {
  it('has the address of an IPv4 peer, and no credentials', async () => {
    const sessions: Session[] = [];
    await using server = await ObservedServer.start(collector(sessions));
    await using client = await RawClient.to(server.address);
    await client.request(get);
    expect(sessions[0]?.address).to.deep.equal(['127.0.0.1', client.socket.localPort]);
    expect(sessions[0]?.credentials).to.equal(null);
  });

  it('has the address of an IPv6 peer with flow and scope', async () => {
    const sessions: Session[] = [];
    await using server = await ObservedServer.start(collector(sessions), {}, ['::1', 0]);
    await using client = await RawClient.to(server.address);
    await client.request(get);
    expect(sessions[0]?.address).to.deep.equal(['::1', client.socket.localPort, 0, 0]);
    expect(sessions[0]?.credentials).to.equal(null);
  });

  it('has no address for a unix peer without a name, but its credentials', async () => {
    const sessions: Session[] = [];
    await using server = await ObservedServer.start(collector(sessions), {}, socketPath());
    await using client = await RawClient.to(server.address);
    await client.request(get);
    const { pid } = process;
    expect(sessions[0]?.address).to.equal('');
    expect(sessions[0]?.credentials).to.deep.equal([pid, process.getuid?.(), process.getgid?.()]);
  });

  it('has the name of a unix peer that has one', async () => {
    const addresses: SocketAddress[] = [];
    const app: App = ({ address }) => {
      addresses.push(address);
      return [200, 'OK', {}, null];
    };
    await using server = await ObservedServer.start(app, {}, Buffer.from('\0'));
    const name = Buffer.from(server.address as Uint8Array).toString('latin1', 1);
    const script = `
import socket, sys
for bound in ('\\0gudeg-test-peer-%d' % ${process.pid}, '/tmp/gudeg-test-peer-${process.pid}'):
    s = socket.socket(socket.AF_UNIX)
    s.bind(bound)
    s.connect('\\0' + sys.argv[1])
    s.sendall(b'GET / HTTP/1.1\\r\\nhost: a\\r\\nconnection: close\\r\\n\\r\\n')
    while s.recv(4096): pass
import os; os.unlink(bound)
`;
    await run('python3', ['-c', script, name]);
    const [abstract, file] = addresses;
    expect(abstract).to.deep.equal(Buffer.from(`\0gudeg-test-peer-${process.pid}`));
    expect(file).to.equal(`/tmp/gudeg-test-peer-${process.pid}`);
  });

  it('is one object for all requests of a connection, with one store', async () => {
    const sessions: Session[] = [];
    await using server = await ObservedServer.start((session) => {
      sessions.push(session);
      const count = ((session.store['count'] as number | undefined) ?? 0) + 1;
      session.store['count'] = count;
      return [200, 'OK', {}, `${session.requests} ${count}`];
    });
    await using first = await RawClient.to(server.address);
    await using second = await RawClient.to(server.address);
    expect((await first.request(get)).body).to.equal('0 1');
    expect((await second.request(get)).body).to.equal('0 1');
    expect((await first.request(get)).body).to.equal('1 2');
    first.send(get + get);
    expect((await first.response()).body).to.equal('2 3');
    expect((await first.response()).body).to.equal('3 4');
    expect(new Set(sessions).size).to.equal(2);
  });

  it('tells when its connection is closed, and why', async () => {
    const sessions: Session[] = [];
    await using server = await ObservedServer.start(collector(sessions), { maxRequests: 2 });
    await using client = await RawClient.to(server.address);
    await client.request(get);
    const session = sessions[0] as Session;
    expect([session.requests, session.closed, session.message, session.maxRequests]).to.deep.equal([
      1,
      false,
      null,
      2,
    ]);
    await client.request(get);
    expect([session.requests, session.closed, session.message]).to.deep.equal([
      2,
      true,
      'max_requests',
    ]);
  });

  it('has no limit of requests unless one is set', async () => {
    const sessions: Session[] = [];
    await using server = await ObservedServer.start(collector(sessions));
    await using client = await RawClient.to(server.address);
    await client.request(get);
    expect(sessions[0]?.maxRequests).to.equal(Infinity);
  });

  it('is a new one for each of many connections that come and go', async () => {
    const sessions: Session[] = [];
    await using server = await ObservedServer.start(collector(sessions));
    for (let i = 0; i < 20; i++) {
      await using client = await RawClient.to(server.address);
      await client.request(get);
    }
    expect(new Set(sessions).size).to.equal(20);
    expect(sessions.every(({ requests }) => requests === 1)).to.equal(true);
  });
});

describe('onConnect', () => {
  function admitting(onConnect: (session: Session) => unknown): App & { calls: number } {
    const app = Object.assign((): [200, 'OK', object, string] => [200, 'OK', {}, 'in'], {
      calls: 0,
      onConnect: (session: Session) => {
        app.calls += 1;
        return onConnect(session) as boolean;
      },
    });
    return app as unknown as App & { calls: number };
  }

  for (const [what, verdict] of [
    ['true', () => true],
    ['a promise of true', () => new Promise((resolve) => setImmediate(resolve, true))],
  ] as const) {
    it(`lets a connection in with ${what}, once`, async () => {
      const app = admitting(verdict);
      await using server = await ObservedServer.start(app);
      await using client = await RawClient.to(server.address);
      client.send(get + get);
      for (let i = 0; i < 2; i++) expect((await client.response()).body).to.equal('in');
      expect(app.calls).to.equal(1);
    });
  }

  for (const [what, verdict] of [
    ['false', () => false],
    ['1', () => 1],
    ['nothing', () => undefined],
    ['a promise of false', () => Promise.resolve(false)],
    ['a promise of 1', () => new Promise((resolve) => setImmediate(resolve, 1))],
  ] as const) {
    it(`turns a connection away with ${what}, without a byte`, async () => {
      const app = admitting(verdict);
      await using server = await ObservedServer.start(app);
      await using client = await RawClient.to(server.address);
      expect(await client.send(get).rest()).to.equal('');
      expect(server.errors).to.deep.equal([]);
    });
  }

  for (const [what, verdict] of [
    [
      'throws',
      () => {
        throw new Error('no entry');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no entry'))],
  ] as const) {
    it(`that ${what} turns the connection away and is an error`, async () => {
      await using server = await ObservedServer.start(admitting(verdict));
      await using client = await RawClient.to(server.address);
      expect(await client.send(get).rest()).to.equal('');
      expect(server.errors).to.deep.equal(['no entry']);
    });
  }

  it('sees the session that the requests get', async () => {
    const app: App = (session) => [
      200,
      'OK',
      {},
      JSON.stringify([session.store, session.requests]),
    ];
    app.onConnect = (session) => {
      session.store['_from'] = session.address;
      return session.requests === 0;
    };
    await using server = await ObservedServer.start(app);
    await using client = await RawClient.to(server.address);
    const { body } = await client.request(get);
    expect(JSON.parse(body)).to.deep.equal([{ _from: ['127.0.0.1', client.socket.localPort] }, 0]);
  });

  it('may be null', async () => {
    const app: App = () => [200, 'OK', {}, null];
    app.onConnect = null;
    await using server = await ObservedServer.start(app);
    await using client = await RawClient.to(server.address);
    expect((await client.request(get)).status).to.equal(200);
  });

  it('whose client leaves meanwhile harms nobody', async () => {
    let admit = (_verdict: boolean): void => undefined;
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const app = admitting(() => {
      arrived();
      return new Promise((resolve) => (admit = resolve));
    });
    await using server = await ObservedServer.start(app);
    {
      await using client = await RawClient.to(server.address);
      client.send(get);
      await arrival;
    }
    admit(true);
    await server.close();
    expect(server.errors).to.deep.equal([]);
  });
});
