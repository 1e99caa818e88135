import { writeFile } from 'node:fs/promises';

import { interleaved } from './rounds.js';
import { startWorkers } from './worker-process.js';

/** How long the app takes to load, besides what Node does. */
const LOAD_MS = 300;

/**
 * From SIGHUP until all workers are new ones, beside the time that a worker takes to boot.
 *
 * @param {import('./run.js').Options} options
 */
export async function measureReload({ rounds, folder }) {
  await writeFile(
    `${folder}/slow.mjs`,
    `await new Promise((resolve) => setTimeout(resolve, ${LOAD_MS}));
    export default () => [200, 'OK', {}, 'hello'];`,
  );

  /** @param {number} count */
  const variant = (count) => async () => {
    const began = performance.now();
    const command = await startWorkers('0,1', ['-w', String(count), 'slow.mjs'], folder);
    const bootMs = performance.now() - began;
    try {
      command.forget();
      const told = performance.now();
      process.kill(command.pid, 'SIGHUP');
      await command.logged(/\] reloaded\n/);
      return { bootMs, reloadMs: performance.now() - told };
    } finally {
      await command.stop();
    }
  };

  const counts = [1, 2, 4];
  const entries = counts.map((count) => [String(count), variant(count)]);
  const figures = await interleaved(Object.fromEntries(entries), rounds);
  const oneMs = figures['1']?.reloadMs ?? NaN;
  return Object.entries(figures).map(([count, { bootMs, reloadMs }]) => ({
    workers: count,
    'boot of the command, ms': Math.round(bootMs),
    'HUP to all new, ms': Math.round(reloadMs),
    'for each worker, ms': Math.round(reloadMs / Number(count)),
    'of one worker’s': `× ${(reloadMs / oneMs).toFixed(2)}`,
  }));
}
