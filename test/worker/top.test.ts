import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce } from '../support/keep-alive-client.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

const cli = fileURLToPath(new URL('../../dist/worker/cli.js', import.meta.url));

async function serving(folder: WorkerFolder): Promise<GudegCommand> {
  const command = new GudegCommand(['-w', '2', '-b', '127.0.0.1:0', '-p', 'app.pid', 'app.mjs'], {
    cwd: folder.path,
  });
  await command.port();
  return command;
}

const TITLES = /WORKER +PID +STATE +AGE +REQ\/S +IN FLIGHT +P50 +P99 +CPU % +RSS +LAG +RESTARTS/;

/** A terminal of its own, in which a shell runs. */
class Terminal implements Disposable {
  readonly #socket: string;

  constructor(folder: WorkerFolder, columns: number, rows: number) {
    this.#socket = folder.join('tmux');
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      'sh',
    );
  }

  type(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  get text(): string {
    return this.#tmux('capture-pane', '-p');
  }

  /** Whether the cursor shows, and the alternate screen is on. */
  get modes(): string {
    return this.#tmux('display-message', '-p', '#{cursor_flag} #{alternate_on}').trim();
  }

  async shows(pattern: RegExp): Promise<string> {
    for (;;) {
      const { text } = this;
      if (pattern.test(text)) return text;
      await delay(50);
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
  }
}

function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    return false;
  }
}

describe('gudeg top', function () {
  this.timeout(180_000);

  it('prints one table where the output is no terminal', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    await using command = await serving(folder);
    const target = { port: await command.port() };
    const killed = await getOnce(target);
    process.kill(Number(killed), 'SIGKILL');
    await command.logged(/was ended by SIGKILL/);
    for (let i = 0; i < 3; i++) await getOnce(target, '/sleep/5');
    await using top = new GudegCommand(['top', '-p', 'app.pid'], { cwd: folder.path });
    const { code, stdout, stderr } = await top.end;
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/^gudeg \d+\.\d+\.\d+: app\.mjs, serving/);
    expect(stdout).to.match(TITLES);
    expect(stdout.match(/^ +\d+ +\d+ {2}(ready|booting) /gm)).to.have.length(2);
    expect(stdout).to.match(/1 {2}SIGKILL$/m);
    expect(stdout).not.to.contain('\u001B');
  });

  it('fails with 3 where no arbiter listens, and with 2 for an interval that is none', async () => {
    using folder = new WorkerFolder();
    await using absent = new GudegCommand(['top', '-s', 'app.ctl'], { cwd: folder.path });
    expect((await absent.end).code).to.equal(3);
    await using wrong = new GudegCommand(['top', '--interval', '0'], { cwd: folder.path });
    expect((await wrong.end).code).to.equal(2);
  });

  for (const key of ['q', 'C-c']) {
    it(`fills a terminal, follows its size, and restores it at ${key}`, async function () {
      if (!hasTmux()) this.skip();
      using folder = new WorkerFolder({ 'app.mjs': pidApp });
      await using command = await serving(folder);
      using terminal = new Terminal(folder, 140, 20);
      terminal.type(`cd ${folder.path} && echo before`, 'Enter');
      await terminal.shows(/^before$/m);
      terminal.type(`${process.execPath} ${cli} top -p app.pid --interval 0.2`, 'Enter');
      const shown = await terminal.shows(/ready[^]*ready[^]*q: quit/);
      expect(shown).to.match(TITLES);
      expect(shown).to.match(/^2 of 2 workers serve$/m);
      expect(shown).not.to.contain('before');
      expect(terminal.modes).to.equal('0 1');

      terminal.resize(40, 8);
      const small = await terminal.shows(/^q: quit$/m);
      expect(Math.max(...small.split('\n').map((line) => line.length))).to.be.at.most(40);
      terminal.resize(140, 20);
      await terminal.shows(/LAST EXIT/);

      process.kill(Number(await getOnce({ port: await command.port() })), 'SIGKILL');
      await terminal.shows(/1 {2}SIGKILL/);

      terminal.type(key);
      const left = await terminal.shows(/before/);
      expect(left).not.to.match(TITLES);
      expect(terminal.modes).to.equal('1 0');
      terminal.type('echo still $((40 + 2))', 'Enter');
      await terminal.shows(/still 42/);
    });
  }

  it('waits for a successor when the arbiter is gone', async function () {
    if (!hasTmux()) this.skip();
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    using terminal = new Terminal(folder, 140, 20);
    {
      await using command = await serving(folder);
      terminal.type(`cd ${folder.path} && ${process.execPath} ${cli} top -p app.pid`, 'Enter');
      await terminal.shows(new RegExp(`pid ${command.pid},`));
      command.kill('SIGTERM');
      await command.end;
    }
    await terminal.shows(/no arbiter listens at/);
    await using next = await serving(folder);
    await terminal.shows(new RegExp(`pid ${next.pid},`));
    terminal.type('q');
  });
});
