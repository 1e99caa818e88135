import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { cpuShare, startWorkers } from './worker-process.js';

// Some eight seconds behind the start V8 gives back what loading left: once, some 35 ms of CPU.
const SETTLE_MS = 20_000;

/**
 * CPU time of an arbiter with four idle workers, and of one of them, in percent of a core.
 *
 * @param {import('./run.js').Options} options
 */
export async function measureIdle({ idleSeconds, folder }) {
  await writeFile(`${folder}/app.mjs`, `export default () => [200, 'OK', {}, 'hello'];`);
  const rows = [];
  for (const [name, args] of /** @type {[string, string[]][]} */ ([
    ['off', []],
    ['admin socket, control socket', ['--admin-bind', '127.0.0.1:0', '-p', 'idle.pid']],
  ])) {
    const command = await startWorkers('0,1', ['-w', '4', ...args, 'app.mjs'], folder);
    try {
      await delay(SETTLE_MS);
      const [worker = 0] = await command.workers();
      const [arbiter, one] = await Promise.all([
        cpuShare(command.pid, idleSeconds),
        cpuShare(worker, idleSeconds),
      ]);
      rows.push({
        operations: name,
        'arbiter, % of a core': (arbiter * 100).toFixed(3),
        'a worker, % of a core': (one * 100).toFixed(3),
      });
    } finally {
      await command.stop();
    }
  }
  return rows;
}
