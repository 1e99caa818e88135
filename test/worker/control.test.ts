import { expect } from 'chai';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce, KeepAliveClient } from '../support/keep-alive-client.ts';
import type { ProgramEnd } from '../support/node-program.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

interface Status {
  pid: number;
  phase: string;
  revision: number;
  workersWanted: number;
  workersReady: number;
  workers: { worker: number; pid: number; state: string }[];
  places: { worker: number; restarts: number; exits: Record<string, number> }[];
}

/** Runs `gudeg …` in a folder to its end. */
async function gudeg(folder: WorkerFolder, ...args: string[]): Promise<ProgramEnd> {
  await using command = new GudegCommand(args, { cwd: folder.path });
  return await command.end;
}

async function status(folder: WorkerFolder): Promise<Status> {
  const { stdout } = await gudeg(folder, 'ctl', '-p', 'app.pid', '--json', 'status');
  return JSON.parse(stdout) as Status;
}

/** An arbiter with a pidfile, and beside it its control socket. */
async function serving(folder: WorkerFolder, ...args: string[]): Promise<GudegCommand> {
  const command = new GudegCommand(['-b', '127.0.0.1:0', '-p', 'app.pid', ...args, 'app.mjs'], {
    cwd: folder.path,
  });
  await command.port();
  return command;
}

describe('gudeg ctl', function () {
  this.timeout(180_000);

  it('tells how an arbiter and its workers are, for people and as JSON', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = await serving(folder, '-w', '2');
    const { code, stdout } = await gudeg(folder, 'ctl', '-p', 'app.pid', 'status');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^gudeg \d+\.\d+\.\d+: app\.mjs, serving \(pid \d+, for /);
    expect(stdout).to.match(/\n2 of 2 workers serve\n/);
    expect(stdout.match(/^ +\d+ +\d+ {2}ready /gm)).to.have.length(2);
    const told = await status(folder);
    expect(told).to.include({ pid: command.pid, phase: 'serving', workersReady: 2 });
  });

  it('opens its socket for its own user alone, and removes it at the end', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = await serving(folder);
    expect(statSync(folder.join('app.ctl')).mode & 0o777).to.equal(0o600);
    command.kill('SIGTERM');
    await command.end;
    expect(existsSync(folder.join('app.ctl'))).to.equal(false);
  });

  it('is off without a pidfile or a path, and with --no-control-socket', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = await serving(folder, '--no-control-socket');
    expect(existsSync(folder.join('app.ctl'))).to.equal(false);
    command.kill('SIGTERM');
    await command.end;
    const { code, stderr } = await gudeg(folder, 'ctl', 'status');
    expect(code).to.equal(2);
    expect(stderr).to.match(/nothing says where the control socket is: start the arbiter with/);
  });

  it('finds the socket by the configuration of the folder', async () => {
    using folder = new WorkerFolder({
      'app.mjs': pidApp,
      'gudeg.config.mjs': `export default { app: 'app.mjs', bind: ['127.0.0.1:0'], controlSocket: 'here.ctl', controlSocketMode: '660' }`,
    });
    await using command = new GudegCommand([], { cwd: folder.path });
    await command.port();
    expect((await gudeg(folder, 'ctl', 'status')).code).to.equal(0);
    expect(statSync(folder.join('here.ctl')).mode & 0o777).to.equal(0o660);
  });

  it('scales, reloads, recycles and kills, and says what came of it', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = await serving(folder);
    const target = { port: await command.port() };
    using client = new KeepAliveClient(target);
    const ctl = (...args: string[]): Promise<ProgramEnd> =>
      gudeg(folder, 'ctl', '-p', 'app.pid', ...args);
    const first = await client.get();

    expect(await ctl('scale', '2')).to.include({
      code: 0,
      stdout: '2 workers are wanted, 1 were before\n',
    });
    await command.logged(/2 workers are wanted instead of 1/);

    expect(await ctl('worker', 'recycle', first)).to.include({
      code: 0,
      stdout: `worker ${first} is replaced\n`,
    });
    await command.logged(new RegExp(`worker \\(pid:${first}\\) has ended`));
    expect(await client.get()).not.to.equal(first);
    expect(client.connections).to.equal(1);

    expect(await ctl('reload')).to.include({ code: 0, stdout: 'reloaded\n' });
    const reloaded = await status(folder);
    expect(reloaded).to.include({ revision: 1, workersWanted: 1 });

    const second = await client.get();
    expect((await ctl('--json', 'worker', 'kill', second)).stdout).to.equal(
      `{"ok":true,"message":"worker ${second} is killed"}\n`,
    );
    await command.logged(new RegExp(`\\(pid:${second}\\) was killed: gudeg ctl asked for it`));
    expect(await getOnce(target)).not.to.equal(second);
    const exits = (await status(folder)).places.map((place) => place.exits);
    expect(Object.assign({}, ...exits)).to.include({ recycled: 1, killed: 1 });

    const nobody = await ctl('worker', 'kill', '99');
    expect(nobody.code).to.equal(1);
    expect(nobody.stderr).to.match(/there is no worker 99; there are \d+/);
  });

  it('fails when the new code cannot boot, and everything goes on', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = await serving(folder);
    folder.write('app.mjs', 'throw new Error("broken");');
    const { code, stderr } = await gudeg(folder, 'ctl', '-p', 'app.pid', 'reload');
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      'gudeg ctl: not reloaded (rolled back); the log says why, everything goes on as before\n',
    );
    expect(await getOnce({ port: await command.port() })).to.match(/^\d+$/);
  });

  it('drains: the running request is answered, then it returns', async () => {
    using folder = new WorkerFolder({
      'app.mjs': `export default async () => {
        console.log('called');
        await new Promise((resolve) => setTimeout(resolve, 300));
        return [200, 'OK', {}, 'answered'];
      }`,
    });
    await using command = await serving(folder);
    const slow = getOnce({ port: await command.port() });
    await command.printed(/called/);
    const { code, stdout } = await gudeg(folder, 'ctl', '-p', 'app.pid', 'drain');
    expect([code, stdout]).to.deep.equal([0, 'stopping, when the running requests are answered\n']);
    expect(await slow).to.equal('answered');
    expect(await command.end).to.include({ code: 0 });
  });

  it('stops at once', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = await serving(folder);
    const { code, stdout } = await gudeg(folder, 'ctl', '-p', 'app.pid', 'stop');
    expect([code, stdout]).to.deep.equal([0, 'stopping at once\n']);
    expect(await command.end).to.include({ code: 0 });
  });

  it('says with 3 that nobody listens, also where a socket was left over, which the next arbiter replaces', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const absent = await gudeg(folder, 'ctl', '-s', 'app.ctl', 'status');
    expect(absent.code).to.equal(3);
    expect(absent.stderr).to.match(/no arbiter listens at \S+app\.ctl: there is no such socket;/);
    {
      await using killed = await serving(folder);
      killed.kill('SIGKILL');
      await killed.end;
    }
    const stale = await gudeg(folder, 'ctl', '-s', 'app.ctl', 'drain');
    expect(stale.code).to.equal(3);
    expect(stale.stderr).to.match(/the socket is left over from one that is gone/);
    await using command = await serving(folder);
    expect((await status(folder)).pid).to.equal(command.pid);
  });

  it('refuses a control socket that somebody else listens on', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const other = createServer().listen(folder.join('app.ctl'));
    await new Promise((resolve) => other.once('listening', resolve));
    const { code, stderr } = await gudeg(
      folder,
      ...['-b', '127.0.0.1:0', '--control-socket', 'app.ctl', 'app.mjs'],
    );
    other.close();
    expect(code).to.equal(1);
    expect(stderr).to.match(/cannot listen on \S+app\.ctl \(controlSocket\): another process/);
  });

  it('says with 4 that the user may not', async function () {
    if (process.getuid?.() !== 0) this.skip();
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using _command = await serving(folder);
    chmodSync(folder.path, 0o755);
    const prefix = ['setpriv', '--reuid', '65534', '--clear-groups'];
    const args = ['ctl', '-s', folder.join('app.ctl'), 'stop'];
    await using stranger = new GudegCommand(args, { cwd: '/', prefix });
    const { code, stderr } = await stranger.end;
    expect(stderr).to.match(/this user may not command the arbiter at \S+app\.ctl: be its user/);
    expect(code).to.equal(4);
  });

  it('refuses wrong arguments with 2', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using _command = await serving(folder);
    for (const [args, message] of [
      [['frob'], /there is no command frob/],
      [[], /there is no command \(none given\)/],
      [['scale'], /scale takes a number of workers; got none/],
      [['scale', '0'], /the number of workers must be in 1\.\.1024; got 0/],
      [['status', 'x'], /status takes no argument; got x/],
      [['worker', 'frob', '1'], /worker takes recycle or kill, and a pid; got frob 1/],
      [['--frob', 'status'], /Unknown option '--frob'/],
      [
        ['--jsno', 'status'],
        /Unknown option '--jsno'; did you mean --json\? \(see gudeg ctl --help\)\n$/,
      ],
    ] as [string[], RegExp][]) {
      const { code, stderr } = await gudeg(folder, 'ctl', '-p', 'app.pid', ...args);
      expect(stderr).to.match(message);
      expect(code, args.join(' ')).to.equal(2);
    }
  });

  it('says what it can do with --help', async () => {
    using folder = new WorkerFolder();
    for (const command of ['ctl', 'top']) {
      const { code, stdout } = await gudeg(folder, command, '--help');
      expect(code).to.equal(0);
      expect(stdout).to.match(new RegExp(`^Usage: gudeg ${command} `));
    }
  });
});
