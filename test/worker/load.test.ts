import { expect } from 'chai';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce, KeepAliveClient, type Target } from '../support/keep-alive-client.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

/** How often each thing is done: `npm run test:worker-load` does it more often. */
const times = (often: number, thrifty: number): number =>
  process.env['GUDEG_FULL_LOAD'] === undefined ? thrifty : often;

/** A request without an answer. */
interface Failure {
  readonly message: string;
  /** The worker that answered the request before it on the same connection; null: it was the first one. */
  readonly worker: string | null;
}

/** Requests without a pause, until it is stopped. */
class Load {
  served = 0;
  readonly failures: Failure[] = [];
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
    let worker: string | null = null;
    let connections = 0;
    while (!this.#isOver) {
      worker = await this.#count(client.get('/sleep/1'), () =>
        client.connections === connections ? worker : null,
      );
      ({ connections } = client);
    }
  }

  async #fresh(target: Target): Promise<void> {
    while (!this.#isOver) await this.#count(getOnce(target), () => null);
  }

  /** The worker that answered, or null. */
  async #count(answer: Promise<string>, workerBefore: () => string | null): Promise<string | null> {
    try {
      const worker = await answer;
      this.served++;
      return worker;
    } catch (error) {
      this.failures.push({ message: String(error), worker: workerBefore() });
      return null;
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }
}

/** A command with two workers under load on a TCP and on a unix socket. `act` may give the arbiter that serves in the end. */
async function underLoad(
  args: readonly string[],
  act: (command: GudegCommand) => Promise<unknown>,
): Promise<Load> {
  using folder = new WorkerFolder({ 'app.mjs': pidApp });
  const binds = ['-b', '127.0.0.1:0', '-b', 'unix:app.sock', '-w', '2'];
  await using command = new GudegCommand([...binds, ...args, 'app.mjs'], { cwd: folder.path });
  const port = await command.port();
  const load = new Load([{ port }, { socketPath: folder.join('app.sock') }]);
  let arbiter: unknown = null;
  try {
    arbiter = await act(command);
  } finally {
    await load.stop();
    if (typeof arbiter === 'number') process.kill(arbiter, 'SIGTERM');
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
    const load = await underLoad(['--max-requests', '50'], async (command) => {
      for (let i = 0; i < times(20, 2); i++) {
        command.forget();
        await command.logged(/has ended/);
      }
    });
    expect(load.failures).to.deep.equal([]);
  });

  it('no request fails while the command is replaced by SIGUSR2', async () => {
    const load = await underLoad(['-p', 'pid'], async (command) => {
      let arbiter = command.pid;
      try {
        for (let i = 0; i < times(5, 1); i++) {
          command.forget();
          process.kill(arbiter, 'SIGUSR2');
          const [, successor = ''] = await command.logged(/started the successor \(pid:(\d+)\)/);
          await command.logged(new RegExp(`app\\.sock \\(pid ${successor}\\)`));
          process.kill(arbiter, 'SIGTERM');
          arbiter = Number(successor);
          await command.logged(/the predecessor is gone/);
        }
      } catch (error) {
        process.kill(arbiter, 'SIGKILL');
        throw error;
      }
      return arbiter;
    });
    expect(load.failures).to.deep.equal([]);
    expect(load.served).to.be.greaterThan(50);
  });

  it('only requests that a killed worker has are lost', async () => {
    const killed = new Set<string>();
    const load = await underLoad(['--loglevel', 'debug'], async (command) => {
      const pids = new Set<string>();
      for (let i = 0; i < times(100, 3); i++) {
        for (const [, pid = ''] of command.stderr.matchAll(
          /\[(\d+)\] \[DEBUG\] worker \d+ serves/g,
        )) {
          pids.add(pid);
        }
        const [victim] = pids;
        if (victim === undefined) throw new Error(`no worker serves: ${command.stderr}`);
        pids.delete(victim);
        command.forget();
        process.kill(Number(victim), 'SIGKILL');
        killed.add(victim);
        await command.logged(/worker \d+ serves/);
      }
    });
    for (const { message, worker } of load.failures) {
      // EPIPE: the client wrote to a unix socket when its worker was gone already.
      expect(message).to.match(/ECONNRESET|EPIPE|socket hang up/);
      if (worker !== null) expect([...killed]).to.include(worker);
    }
    // Six clients have one request each at a time.
    expect(load.failures.length).to.be.at.most(killed.size * 6);
    expect(load.served).to.be.greaterThan(load.failures.length);
  });
});
