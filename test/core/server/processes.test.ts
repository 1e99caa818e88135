import { expect } from 'chai';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { TempServer } from 'gudeg';

import { NodeProgram } from '../../support/node-program.ts';
import { RawClient } from '../../support/raw-client.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

/** A program that listens, prints its port, and goes on as `then` says. */
function listening(then = ''): string {
  return `
    import { Server } from 'gudeg';
    const server = new Server(['127.0.0.1', 0], (_session, { uri }) => [200, 'OK', {}, uri]);
    await server.listen();
    console.log('port ' + server.address[1]);
    ${then}
  `;
}

async function portOf(program: NodeProgram): Promise<number> {
  return Number((await program.printed(/port (\d+)\n/))[1]);
}

describe('a process with a server', () => {
  it('lives as long as the server listens, and ends when it closes', async () => {
    await using program = NodeProgram.text(
      listening(`setTimeout(() => server.close().then(() => console.log('closed')), 150);`),
    );
    await using client = await RawClient.to(['127.0.0.1', await portOf(program)]);
    expect((await client.request(get)).body).to.equal('/');
    await client.ending;
    client.finish();
    const { code, stdout, stderr } = await program.end;
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/closed\n$/);
  });

  it('ends although the server listens, once it is unref()', async () => {
    await using program = NodeProgram.text(listening('server.unref();'));
    expect(await program.end).to.include({ code: 0, stderr: '' });
  });

  it('lives again with ref()', async () => {
    await using program = NodeProgram.text(
      listening(`server.unref(); server.ref(); setTimeout(() => console.log('alive'), 50);`),
    );
    await using client = await RawClient.to(['127.0.0.1', await portOf(program)]);
    await program.printed(/alive/);
    expect((await client.request(get)).body).to.equal('/');
  });

  it('ends at SIGTERM, with connections open', async () => {
    await using program = NodeProgram.text(listening());
    await using client = await RawClient.to(['127.0.0.1', await portOf(program)]);
    await client.request(get);
    program.child.kill('SIGTERM');
    expect(await program.end).to.include({ code: null, signal: 'SIGTERM', stderr: '' });
    await client.ending;
  });

  it('ends at process.exit(), with an answer under way', async () => {
    await using program = NodeProgram.text(`
      import { Server } from 'gudeg';
      const server = new Server(['127.0.0.1', 0], (_session, _request, api) => {
        setTimeout(() => process.exit(7), 50);
        return [200, 'OK', {}, new api.BodyIter((function* () { for (;;) yield Buffer.alloc(65536); })(), 2 ** 50)];
      });
      await server.listen();
      console.log('port ' + server.address[1]);
    `);
    await using client = await RawClient.to(['127.0.0.1', await portOf(program)]);
    client.send(get);
    client.socket.pause();
    expect(await program.end).to.include({ code: 7, stderr: '' });
  });

  it('ends when a promise of a handler is left unhandled, as any other process', async () => {
    await using program = NodeProgram.text(`
      import { Server } from 'gudeg';
      const server = new Server(['127.0.0.1', 0], () => {
        Promise.reject(new Error('left behind'));
        return [200, 'OK', {}, 'fine'];
      });
      await server.listen();
      console.log('port ' + server.address[1]);
    `);
    await using client = await RawClient.to(['127.0.0.1', await portOf(program)]);
    client.send(get);
    const { code, stderr } = await program.end;
    expect(code).to.equal(1);
    expect(stderr).to.contain('Error: left behind');
  });

  it('can take it as uncaughtException and live on', async () => {
    await using program = NodeProgram.text(`
      import { Server } from 'gudeg';
      process.on('uncaughtException', (error) => console.log('caught ' + error.message));
      const server = new Server(['127.0.0.1', 0], () => {
        process.nextTick(() => { throw new Error('on its own'); });
        return [200, 'OK', {}, 'fine'];
      });
      await server.listen();
      console.log('port ' + server.address[1]);
    `);
    await using client = await RawClient.to(['127.0.0.1', await portOf(program)]);
    for (let i = 0; i < 3; i++) expect((await client.request(get)).body).to.equal('fine');
    await program.printed(/(caught on its own\n){3}/);
  });

  it('whose error listener throws has an uncaughtException, and serves on', async () => {
    await using program = NodeProgram.text(`
      import { Server } from 'gudeg';
      process.on('uncaughtException', (error) => console.log('caught ' + error.message));
      const server = new Server(['127.0.0.1', 0], () => { throw new Error('app'); });
      server.on('error', () => { throw new Error('listener'); });
      await server.listen();
      console.log('port ' + server.address[1]);
    `);
    await using client = await RawClient.to(['127.0.0.1', await portOf(program)]);
    client.send(get + get);
    expect((await client.response()).status).to.equal(500);
    expect((await client.response()).status).to.equal(500);
    await program.printed(/(caught listener\n){2}/);
  });
});

describe('worker threads', () => {
  const source = `
    const { parentPort, threadId } = require('node:worker_threads');
    // tsx doesn't follow into threads by itself.
    import('tsx/esm/api').then(async ({ register }) => {
      register();
      const { Server } = await import('gudeg');
      const server = new Server(['127.0.0.1', 0], async (session, { uri, headers }) => {
        await new Promise(setImmediate);
        return [200, 'OK', { 'x-thread': threadId }, uri + ' ' + headers.host];
      });
      await server.listen();
      parentPort.on('message', () => server.close().then(() => process.exit(0)));
      parentPort.postMessage(server.address);
    });
  `;

  async function start(): Promise<{ worker: Worker; address: readonly [string, number] }> {
    const worker = new Worker(source, { eval: true });
    const [address] = (await once(worker, 'message')) as [readonly [string, number]];
    return { worker, address };
  }

  it('have servers of their own, next to one of the main thread', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    await using server = await TempServer.start(() => [200, 'OK', {}, 'main']);
    const threads = new Set<string | undefined>();
    for (const { address } of [first, second]) {
      await using client = await RawClient.to(address);
      for (let i = 0; i < 3; i++) {
        const response = await client.request(get);
        expect(response.body).to.equal('/ a');
        threads.add(response.field('x-thread'));
      }
    }
    expect(threads.size).to.equal(2);
    await using client = await RawClient.to(server.address);
    expect((await client.request(get)).body).to.equal('main');
    for (const { worker } of [first, second]) {
      worker.postMessage('close');
      expect(await once(worker, 'exit')).to.deep.equal([0]);
    }
    expect((await client.request(get)).body).to.equal('main');
  });

  it('can be terminated with connections open, again and again', async () => {
    for (let round = 0; round < 3; round++) {
      const { worker, address } = await start();
      await using idle = await RawClient.to(address);
      await using busy = await RawClient.to(address);
      expect((await idle.request(get)).status).to.equal(200);
      busy.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhe');
      await worker.terminate();
      await idle.ending;
      await busy.ending;
    }
  });
});
