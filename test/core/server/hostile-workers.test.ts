import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const SERVE = `
  import('tsx/esm/api').then(async ({ register }) => {
    register();
    const { parentPort, workerData } = require('node:worker_threads');
    const { FilesApp, TempServer } = await import('gudeg');
    const files = new FilesApp(workerData);
    const server = await TempServer.start((session, request, api) =>
      request.uri === '/never' ? new Promise(() => undefined) : files(session, request, api));
    server.on('error', () => undefined);
    parentPort.postMessage(server.address[1]);
  });
`;

describe('a worker thread with a server', () => {
  it('may be terminated in the middle of files and requests', async function () {
    this.timeout(60_000);
    const folder = await mkdtemp(join(tmpdir(), 'gudeg-'));
    await writeFile(join(folder, 'big.bin'), '');
    await truncate(join(folder, 'big.bin'), 64 * 1024 * 1024);
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(SERVE, {
        eval: true,
        execArgv: ['--conditions=source'],
        workerData: folder,
      });
      const [port] = (await once(worker, 'message')) as [number];
      const sockets = ['/big.bin', '/never', '/big.bin', '/big.bin'].map((uri, index) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        if (index % 2 === 0) socket.resume();
        socket.write(`GET ${uri} HTTP/1.1\r\nhost: x\r\n\r\n`);
        return socket;
      });
      await once(sockets[0] as (typeof sockets)[number], 'data');
      expect(await worker.terminate()).to.equal(1);
      for (const socket of sockets) socket.destroy();
    }
    await rm(folder, { recursive: true });
  });
});
