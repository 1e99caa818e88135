import { expect } from 'chai';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

import { GudegCommand, type CommandOptions } from '../support/gudeg-command.ts';
import { getOnce, KeepAliveClient } from '../support/keep-alive-client.ts';
import type { ProgramEnd } from '../support/node-program.ts';
import { patience } from '../support/patience.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

async function failure(args: string[], options: CommandOptions): Promise<ProgramEnd> {
  await using command = new GudegCommand(['-b', '127.0.0.1:0', ...args], options);
  return await command.end;
}

/** What a promise of an answer comes to: the body, or that there was none. */
async function answered(request: Promise<string>): Promise<string> {
  return await request.catch((error: unknown) => `no answer: ${(error as Error).message}`);
}

describe('a worker', function () {
  this.timeout(60_000);

  it('that is killed is replaced, and the reason is told', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = new GudegCommand(['-b', '127.0.0.1:0', 'app.mjs'], { cwd: folder.path });
    const target = { port: await command.port() };
    const pid = await getOnce(target);
    process.kill(Number(pid), 'SIGKILL');
    await command.logged(
      new RegExp(
        `\\[ERROR\\] worker \\(pid:${pid}\\) was ended by SIGKILL \\(perhaps the kernel was out`,
      ),
    );
    const next = await getOnce(target);
    expect(next).not.to.equal(pid);
    expect(await answered(getOnce(target, '/exit/7'))).to.match(/^no answer/);
    await command.logged(/exited with code 7 \(an exception in a handler of uncaught exceptions\)/);
    expect(await getOnce(target)).to.match(/^\d+$/);
  });

  it('that ends by SIGTERM from elsewhere hands on what it has', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = new GudegCommand(['-b', '127.0.0.1:0', '-w', '2', 'app.mjs'], {
      cwd: folder.path,
    });
    using client = new KeepAliveClient({ port: await command.port() });
    const pid = await client.get();
    process.kill(Number(pid), 'SIGTERM');
    await command.logged(new RegExp(`\\[INFO\\] worker \\(pid:${pid}\\) has ended`));
    expect(await client.get()).not.to.equal(pid);
    expect(client.connections).to.equal(1);
  });

  it('whose event loop is blocked is named with function and line, then killed; others go on', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const timeout = String(patience);
    const args = ['-w', '2', '--timeout', timeout, '--blocked-after', '0.3', 'app.mjs'];
    await using command = new GudegCommand(['-b', '127.0.0.1:0', ...args], { cwd: folder.path });
    const target = { port: await command.port() };
    const blocked = answered(getOnce(target, '/spin/20000'));
    await command.logged(
      /\[WARNING\] the event loop of worker \(pid:\d+\) has been blocked for \d+ ms in spin \(.*app\.mjs:5\)/,
    );
    const other = await getOnce(target);
    await command.logged(
      new RegExp(
        `\\[CRITICAL\\] WORKER TIMEOUT \\(pid:\\d+\\): its event loop has been blocked for ${timeout} s in spin \\(.*app\\.mjs:5\\); move`,
      ),
    );
    expect(await blocked).to.match(/^no answer/);
    await command.logged(new RegExp(`was killed: its event loop was blocked for ${timeout} s`));
    expect(await getOnce(target)).to.match(/^\d+$/);
    expect(other).to.match(/^\d+$/);
  });

  it('is not blamed when it is the arbiter that was stopped for longer than the timeout', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const seconds = 1.5 * patience;
    const args = ['-b', '127.0.0.1:0', '--timeout', String(seconds), 'app.mjs'];
    for (const stoppedMs of [seconds * 1000 + 500, seconds * 1000 + 2000]) {
      await using command = new GudegCommand(args, { cwd: folder.path });
      const target = { port: await command.port() };
      const pid = await getOnce(target);
      command.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, stoppedMs));
      command.kill('SIGCONT');
      command.kill('SIGUSR1');
      await command.logged(/log files opened anew/);
      expect(await getOnce(target)).to.equal(pid);
      command.kill('SIGTERM');
      expect((await command.end).stderr).to.not.match(/TIMEOUT|was killed/);
    }
  });

  it('is replaced after maxRequests and when it exceeds memoryLimit, and its clients don’t notice', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['--max-requests', '5', '--memory-limit', '200', '--timeout', '4', 'app.mjs'];
    await using command = new GudegCommand(['-b', '127.0.0.1:0', ...args], { cwd: folder.path });
    using client = new KeepAliveClient({ port: await command.port() });
    const first = await client.get();
    for (let i = 0; i < 6; i++) await client.get();
    await command.logged(/replacing worker \(pid:\d+\): it has served \d+ of 5 requests/);
    await command.logged(new RegExp(`worker \\(pid:${first}\\) has ended`));
    const second = await client.get('/leak/200');
    expect(second).not.to.equal(first);
    await command.logged(
      /replacing worker \(pid:\d+\): it holds \d+ MiB, more than its memoryLimit of 200 MiB/,
    );
    await command.logged(new RegExp(`worker \\(pid:${second}\\) has ended`));
    expect(await client.get()).not.to.equal(second);
    expect(client.connections).to.equal(1);
  });

  it('that does not boot in time stops the command with 3', async () => {
    using folder = new WorkerFolder({
      'app.mjs': 'await new Promise((r) => setTimeout(r, 60000));',
    });
    const { code, stderr } = await failure(['--boot-timeout', '0.5', 'app.mjs'], {
      cwd: folder.path,
    });
    expect(stderr).to.match(/was killed: it was not ready within the bootTimeout of 0\.5 s/);
    expect(stderr).to.match(/stopping, because a worker failed to boot/);
    expect(code).to.equal(3);
  });

  for (const [what, args, config, code, message] of [
    ['an unknown class', ['-k', 'none'], '{}', 3, /the worker class none is none of rgi/],
    ['a hook that throws', [], '{ postFork() { throw new Error("hook") } }', 3, /\[ERROR\] hook\n/],
    ['a user that is not there', ['-u', 'nobody-at-all'], '{}', 3, /cannot become nobody-at-all: /],
    [
      'a log that cannot be opened',
      ['--accesslog', '/nowhere/log'],
      '{}',
      3,
      /ENOENT.*\/nowhere\/log/,
    ],
    [
      'a pidfile that cannot be written',
      ['-p', '/nowhere/pid'],
      '{}',
      1,
      /the pidfile \/nowhere\/pid cannot/,
    ],
    [
      'an owner that is not there',
      ['-b', 'unix:s', '--socket-owner', 'nobody-at-all'],
      '{}',
      1,
      /there is no user/,
    ],
  ] as [string, string[], string, number, RegExp][]) {
    it(`with ${what} stops the command with ${code}`, async () => {
      using folder = new WorkerFolder({
        'app.mjs': pidApp,
        'gudeg.config.mjs': `export default ${config}`,
      });
      const end = await failure([...args, 'app.mjs'], { cwd: folder.path });
      expect(end.stderr).to.match(message);
      expect(end.code).to.equal(code);
    });
  }

  it('that cannot write its log for want of space serves nevertheless', async function () {
    if (!existsSync('/dev/full')) this.skip();
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['-b', 'unix:app.sock', '--errorlog', '/dev/full', '--accesslog', '/dev/full'];
    await using command = new GudegCommand([...args, 'app.mjs'], { cwd: folder.path });
    await command.logged(/the log file \/dev\/full cannot be written: ENOSPC.*; free some space/);
    const target = { socketPath: folder.join('app.sock') };
    let body = '';
    while (body === '') body = await getOnce(target).catch(() => '');
    expect(body).to.match(/^\d+$/);
    command.kill('SIGTERM');
    expect((await command.end).code).to.equal(0);
  });

  it('runs factories with arguments, in the folder and environment of the settings', async () => {
    using folder = new WorkerFolder({
      'app.mjs': `export const create = (first, { name }) => () =>
        [200, 'OK', {}, [first, name, process.env.A, process.cwd()].join(' ')];`,
    });
    const args = ['--chdir', folder.path, '-e', 'A=b', `app.mjs:create(2.5, name='x y')`];
    await using command = new GudegCommand(['-b', '127.0.0.1:0', ...args]);
    expect(await getOnce({ port: await command.port() })).to.equal(`2.5 x y b ${folder.path}`);
  });

  it('can be a class from a module', async () => {
    using folder = new WorkerFolder({
      'app.mjs': `export default 'any text';`,
      'class.mjs': `
        import { Worker } from '${new URL('../../dist/worker/index.js', import.meta.url).href}';
        import { createServer } from 'node:http';
        export default class extends Worker {
          async load({ value }) { this.text = value; }
          async serve([{ fd }]) {
            this.server = createServer((_, response) => response.end(this.text));
            await new Promise((resolve) => this.server.listen({ fd }, resolve));
          }
          drain() { return new Promise((resolve) => this.server.close(resolve)); }
          counts() { return { requests: 0, running: 0, connections: 0, accepted: 0, answers: [] }; }
        }`,
    });
    const args = ['-b', '127.0.0.1:0', '-k', './class.mjs', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    expect(await getOnce({ port: await command.port() })).to.equal('any text');
    command.kill('SIGTERM');
    expect((await command.end).code).to.equal(0);
  });
});

describe('the command', function () {
  this.timeout(30_000);

  it('replaces a stale pidfile and refuses a live one', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp, pid: '4194304\n' });
    const args = ['-b', '127.0.0.1:0', '-p', 'pid', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    await command.port();
    expect(readFileSync(folder.join('pid'), 'utf8')).to.equal(`${command.pid}\n`);
    const second = await failure(['-p', 'pid', 'app.mjs'], { cwd: folder.path });
    expect(second.code).to.equal(1);
    expect(second.stderr).to.match(
      new RegExp(`pid says that process ${command.pid} serves already, and it runs; stop it`),
    );
  });

  it('gives the files of unix sockets a mode, and replaces stale ones', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const path = folder.join('app.sock');
    const stale = createServer().listen(path);
    await new Promise((resolve) => stale.once('listening', resolve));
    const args = ['-b', 'unix:app.sock', '--socket-mode', '640', 'app.mjs'];
    const refused = await failure(args, { cwd: folder.path });
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(
      /cannot listen on unix:app\.sock: another process listens there/,
    );
    // Only the descriptor goes, as in a crash.
    const { fd } = (stale as unknown as { _handle: { fd: number } })._handle;
    expect(fd).to.be.greaterThan(0);
    stale.close();
    writeFileSync(folder.join('other'), '');
    await using command = new GudegCommand(args, { cwd: folder.path });
    await command.logged(/on unix:/);
    expect(statSync(path).mode & 0o777).to.equal(0o640);
  });

  it('checks the configuration and the app with --check-config', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp, 'bad.mjs': 'throw new Error("bad");' });
    const right = await failure(['--check-config', 'app.mjs'], { cwd: folder.path });
    expect(right).to.include({
      code: 0,
      stdout: 'gudeg: the configuration and app.mjs are right\n',
    });
    const wrong = await failure(['--check-config', 'bad.mjs'], { cwd: folder.path });
    expect(wrong.code).to.equal(1);
    expect(wrong.stderr).to.match(/bad\.mjs cannot be imported: bad\nError: bad/);
  });

  it('goes to the background with -D', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['-D', '-b', 'unix:app.sock', '-p', 'pid', '--errorlog', 'error.log', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    expect((await command.end).code).to.equal(0);
    let body = '';
    const target = { socketPath: folder.join('app.sock') };
    while (body === '') body = await getOnce(target).catch(() => '');
    const pid = Number(readFileSync(folder.join('pid'), 'utf8'));
    process.kill(pid, 'SIGTERM');
    while (existsSync(folder.join('pid'))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readFileSync(folder.join('error.log'), 'utf8')).to.match(/stopping, when the running/);
  });
});
