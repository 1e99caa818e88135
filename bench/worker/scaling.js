import { fileURLToPath } from 'node:url';

import { scenarioOptions, startLoad } from '../runner/load-generator.js';
import hello from '../scenarios/hello.js';
import { interleaved } from './rounds.js';
import { cpuSeconds, startWorkers } from './worker-process.js';

const app = fileURLToPath(new URL('../peers/gudeg-app.js', import.meta.url));

/**
 * One worker against two. With as many cores as there are workers and a load generator the requests per
 * second say it all; with fewer it is the CPU time per request that does, because workers share nothing but
 * the listening socket: as long as it stays what it is, each core that is added serves as much as the first.
 *
 * @param {import('./run.js').Options} options
 */
export async function measureScaling({ rounds, seconds, folder }) {
  const scenario = await scenarioOptions(hello, folder);

  /** @param {number} count */
  const variant = (count) => async () => {
    const command = await startWorkers('0,1', ['-w', String(count), `${app}:app`], folder);
    try {
      const pids = await command.workers();
      const sum = async () => {
        const all = await Promise.all(pids.map(cpuSeconds));
        return all.reduce((total, each) => total + each, 0);
      };
      const before = await sum();
      const args = ['--tcp', String(command.port), '--warmup', '0', '--seconds', String(seconds)];
      const run = startLoad(1, [...args, ...scenario], folder);
      const result = await run.line;
      await run.end();
      return {
        cpuMicros: (((await sum()) - before) * 1e6) / result.requests,
        requestsPerSecond: result.requests / result.seconds,
      };
    } finally {
      await command.stop();
    }
  };

  const figures = await interleaved({ '1 worker': variant(1), '2 workers': variant(2) }, rounds);
  const base = figures['1 worker']?.cpuMicros ?? NaN;
  return Object.entries(figures).map(([name, { cpuMicros, requestsPerSecond }]) => ({
    '': name,
    'CPU µs': cpuMicros.toFixed(2),
    'of one worker': `× ${(cpuMicros / base).toFixed(2)}`,
    'requests/s, the load on the same cores': Math.round(requestsPerSecond),
  }));
}
