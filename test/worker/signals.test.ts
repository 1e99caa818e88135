import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce, KeepAliveClient } from '../support/keep-alive-client.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Resolves when a process is gone. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await setTimeout(10);
}

/** The names of the log files that a process holds open. */
function openLogs(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const links = readdirSync(folder).map((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`);
    } catch {
      // It was closed meanwhile.
      return '';
    }
  });
  return links.filter((link) => link.endsWith('.log')).map((link) => basename(link));
}

describe('the arbiter', function () {
  this.timeout(60_000);

  it('grows at SIGTTIN, shrinks at SIGTTOU down to one worker', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = new GudegCommand(
      ['-b', '127.0.0.1:0', 'app.mjs', '--loglevel', 'debug'],
      {
        cwd: folder.path,
      },
    );
    await command.port();
    command.kill('SIGTTIN');
    await command.logged(/2 workers are wanted instead of 1/);
    await command.logged(/worker 2 serves/);
    const [, first] = await command.logged(/\[(\d+)\] \[DEBUG\] worker 1 serves/);
    command.kill('SIGTTOU');
    await command.logged(new RegExp(`worker \\(pid:${first ?? ''}\\) has ended`));
    command.forget();
    command.kill('SIGTTOU');
    await command.logged(/got SIGTTOU/);
    command.kill('SIGTERM');
    const { stderr, code } = await command.end;
    expect(stderr).not.to.match(/are wanted/);
    expect(code).to.equal(0);
  });

  it('replaces all workers at SIGHUP with settings read anew, and a kept connection lives on', async () => {
    using folder = new WorkerFolder({
      'app.mjs': pidApp,
      'gudeg.config.mjs': `export default { workers: 2, rawEnv: ['COLOR=red'] }`,
    });
    await using command = new GudegCommand(['-b', '127.0.0.1:0', 'app.mjs'], { cwd: folder.path });
    using client = new KeepAliveClient({ port: await command.port() });
    const before = await client.get();
    expect(await client.get('/env/COLOR')).to.equal('red');
    folder.write('gudeg.config.mjs', `export default { workers: 1, rawEnv: ['COLOR=blue'] }`);
    command.kill('SIGHUP');
    await command.logged(/1 workers are wanted instead of 2/);
    await command.logged(/reloaded\n/);
    await command.logged(new RegExp(`worker \\(pid:${before}\\) has ended`));
    expect(await client.get('/env/COLOR')).to.equal('blue');
    expect(client.connections).to.equal(1);
    expect(isAlive(Number(before))).to.equal(false);
  });

  it('logs to another file when the settings say so at SIGHUP, and closes the old one', async function () {
    if (process.platform !== 'linux') this.skip();
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const logTo = (name: string): void => {
      folder.write('gudeg.config.mjs', `export default { errorlog: '${name}' }`);
    };
    logTo('first.log');
    await using command = new GudegCommand(['-b', 'unix:app.sock', 'app.mjs'], {
      cwd: folder.path,
    });
    await folder.written('first.log', / on unix:/);
    logTo('second.log');
    command.kill('SIGHUP');
    await folder.written('second.log', /\] reloaded\n/);
    while (openLogs(command.pid).includes('first.log')) await setTimeout(50);
    expect(openLogs(command.pid)).to.deep.equal(['second.log']);
  });

  it('goes on as before when the new code cannot boot, or the settings are wrong', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = new GudegCommand(['-b', '127.0.0.1:0', '-w', '2', 'app.mjs'], {
      cwd: folder.path,
    });
    const target = { port: await command.port() };
    const pid = await getOnce(target);
    folder.write('app.mjs', `throw new Error('the new code is broken')`);
    command.kill('SIGHUP');
    await command.logged(/app\.mjs cannot be imported: the new code is broken/);
    await command.logged(/not reloaded: the new workers cannot boot/);
    folder.write('gudeg.config.mjs', `export default { workers: 0 }`);
    command.kill('SIGHUP');
    await command.logged(/not reloaded, .*: the setting workers must be an integer in 1\.\.1024/);
    folder.write('app.mjs', pidApp);
    folder.write('gudeg.config.mjs', `export default { workers: 2 }`);
    expect(isAlive(Number(pid))).to.equal(true);
    expect(await getOnce(target)).to.match(/^\d+$/);
    command.forget();
    command.kill('SIGHUP');
    await command.logged(/reloaded\n/);
  });

  it('opens log files anew at SIGUSR1, in its workers too', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const logs = ['--accesslog', 'access.log', '--errorlog', 'error.log'];
    await using command = new GudegCommand(['-b', `unix:app.sock`, ...logs, 'app.mjs'], {
      cwd: folder.path,
    });
    const target = { socketPath: folder.join('app.sock') };
    const until = async (file: string, text: string): Promise<void> => {
      const path = folder.join(file);
      while (!existsSync(path) || !readFileSync(path, 'utf8').includes(text)) {
        await setTimeout(20);
      }
    };
    await until('error.log', 'on unix:');
    await getOnce(target, '/first');
    await until('access.log', 'GET /first HTTP/1.1" 200');
    for (const file of ['access.log', 'error.log']) {
      renameSync(folder.join(file), folder.join(`${file}.1`));
    }
    command.kill('SIGUSR1');
    await until('error.log', 'log files opened anew');
    await until('access.log', '');
    await getOnce(target, '/second');
    await until('access.log', 'GET /second');
    expect(readFileSync(folder.join('access.log.1'), 'utf8')).not.to.contain('/second');
    expect(command.stderr).to.equal('');
  });

  it('leaves its sockets to a successor at SIGUSR2, and its pidfile when it ends', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['-b', '127.0.0.1:0', '-b', 'unix:app.sock', '-p', 'pid', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const target = { socketPath: folder.join('app.sock') };
    const port = await command.port();
    using client = new KeepAliveClient({ port });
    const before = await client.get();
    const pidfile = (): string => readFileSync(folder.join('pid'), 'utf8').trim();
    expect(pidfile()).to.equal(String(command.pid));
    command.forget();
    command.kill('SIGUSR2');
    const [, successor = ''] = await command.logged(/started the successor \(pid:(\d+)\)/);
    try {
      await command.logged(new RegExp(`app.sock \\(pid ${successor}\\)`));
      expect(readFileSync(folder.join('pid.2'), 'utf8').trim()).to.equal(successor);
      command.kill('SIGUSR2');
      await command.logged(/SIGUSR2 ignored: the successor/);
      command.kill('SIGTERM');
      await command.logged(/the predecessor is gone/);
      expect(pidfile()).to.equal(successor);
      expect(existsSync(folder.join('pid.2'))).to.equal(false);
      const after = await client.get();
      expect(after).not.to.equal(before);
      expect(client.connections).to.equal(1);
      expect(await getOnce(target)).to.equal(after);
    } finally {
      process.kill(Number(successor), 'SIGTERM');
      await gone(Number(successor));
    }
    expect(existsSync(folder.join('pid'))).to.equal(false);
    expect(existsSync(folder.join('app.sock'))).to.equal(false);
  });

  it('leaves no worker behind when it is killed', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = new GudegCommand(['-b', '127.0.0.1:0', '-w', '2', 'app.mjs'], {
      cwd: folder.path,
    });
    const target = { port: await command.port() };
    const running = getOnce(target, '/sleep/300');
    const pid = Number(await getOnce(target));
    command.kill('SIGKILL');
    expect(await running).to.match(/^\d+$/);
    await gone(pid);
    // Resolves when nobody holds its output any more: all workers are gone.
    expect((await command.end).signal).to.equal('SIGKILL');
  });
});
