import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';

import { GudegCommand } from '../support/gudeg-command.ts';
import { KeepAliveClient } from '../support/keep-alive-client.ts';
import { WorkerFolder } from '../support/worker-folder.ts';

/** Echoes behind its process id, and leaves a line in a file when its socket is over. */
const greenHandler = `
  import { appendFileSync } from 'node:fs';
  export default (ws) => {
    try {
      for (const message of ws) ws.send(process.pid + ' ' + message);
    } finally {
      appendFileSync('ended', process.pid + '\\n');
    }
  };`;
const asyncHandler = `
  import { appendFileSync } from 'node:fs';
  export default {
    supportedProtocols: ['echo'],
    async handler(ws) {
      for await (const message of ws) ws.send(process.pid + ' ' + ws.protocol + ' ' + message);
      await new Promise((resolve) => setTimeout(resolve, 50));
      appendFileSync('ended', process.pid + '\\n');
    },
  };`;

async function echo(ws: WebSocket, text: string): Promise<string> {
  const answered = once(ws, 'message');
  ws.send(text);
  const [data] = (await answered) as [Buffer];
  return data.toString();
}

async function open(port: number, protocols: string[] = []): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, protocols);
  await once(ws, 'open');
  return ws;
}

async function closeCode(ws: WebSocket): Promise<number> {
  const [code] = (await once(ws, 'close')) as [number];
  return code;
}

describe('the worker class websocket', function () {
  this.timeout(60_000);

  it('serves a handler, and closes its sockets with 1001 when a worker ends, without waiting', async () => {
    using folder = new WorkerFolder({ 'app.mjs': greenHandler });
    const args = ['-b', '127.0.0.1:0', '-k', 'websocket', '--graceful-timeout', '50', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const port = await command.port();
    const ws = await open(port);
    const [before, text] = (await echo(ws, 'hello')).split(' ');
    expect(text).to.equal('hello');
    const reloaded = closeCode(ws);
    command.kill('SIGHUP');
    expect(await reloaded).to.equal(1001);
    await command.logged(new RegExp(`worker \\(pid:${before ?? ''}\\) has ended`));
    expect(readFileSync(folder.join('ended'), 'utf8')).to.equal(`${before ?? ''}\n`);
    const next = await open(port);
    expect(await echo(next, 'again')).not.to.contain(before);
    const stopped = closeCode(next);
    command.kill('SIGTERM');
    expect(await stopped).to.equal(1001);
    expect((await command.end).code).to.equal(0);
  });

  it('takes options, and lets handlers return when the worker ends', async () => {
    using folder = new WorkerFolder({ 'app.mjs': asyncHandler });
    const args = ['-b', '127.0.0.1:0', '-k', 'websocket', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const ws = await open(await command.port(), ['other', 'echo']);
    const [pid, protocol] = (await echo(ws, 'hello')).split(' ');
    expect(protocol).to.equal('echo');
    const closed = closeCode(ws);
    command.kill('SIGTERM');
    expect(await closed).to.equal(1001);
    expect((await command.end).code).to.equal(0);
    expect(readFileSync(folder.join('ended'), 'utf8')).to.equal(`${pid ?? ''}\n`);
  });

  it('ends although a peer does not answer the close frame', async () => {
    using folder = new WorkerFolder({
      'app.mjs': `export default { closeTimeoutMs: 100, handler: async (ws) => { for await (const _ of ws); } };`,
    });
    const args = ['-b', '127.0.0.1:0', '-k', 'websocket', '--graceful-timeout', '50', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const ws = await open(await command.port());
    ws.pause();
    command.kill('SIGTERM');
    expect((await command.end).code).to.equal(0);
    ws.terminate();
  });

  it('answers what is no handshake with 400, and refuses an app that is no handler', async () => {
    using folder = new WorkerFolder({ 'app.mjs': greenHandler, 'bad.mjs': 'export default 5;' });
    const args = ['-b', '127.0.0.1:0', '-k', 'websocket'];
    await using command = new GudegCommand([...args, 'app.mjs'], { cwd: folder.path });
    using client = new KeepAliveClient({ port: await command.port() });
    const refused = await client.get().catch((error: unknown) => (error as Error).message);
    expect(refused).to.match(/^status 400/);
    await using bad = new GudegCommand([...args, 'bad.mjs'], { cwd: folder.path });
    const { code, stderr } = await bad.end;
    expect(stderr).to.match(/must be a function \(ws\) => … or an object .*; got 5/);
    expect(code).to.equal(4);
  });
});
