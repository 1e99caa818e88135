import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce, type Target } from '../support/keep-alive-client.ts';
import { findProgram } from '../support/needs-program.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

/** The cores that each thread of a process may run on. */
function coresOf(pid: number | 'self'): string {
  return /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
}

/** The processes that answer, until there are so many. */
async function workersAt(target: Target, count: number): Promise<number[]> {
  const pids = new Set<number>();
  while (pids.size < count) pids.add(Number(await getOnce(target)));
  return [...pids];
}

describe('on this machine, the command', function () {
  this.timeout(60_000);

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('keeps each worker on a core of its own with pinCores, also after a reload', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const count = availableParallelism();
    const args = ['-b', '127.0.0.1:0', '-w', String(count), '--pin-cores', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const target = { port: await command.port() };
    const cores = async (): Promise<string[]> =>
      (await workersAt(target, count)).map((pid) => coresOf(pid)).sort();
    const first = await cores();
    expect(new Set(first)).to.have.property('size', count);
    for (const core of first) expect(core).to.match(/^\d+$/);
    command.kill('SIGHUP');
    await command.logged(/\] reloaded\n/);
    await command.logged(new RegExp(Array(count).fill('has ended').join('[^]*')));
    expect(await cores()).to.deep.equal(first);
    expect(command.stderr).not.to.match(/cannot be pinned/);
  });

  it('leaves workers on all cores otherwise', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = new GudegCommand(['-b', '127.0.0.1:0', 'app.mjs'], { cwd: folder.path });
    const pid = Number(await getOnce({ port: await command.port() }));
    expect(coresOf(pid)).to.equal(coresOf('self'));
  });

  it('lets new connections wait when a worker is out of descriptors, says so, and goes on', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const prefix = ['sh', '-c', 'ulimit -n 200; exec "$@"', 'sh'];
    await using command = new GudegCommand(['-b', '127.0.0.1:0', 'app.mjs'], {
      cwd: folder.path,
      prefix,
    });
    const target = { port: await command.port() };
    const idle: Socket[] = [];
    for (let i = 0; i < 240; i++) {
      idle.push(connect({ port: target.port, host: '127.0.0.1' }).on('error', () => undefined));
    }
    await command.logged(
      /\[WARNING\] new connections wait, because the process is out of descriptors; raise ulimit -n or lower --max-connections \(EMFILE\)/,
    );
    const waiting = getOnce(target);
    for (const socket of idle) socket.destroy();
    expect(await waiting).to.match(/^\d+$/);
    command.kill('SIGTERM');
    expect((await command.end).code).to.equal(0);
  });

  it('serves on when the disk with its logs is full', async function () {
    if (process.getuid?.() !== 0 || findProgram('unshare') === null) this.skip();
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    mkdirSync(folder.join('logs'));
    // A disk of 16 KiB in a mount namespace of its own, with room for nothing more.
    const prefix = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs -o size=16k none logs && head -c 16k /dev/zero >logs/filled; exec "$@"',
      'sh',
    ];
    const args = ['-b', 'unix:app.sock', '--errorlog', 'logs/error', '--accesslog', 'logs/access'];
    await using command = new GudegCommand([...args, 'app.mjs'], { cwd: folder.path, prefix });
    await command.logged(/the log file logs\/error cannot be written: ENOSPC.*; free some space/);
    const target = { socketPath: folder.join('app.sock') };
    let body = '';
    while (body === '') body = await getOnce(target).catch(() => '');
    expect(body).to.match(/^\d+$/);
    command.kill('SIGTERM');
    expect((await command.end).code).to.equal(0);
  });

  it('reaps orphans as process 1, and stops in order', async function () {
    if (process.getuid?.() !== 0 || findProgram('unshare') === null) this.skip();
    using folder = new WorkerFolder({
      'app.mjs': `
        import { spawn } from 'node:child_process';
        import { readdirSync, readFileSync } from 'node:fs';
        const processes = () => readdirSync('/proc').filter((name) => /^\\d+$/.test(name));
        const stateOf = (pid) => {
          try { return /^State:\\t(.)/m.exec(readFileSync('/proc/' + pid + '/status', 'utf8'))[1]; }
          catch { return 'gone'; }
        };
        export default async (_session, { uri }) => {
          if (uri === '/ppid') return [200, 'OK', {}, String(process.ppid)];
          if (uri === '/state') return [200, 'OK', {}, processes().map(stateOf).join('')];
          // Its child outlives it, and is nobody's then.
          const shell = spawn('sh', ['-c', 'sleep 0.05 & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] });
          let pid = '';
          for await (const data of shell.stdout) { pid += data; break; }
          while (stateOf(pid.trim()) !== 'gone') await new Promise((resolve) => setTimeout(resolve, 10));
          return [200, 'OK', {}, 'reaped'];
        };`,
    });
    const prefix = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
    await using command = new GudegCommand(['-b', 'unix:app.sock', 'app.mjs'], {
      cwd: folder.path,
      prefix,
    });
    await command.logged(/\(pid 1\)/);
    const target = { socketPath: folder.join('app.sock') };
    expect(await getOnce(target, '/ppid')).to.equal('1');
    expect(await getOnce(target, '/orphan')).to.equal('reaped');
    expect(await getOnce(target, '/state')).not.to.contain('Z');
    const [, arbiter] = /^(\d+)/.exec(
      readFileSync(`/proc/${command.pid}/task/${command.pid}/children`, 'utf8'),
    ) ?? ['', ''];
    process.kill(Number(arbiter), 'SIGTERM');
    expect((await command.end).code).to.equal(0);
  });

  it('replaces the file of a socket whose process was killed', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const path = folder.join('app.sock');
    const source = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('listening'))`;
    const dead = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(dead.stdout, 'data');
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    await using command = new GudegCommand(['-b', 'unix:app.sock', 'app.mjs'], {
      cwd: folder.path,
    });
    await command.logged(/on unix:/);
    expect(await getOnce({ socketPath: path })).to.match(/^\d+$/);
  });
});

describe('the error log as JSON', function () {
  this.timeout(30_000);

  it('has an object for each line, with level, time and what concerns a worker', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['-b', '127.0.0.1:0', '--log-format', 'json', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const [, port] = await command.logged(/"address":"http:\/\/127\.0\.0\.1:(\d+)\/"/);
    const pid = Number(await getOnce({ port: Number(port) }));
    expect(await getOnce({ port: Number(port) }, '/fail').catch(() => 'failed')).to.equal('failed');
    await command.logged(/failed on purpose/);
    process.kill(pid, 'SIGKILL');
    await command.logged(/was ended by SIGKILL/);
    command.kill('SIGTERM');
    const { stderr } = await command.end;
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const line of lines) {
      expect(line).to.include.keys('level', 'time', 'pid', 'msg');
      expect(new Date(String(line['time'])).getTime()).to.be.greaterThan(0);
    }
    const failed = lines.find(({ msg }) => String(msg).startsWith('the app failed in GET /fail'));
    expect(failed).to.include({ level: 'error', pid });
    expect(failed?.['stack']).to.match(/Error: failed on purpose\n {4}at /);
    const killed = lines.find(({ msg }) => String(msg).includes('was ended by SIGKILL'));
    expect(killed).to.include({ level: 'error', worker: pid, code: null, signal: 'SIGKILL' });
  });
});
