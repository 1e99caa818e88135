import { expect } from 'chai';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce, KeepAliveClient, type Target } from '../support/keep-alive-client.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

/** How often each thing is done: `npm run test:worker-load` does it more often. */
const times = (often: number, thrifty: number): number =>
  process.env['GUDEG_FULL_LOAD'] === undefined ? thrifty : often;

/** Requests without a pause, until it is stopped. */
class Load {
  served = 0;
  readonly failures: string[] = [];
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(targets: readonly Target[]) {
    this.#clients = targets.flatMap((target) => [
      this.#kept(target),
      this.#kept(target),
      this.#fresh(target),
    ]);
  }

  async #kept(target: Target): Promise<void> {
    using client = new KeepAliveClient(target);
    while (!this.#isOver) await this.#count(client.get('/sleep/1'));
  }

  async #fresh(target: Target): Promise<void> {
    while (!this.#isOver) await this.#count(getOnce(target));
  }

  async #count(answer: Promise<string>): Promise<void> {
    try {
      await answer;
      this.served++;
    } catch (error) {
      this.failures.push(String(error));
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }
}

/** A command with two workers under load on a TCP and on a unix socket. */
async function underLoad(
  args: readonly string[],
  act: (command: GudegCommand, load: Load) => Promise<void>,
): Promise<Load> {
  using folder = new WorkerFolder({ 'app.mjs': pidApp });
  const binds = ['-b', '127.0.0.1:0', '-b', 'unix:app.sock', '-w', '2'];
  await using command = new GudegCommand([...binds, ...args, 'app.mjs'], { cwd: folder.path });
  const port = await command.port();
  const load = new Load([{ port }, { socketPath: folder.join('app.sock') }]);
  try {
    await act(command, load);
  } finally {
    await load.stop();
  }
  return load;
}

describe('under load, over TCP and a unix socket, with connections kept and not', function () {
  this.timeout(600_000);

  it('no request fails while the workers are replaced by SIGHUP', async () => {
    const load = await underLoad([], async (command) => {
      for (let i = 0; i < times(20, 2); i++) {
        command.forget();
        command.kill('SIGHUP');
        await command.logged(/reloaded\n/);
      }
    });
    expect(load.failures).to.deep.equal([]);
    expect(load.served).to.be.greaterThan(50);
  });

  it('no request fails while workers come by SIGTTIN and go by SIGTTOU', async () => {
    const load = await underLoad(['--loglevel', 'debug'], async (command) => {
      for (let i = 0; i < times(50, 2); i++) {
        command.forget();
        command.kill('SIGTTIN');
        await command.logged(/worker \d+ serves/);
        command.kill('SIGTTOU');
        await command.logged(/has ended/);
      }
    });
    expect(load.failures).to.deep.equal([]);
  });

  it('no request fails while workers are replaced after maxRequests', async () => {
    const load = await underLoad(['--max-requests', '50', '--timeout', '0.4'], async (command) => {
      for (let i = 0; i < times(20, 2); i++) {
        command.forget();
        await command.logged(/has ended/);
      }
    });
    expect(load.failures).to.deep.equal([]);
  });

  it('only requests that a killed worker has are lost', async () => {
    let kills = 0;
    const load = await underLoad(['--loglevel', 'debug'], async (command) => {
      const pids = new Set<number>();
      for (let i = 0; i < times(100, 3); i++) {
        for (const [, pid] of command.stderr.matchAll(/\[(\d+)\] \[DEBUG\] worker \d+ serves/g)) {
          pids.add(Number(pid));
        }
        const [victim] = pids;
        if (victim === undefined) break;
        pids.delete(victim);
        command.forget();
        process.kill(victim, 'SIGKILL');
        kills++;
        await command.logged(/worker \d+ serves/);
      }
    });
    // Six clients have one request each at a time.
    expect(load.failures.length).to.be.at.most(kills * 6);
    expect(load.served).to.be.greaterThan(load.failures.length);
  });
});
