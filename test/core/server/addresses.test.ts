import { expect } from 'chai';
import { execFile, spawn } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Server, TempServer, type App, type ListenAddress, type SocketAddress } from 'gudeg';

import { RawClient, exchange } from '../../support/raw-client.ts';
import { socketPath } from '../../support/socket-path.ts';
import { caught } from '../caught.ts';

const run = promisify(execFile);
const app: App = () => [200, 'OK', {}, 'ok'];
const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

async function statusAt(address: SocketAddress | null): Promise<number> {
  await using client = await RawClient.to(address);
  return (await client.request(get)).status;
}

/** The error of a server that can't listen. */
async function listenError(address: ListenAddress): Promise<NodeJS.ErrnoException> {
  const server = new Server(address, app);
  try {
    await server.listen();
  } catch (error) {
    await server.close();
    return error as NodeJS.ErrnoException;
  }
  await server.close();
  throw new Error('it listens');
}

function curl(...args: string[]): Promise<string> {
  // What a sanitizer preloads into Node is not for curl.
  const { LD_PRELOAD: _preloaded, ...env } = process.env;
  return run('curl', ['--silent', '--show-error', '--max-time', '5', ...args], { env }).then(
    ({ stdout }) => stdout,
  );
}

describe('a server listens on', () => {
  it('IPv4, at the port it is given by the kernel', async () => {
    await using server = await TempServer.start(app, {}, ['127.0.0.1', 0]);
    const [host, port, ...rest] = server.address as readonly [string, number];
    expect([host, rest]).to.deep.equal(['127.0.0.1', []]);
    expect(port).to.be.within(1, 65_535);
    expect(await curl(`http://127.0.0.1:${port}/`)).to.equal('ok');
  });

  it('IPv6, with flow and scope in its address', async () => {
    for (const address of [
      ['::1', 0],
      ['::1', 0, 0, 0],
    ] as const) {
      await using server = await TempServer.start(app, {}, address);
      const [host, port, ...rest] = server.address as readonly [string, number, number, number];
      expect([host, rest]).to.deep.equal(['::1', [0, 0]]);
      expect(await curl(`http://[::1]:${port}/`)).to.equal('ok');
    }
  });

  it('IPv6 with the scope id of an interface', async () => {
    const local = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ family, scopeid }) => family === 'IPv6' && (scopeid ?? 0) > 0);
    // A machine without a link-local address has none to try; then the loopback's scope is given.
    const host = local?.address ?? '::1';
    const scopeId = local?.scopeid ?? 1;
    await using server = await TempServer.start(app, {}, [host, 0, 0, scopeId]);
    const [found, port] = server.address as readonly [string, number, number, number];
    expect(found).to.equal(host);
    if (local === undefined) expect(await statusAt(['::1', port, 0, 0])).to.equal(200);
    else expect((server.address as readonly unknown[])[3]).to.equal(scopeId);
  });

  it('a host name', async () => {
    await using server = await TempServer.start(app, {}, ['localhost', 0]);
    expect((server.address as readonly [string, number])[0]).to.equal('127.0.0.1');
    expect(await statusAt(server.address)).to.equal(200);
  });

  it('both families of ::, unless ipv6Only', async () => {
    for (const ipv6Only of [false, true]) {
      await using server = await TempServer.start(app, { ipv6Only }, ['::', 0]);
      const port = (server.address as readonly [string, number])[1];
      const status = await statusAt(['127.0.0.1', port]).catch(
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
      expect(status).to.equal(ipv6Only ? 'ECONNREFUSED' : 200);
      expect(await statusAt(['::1', port])).to.equal(200);
    }
  });

  it('a unix socket, whose file goes when it closes', async () => {
    const path = socketPath();
    const server = await TempServer.start(app, {}, path);
    expect(server.address).to.equal(path);
    expect(lstatSync(path).isSocket()).to.equal(true);
    expect(await curl('--unix-socket', path, 'http://a/')).to.equal('ok');
    await server.close();
    expect(existsSync(path)).to.equal(false);
  });

  it('a unix socket in place of a file that a dead server left', async () => {
    const path = socketPath();
    const script = `import socket; socket.socket(socket.AF_UNIX).bind('${path}')`;
    await run('python3', ['-c', script]);
    expect(existsSync(path)).to.equal(true);
    await using server = await TempServer.start(app, {}, path);
    expect(await statusAt(server.address)).to.equal(200);
  });

  it('a name in the abstract namespace', async () => {
    const name = Buffer.from(`\0gudeg-test-${process.pid}`);
    await using server = await TempServer.start(app, {}, name);
    expect(server.address).to.deep.equal(name);
    const given = name.toString('latin1', 1);
    expect(await curl('--abstract-unix-socket', given, 'http://a/')).to.equal('ok');
    expect(await listenError(name)).to.include({ code: 'EADDRINUSE' });
  });

  for (const [what, name] of [
    ['an empty one', ''],
    ['just NUL', '\0'],
  ] as const) {
    it(`an abstract name that the kernel chooses, for ${what}`, async () => {
      await using server = await TempServer.start(app, {}, Buffer.from(name));
      const chosen = Buffer.from(server.address as Uint8Array).toString('latin1');
      expect(chosen).to.match(/^\0[0-9a-f]{5}$/);
      expect(await curl('--abstract-unix-socket', chosen.slice(1), 'http://a/')).to.equal('ok');
    });
  }

  it('a listening socket that it is given', async () => {
    // A process of its own: the descriptor has to be one that nobody else closes.
    const script = `
      import { Server } from 'gudeg';
      const server = new Server({ fd: 3 }, () => [200, 'OK', {}, 'inherited']);
      await server.listen();
      process.stdout.write(JSON.stringify(server.address));
      const response = await fetch('http://127.0.0.1:' + server.address[1] + '/');
      process.stdout.write(await response.text());
      await server.close();
    `;
    const parent = createServer();
    await new Promise<void>((resolve) => parent.listen(0, '127.0.0.1', resolve));
    const { fd } = (parent as unknown as { _handle: { fd: number } })._handle;
    const { port } = parent.address() as { port: number };
    const args = ['--import', 'tsx/esm', '--conditions', 'source', '--input-type=module', '-e'];
    const child = spawn(process.execPath, [...args, script], {
      stdio: ['ignore', 'pipe', 'inherit', fd],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    // From now on the socket is the child's alone.
    parent.close();
    let output = '';
    child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    expect(output).to.equal(`["127.0.0.1",${port}]inherited`);
    expect(exitCode).to.equal(0);
  });

  it('an address again at once, though old connections linger', async () => {
    const first = await TempServer.start(app);
    const text = await exchange(
      first.address,
      get.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'),
    );
    expect(text).to.match(/ok$/);
    const address = first.address as readonly [string, number];
    await first.terminate();
    await using second = await TempServer.start(app, {}, address);
    expect(second.address).to.deep.equal(address);
    expect(await statusAt(address)).to.equal(200);
  });

  it('one address several times with reusePort', async () => {
    await using first = await TempServer.start(app, { reusePort: true });
    const address = first.address as readonly [string, number];
    await using second = await TempServer.start(app, { reusePort: true }, address);
    expect(second.address).to.deep.equal(address);
    expect(await statusAt(address)).to.equal(200);
    expect(await listenError(address)).to.include({ code: 'EADDRINUSE' });
  });
});

describe('a server does not listen', () => {
  it('where another one does, and says where', async () => {
    await using server = await TempServer.start(app);
    const address = server.address as readonly [string, number];
    const error = await listenError(address);
    expect(error).to.include({ code: 'EADDRINUSE', syscall: 'listen' });
    expect(error.message).to.equal(
      `listen EADDRINUSE: address already in use [ '127.0.0.1', ${address[1]} ]`,
    );
  });

  it('on the socket file of a server that lives, which stays', async () => {
    const path = socketPath();
    await using server = await TempServer.start(app, {}, path);
    expect(await listenError(path)).to.include({ code: 'EADDRINUSE' });
    expect(await statusAt(server.address)).to.equal(200);
  });

  it('on a file that is no socket, which stays', async () => {
    const path = join(tmpdir(), `gudeg-test-${process.pid}-plain`);
    await writeFile(path, 'mine');
    expect(await listenError(path)).to.include({ code: 'EADDRINUSE' });
    expect(lstatSync(path).size).to.equal(4);
    await rm(path);
  });

  it('in a folder that is not there', async () => {
    const path = join(tmpdir(), `gudeg-test-${process.pid}-none`, 'a.sock');
    const error = await listenError(path);
    expect(error).to.include({ code: 'ENOENT', address: path });
  });

  it('in a folder where it may not', async function () {
    if (process.getuid?.() === 0) this.skip();
    const folder = join(tmpdir(), `gudeg-test-${process.pid}-locked`);
    await mkdir(folder, { mode: 0o500 });
    expect(await listenError(join(folder, 'a.sock'))).to.include({ code: 'EACCES' });
    await rm(folder, { recursive: true });
  });

  it('on an address of another machine', async () => {
    expect(await listenError(['192.0.2.1', 0])).to.include({ code: 'EADDRNOTAVAIL' });
  });

  it('on a descriptor that is no listening socket', async () => {
    expect(await listenError({ fd: 0 }))
      .to.have.property('code')
      .that.match(/^E/);
    expect(await listenError({ fd: 99_999 })).to.include({ code: 'EBADF' });
  });

  it('on a name that nobody knows', async () => {
    expect((await listenError(['nowhere.invalid', 0])).code).to.match(/^E(NOTFOUND|AI_AGAIN)$/);
  });

  it('but may try again when the reason is gone', async () => {
    const first = await TempServer.start(app);
    const second = new Server(first.address as readonly [string, number], app);
    const failure: unknown = await second.listen().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.include({ code: 'EADDRINUSE' });
    await first.terminate();
    await second.listen();
    expect(await statusAt(second.address)).to.equal(200);
    await second.close();
  });

  for (const [address, why] of [
    ['a.sock', "address 'a.sock': the path of a socket file must be absolute"],
    ['', "address '': the path of a socket file must be absolute"],
    [`/${'x'.repeat(107)}`, /: a unix socket name has at most 107 bytes$/],
    [Buffer.from('name'), /: an abstract socket name must start with a NUL byte$/],
    [Buffer.alloc(108), /: a unix socket name has at most 107 bytes$/],
    [[], 'address []: an address must have 2 or 4 items'],
    [['a', 1, 2], "address [ 'a', 1, 2 ]: an address must have 2 or 4 items"],
    [['', 80], "address [ '', 80 ]: the host must be a string"],
    [[7, 80], 'address [ 7, 80 ]: the host must be a string'],
    [['a', 65_536], "address [ 'a', 65536 ]: the port must be in 0..65535"],
    [['a', '80'], "address [ 'a', '80' ]: the port must be in 0..65535"],
    [['::1', 80, -1, 0], "address [ '::1', 80, -1, 0 ]: the flowinfo must be in 0..1048575"],
    [['::1', 80, 0, 1.5], "address [ '::1', 80, 0, 1.5 ]: the scope id must be in 0..2^32-1"],
    [
      ['127.0.0.1', 80, 0, 0],
      "address [ '127.0.0.1', 80, 0, 0 ]: four items make an IPv6 address; the host must be one",
    ],
    [{ fd: -1 }, /: give \[host, port\], .* or \{ fd \}$/],
    [8000, /^address 8000: give \[host, port\]/],
    [null, /^address null: give/],
    [undefined, /^address undefined: give/],
  ] as [unknown, string | RegExp][]) {
    it(`on ${JSON.stringify(address)?.slice(0, 40) ?? 'nothing'}`, () => {
      const { message } = caught(
        'GUDEG_ERR_INVALID_ADDRESS',
        () => new Server(address as ListenAddress, app),
      );
      if (typeof why === 'string') expect(message).to.equal(why);
      else expect(message).to.match(why);
    });
  }
});
