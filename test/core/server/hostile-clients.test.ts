import { expect } from 'chai';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FilesApp } from 'gudeg';
import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient, exchange } from '../../support/raw-client.ts';

const run = promisify(execFile);
/** What a process needs to run TypeScript. */
const FLAGS = ['--import=tsx/esm', '--conditions=source'];
const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
const LAST = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

async function serves(server: ObservedServer): Promise<void> {
  const started = performance.now();
  expect(await exchange(server.address, LAST)).to.match(/^HTTP\/1\.1 200 /);
  expect(performance.now() - started, 'ms for another client').to.be.below(2000);
}

/** Sends a byte now and then until the server ends the connection. */
async function drip(client: RawClient, everyMs: number): Promise<void> {
  const timer = setInterval(() => {
    if (client.socket.writable) client.send('a');
  }, everyMs);
  await client.ending;
  clearInterval(timer);
}

describe('a client that', () => {
  it('drips its head is answered 408 when the time of the head is over', async () => {
    await using server = await ObservedServer.start(() => [200, 'OK', {}, 'x'], {
      headTimeoutMs: 200,
    });
    await using client = await RawClient.to(server.address);
    client.send('GET / HTTP/1.1\r\nhost: x\r\na: ');
    await drip(client, 20);
    expect(client.received).to.match(/^HTTP\/1\.1 408 /);
    await serves(server);
  });

  it('drips its second head is answered 408 too', async () => {
    await using server = await ObservedServer.start(() => [200, 'OK', {}, 'x'], {
      headTimeoutMs: 200,
    });
    await using client = await RawClient.to(server.address);
    expect((await client.request(GET)).status).to.equal(200);
    client.send('GET / HTTP/1.1\r\nhost: x\r\na: ');
    await drip(client, 20);
    expect(client.received).to.match(/^HTTP\/1\.1 408 /);
  });

  it('drips a body is answered 408 when the time of the body is over', async () => {
    await using server = await ObservedServer.start(
      async (_session, request) => {
        await request.body?.read();
        return [200, 'OK', {}, 'x'];
      },
      { requestTimeoutMs: 300, bodyTimeoutMs: 200 },
    );
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n');
    await drip(client, 20);
    expect(client.received).to.match(/^HTTP\/1\.1 408 /);
    await serves(server);
  });

  it('drips a body that nobody reads is closed', async () => {
    await using server = await ObservedServer.start(() => [200, 'OK', {}, 'x'], {
      bodyTimeoutMs: 200,
    });
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n');
    await drip(client, 20);
    expect(client.received).to.match(/^HTTP\/1\.1 200 /);
  });

  it('never says anything is closed without an answer', async () => {
    await using server = await ObservedServer.start(() => [200, 'OK', {}, 'x'], {
      headTimeoutMs: 100,
    });
    expect(await exchange(server.address, '')).to.equal('');
  });

  it('pipelines 10,000 requests and reads nothing costs little, and gets all answers when it reads', async function () {
    this.timeout(30_000);
    let count = 0;
    const body = 'x'.repeat(10_000);
    await using server = await ObservedServer.start(() => {
      count++;
      return [200, 'OK', {}, body];
    });
    const socket = await connected(server);
    socket.pause();
    const before = process.memoryUsage().rss;
    socket.write(GET.repeat(10_000));
    await until(() => count > 10);
    await serves(server);
    const stalled = await settled(() => count);
    expect(stalled, 'requests handled without a reader').to.be.below(5000);
    expect(process.memoryUsage().rss - before, 'bytes of memory').to.be.below(64 * 1024 * 1024);
    let received = 0;
    socket.on('data', (data: Buffer) => (received += data.length));
    socket.resume();
    await until(() => count === 10_001);
    await until(() => received > 10_000 * 10_000);
    socket.destroy();
  });

  it('asks for 100 MB and reads nothing holds a bounded part of it', async () => {
    let given = 0;
    await using server = await ObservedServer.start((_session, request, api) => {
      if (request.uri !== '/big') return [200, 'OK', {}, 'x'];
      const piece = Buffer.alloc(1_000_000);
      function* pieces(): Generator<Buffer> {
        for (; given < 100; given++) yield piece;
      }
      return [200, 'OK', {}, new api.BodyIter(pieces(), 100_000_000)];
    });
    const socket = await connected(server);
    socket.pause();
    socket.write(GET.replace('/', '/big'));
    await until(() => given > 0);
    expect(await settled(() => given), 'MB taken from the app').to.be.below(20);
    await serves(server);
    socket.destroy();
  });

  it('never reads is cut off after the write timeout', async () => {
    await using server = await ObservedServer.start(
      (_session, _request, api) => [
        200,
        'OK',
        {},
        new api.BodyIter(Array<Buffer>(50).fill(Buffer.alloc(1_000_000)), 50_000_000),
      ],
      { writeTimeoutMs: 200 },
    );
    const socket = await connected(server);
    socket.pause();
    socket.write(GET);
    await until(() => server.connectionCount === 1);
    await until(() => server.connectionCount === 0);
    socket.destroy();
  });

  it('doesn’t read the file it asked for holds no thread of the pool', async function () {
    this.timeout(20_000);
    const folder = await mkdtemp(join(tmpdir(), 'gudeg-'));
    try {
      await writeFile(join(folder, 'big.bin'), '');
      await truncate(join(folder, 'big.bin'), 64 * 1024 * 1024);
      await using server = await ObservedServer.start(new FilesApp(folder));
      const sockets: Socket[] = [];
      for (let i = 0; i < 12; i++) {
        const socket = await connected(server);
        socket.pause();
        socket.write(GET.replace('/', '/big.bin'));
        sockets.push(socket);
      }
      await until(() => server.connectionCount === 12);
      await delay(300);
      const read = readFile(fileURLToPath(import.meta.url)).then(() => 'read');
      expect(await Promise.race([read, delay(5000, 'no thread')])).to.equal('read');
      for (const socket of sockets) socket.destroy();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('resets in the middle of its body leaves the others alone', async () => {
    await using server = await ObservedServer.start(async (_session, request) => {
      await request.body?.read();
      return [200, 'OK', {}, 'x'];
    });
    for (let i = 0; i < 50; i++) {
      const socket = await connected(server);
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nabc');
      if (i % 2 === 0) await until(() => server.connectionCount > 0);
      socket.resetAndDestroy();
    }
    await serves(server);
    await until(() => server.connectionCount === 0);
  });

  it('resets in the middle of an answer frees what the app holds', async () => {
    let open = 0;
    await using server = await ObservedServer.start((_session, request, api) => {
      if (request.uri === '/') return [200, 'OK', {}, 'x'];
      async function* pieces(): AsyncGenerator<Buffer> {
        open++;
        try {
          for (let i = 0; i < 1000; i++) {
            await delay(1);
            yield Buffer.alloc(100_000);
          }
        } finally {
          open--;
        }
      }
      return [200, 'OK', {}, new api.BodyIter(pieces(), 100_000_000)];
    });
    for (let i = 0; i < 10; i++) {
      const socket = await connected(server);
      socket.write(GET.replace('/', '/big'));
      await new Promise((resolve) => socket.once('data', resolve));
      socket.resetAndDestroy();
    }
    await until(() => open === 0);
    await until(() => server.connectionCount === 0);
    await serves(server);
  });

  it('pipelines and stops sending gets all answers', async () => {
    await using server = await ObservedServer.start(async (_session, request) => {
      await delay(20);
      return [200, 'OK', {}, request.uri];
    });
    await using client = await RawClient.to(server.address);
    client.send(['/1', '/2', '/3'].map((uri) => GET.replace('/', uri)).join('')).finish();
    expect((await client.rest()).match(/\/\d/g)?.filter((uri) => uri !== '/1.')).to.include.members(
      ['/2', '/3'],
    );
  });

  it('pipelines more than the arena holds behind a slow request is served', async function () {
    this.timeout(20_000);
    await using server = await ObservedServer.start(
      async (_session, request) => {
        if (request.uri === '/slow') await delay(300);
        return [200, 'OK', {}, 'x'];
      },
      { inputHighWaterBytes: 8 * 1024 * 1024 },
    );
    const socket = await connected(server);
    let received = '';
    socket.on('data', (data: Buffer) => (received += data.toString('latin1')));
    const filler = `GET / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(10_000)}\r\n\r\n`;
    socket.write(GET.replace('/', '/slow') + filler.repeat(400) + LAST);
    await new Promise((resolve) => socket.once('end', resolve));
    expect(received.match(/HTTP\/1\.1 200 OK/g)).to.have.lengthOf(402);
  });

  it('is one of 20,000, or of as many as the system allows, is served', async function () {
    this.timeout(60_000);
    const script = fileURLToPath(new URL('hostile-many-connections.ts', import.meta.url));
    const command = `ulimit -n 65536 2>/dev/null; export DESCRIPTORS=$(ulimit -n); exec "$0" "$@"`;
    const { stdout } = await run('bash', ['-c', command, process.execPath, ...FLAGS, script]);
    expect(stdout.trim()).to.match(/^served/);
  });

  it('comes when no descriptor is left is served when there is one again', async function () {
    this.timeout(30_000);
    const script = fileURLToPath(new URL('hostile-no-descriptors.ts', import.meta.url));
    const child = spawn(process.execPath, [...FLAGS, script]);
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    try {
      await until(() => /^\d+\n/.test(output));
      // Not before: loading all modules takes more descriptors than serving.
      await run('prlimit', ['--pid', String(child.pid), '--nofile=80']);
      const address: [string, number] = ['127.0.0.1', parseInt(output, 10)];
      const sockets = await Promise.all(Array.from({ length: 200 }, () => connectedTo(address)));
      await until(() => output.includes('EMFILE'));
      for (const socket of sockets) socket.destroy();
      expect(await exchange(address, LAST)).to.match(/^HTTP\/1\.1 200 /);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

function connected(server: ObservedServer): Promise<Socket> {
  return connectedTo(server.address as [string, number]);
}

function connectedTo([host, port]: [string, number]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

/** The value once it has stayed the same for a while. */
async function settled(value: () => number): Promise<number> {
  for (;;) {
    const before = value();
    await delay(300);
    if (value() === before) return before;
  }
}
