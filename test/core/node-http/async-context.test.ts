import { expect } from 'chai';
import { AsyncLocalStorage, createHook, executionAsyncId } from 'node:async_hooks';
import { once } from 'node:events';
import * as nodeHttp from 'node:http';
import * as net from 'node:net';
import { createServer } from 'gudeg/node-http';

import { NodeProgram } from '../../support/node-program.ts';

type Create = (listener: nodeHttp.RequestListener) => nodeHttp.Server;
const hosts: Record<string, Create> = {
  'node:http': nodeHttp.createServer,
  'gudeg/node-http': createServer,
};

const storage = new AsyncLocalStorage<string>();

const portOf = (server: nodeHttp.Server): number => (server.address() as net.AddressInfo).port;

async function close(server: nodeHttp.Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** The bodies of responses to requests on one connection, one after the other. */
async function bodies(server: nodeHttp.Server, count: number): Promise<string[]> {
  const agent = new nodeHttp.Agent({ keepAlive: true, maxSockets: 1 });
  const texts: string[] = [];
  for (let i = 1; i <= count; i++) {
    const request = nodeHttp.get({ agent, port: portOf(server), path: `/${i}` });
    const [response] = (await once(request, 'response')) as [nodeHttp.IncomingMessage];
    let text = '';
    for await (const piece of response) text += String(piece);
    texts.push(text);
  }
  agent.destroy();
  return texts;
}

for (const [host, create] of Object.entries(hosts)) {
  describe(`the async context of a server of ${host}`, () => {
    it('is that of listen(), for every request and what happens later', async () => {
      const server = create((_request, response) => {
        const now = storage.getStore();
        setImmediate(() => response.end(`${now} ${storage.getStore()}`));
      });
      storage.run('listen', () => server.listen(0));
      expect(await bodies(server, 2)).to.deep.equal(['listen listen', 'listen listen']);
      await close(server);
    });

    it('is not that of createServer()', async () => {
      const server = storage.run('create', () =>
        create((_request, response) => response.end(String(storage.getStore()))),
      );
      server.listen(0);
      expect(await bodies(server, 1)).to.deep.equal(['undefined']);
      await close(server);
    });

    it('is that of each one where several listen', async () => {
      const servers = ['a', 'b'].map((name) => {
        const server = create((_request, response) => response.end(storage.getStore()));
        return storage.run(name, () => server.listen(0));
      });
      const seen = await Promise.all(servers.map((server) => bodies(server, 2)));
      expect(seen).to.deep.equal([
        ['a', 'a'],
        ['b', 'b'],
      ]);
      await Promise.all(servers.map(close));
    });

    it('is there where a connection begins, and where a body comes in pieces', async () => {
      const seen: string[] = [];
      const note = (event: string): void => {
        seen.push(`${event} ${storage.getStore()}`);
      };
      const server = create((request, response) => {
        note('request');
        request.once('data', () => {
          note('data');
          client.write('b');
        });
        request.on('end', () => {
          note('end');
          response.end();
        });
      });
      server.on('connection', () => note('connection'));
      storage.run('listen', () => server.listen(0));
      const client = net.connect(portOf(server), '127.0.0.1');
      client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\na');
      client.resume();
      await once(client, 'close');
      expect(seen).to.deep.equal(
        ['connection', 'request', 'data', 'end'].map((event) => `${event} listen`),
      );
      await close(server);
    });

    it('leads async_hooks from a request to whoever listened', async () => {
      const testOf = new Map<number, string>();
      const hook = createHook({
        init(id) {
          const test = testOf.get(executionAsyncId());
          if (test !== undefined) testOf.set(id, test);
        },
      }).enable();
      const servers: nodeHttp.Server[] = [];
      for (const name of ['one', 'two']) {
        await new Promise<void>((resolve) => {
          setImmediate(() => {
            testOf.set(executionAsyncId(), name);
            const server = create((_request, response) => {
              response.end(testOf.get(executionAsyncId()) ?? 'nobody');
            });
            servers.push(server.listen(0, resolve));
          });
        });
      }
      const seen = await Promise.all(servers.map((server) => bodies(server, 2)));
      hook.disable();
      expect(seen).to.deep.equal([
        ['one', 'one'],
        ['two', 'two'],
      ]);
      await Promise.all(servers.map(close));
    });
  });
}

describe('the async context of requests of gudeg/node-http', () => {
  it('is there again after a request that has entered another one', async () => {
    const other = new AsyncLocalStorage<string>();
    const server = createServer((request, response) => {
      const before = `${storage.getStore()} ${other.getStore()}`;
      storage.enterWith(String(request.url));
      other.enterWith('entered');
      setImmediate(() => response.end(`${before} ${storage.getStore()} ${other.getStore()}`));
    });
    storage.run('listen', () => server.listen(0));
    expect(await bodies(server, 2)).to.deep.equal([
      'listen undefined /1 entered',
      'listen undefined /2 entered',
    ]);
    await close(server);
  });

  it('is not that of the first server of the thread', async function () {
    this.timeout(60_000);
    await using program = NodeProgram.text(`
      import { AsyncLocalStorage } from 'node:async_hooks';
      import { createServer } from 'gudeg/node-http';
      const storage = new AsyncLocalStorage();
      const answer = (request, response) => response.end(String(storage.getStore()));
      const first = storage.run('first', () => createServer(answer).listen(0));
      const second = createServer(answer).listen(0);
      for (const server of [second, first]) {
        console.log(await (await fetch('http://127.0.0.1:' + server.address().port)).text());
        server.close();
        server.closeAllConnections();
      }
    `);
    const { stdout, stderr } = await program.end;
    expect(stdout, stderr).to.equal('undefined\nfirst\n');
  });
});
