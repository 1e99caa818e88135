import { fileURLToPath } from 'node:url';

import { scenarioOptions, startLoad } from '../runner/load-generator.js';
import { startServer } from '../runner/server-process.js';
import hello from '../scenarios/hello.js';
import { interleaved } from './rounds.js';
import { cpuSeconds, startWorkers } from './worker-process.js';

const app = fileURLToPath(new URL('../peers/gudeg-app.js', import.meta.url));
const bareServer = fileURLToPath(new URL('../peers/gudeg.js', import.meta.url));

/** What one process of ours costs more than a bare `Server`: the same app, the same load. */
const variants = {
  worker: [],
  'worker, metered': ['--admin-bind', '127.0.0.1:0'],
  'worker, access log': ['--accesslog', '/dev/null'],
};

/**
 * CPU µs per request of the process that serves, and of the arbiter.
 *
 * @param {import('./run.js').Options} options
 */
export async function measureOverhead({ rounds, seconds, folder }) {
  const scenario = await scenarioOptions(hello, folder);
  const timing = ['--warmup', '1', '--seconds', String(seconds)];

  /** @param {string[]} target */
  const load = async (...target) => {
    const run = startLoad(1, [...target, ...scenario, ...timing], folder);
    const result = await run.line;
    await run.end();
    return result;
  };

  const bare = async () => {
    const peer = { name: 'gudeg', command: [process.execPath, bareServer] };
    const server = await startServer(/** @type {any} */ (peer), 'tcp', 0, folder);
    try {
      const result = await load(...server.target, '--server-pid', String(server.pid));
      return { cpuMicros: result.serverCpuNs / result.requests / 1000, arbiterMicros: 0 };
    } finally {
      await server.stop();
    }
  };

  /** @param {string[]} args */
  const worker = (args) => async () => {
    const command = await startWorkers('0', [...args, `${app}:app`], folder);
    try {
      const [pid = 0] = await command.workers();
      const before = await cpuSeconds(command.pid);
      const result = await load('--tcp', String(command.port), '--server-pid', String(pid));
      const arbiter = (await cpuSeconds(command.pid)) - before;
      return {
        cpuMicros: result.serverCpuNs / result.requests / 1000,
        arbiterMicros: (arbiter * 1e6) / result.requests,
      };
    } finally {
      await command.stop();
    }
  };

  const entries = Object.entries(variants).map(([name, args]) => [name, worker(args)]);
  const figures = await interleaved(
    { 'bare Server': bare, ...Object.fromEntries(entries) },
    rounds,
  );
  const base = figures['bare Server']?.cpuMicros ?? NaN;
  return Object.entries(figures).map(([name, { cpuMicros, arbiterMicros }]) => ({
    '': name,
    'CPU µs': cpuMicros.toFixed(3),
    'arbiter µs': arbiterMicros.toFixed(3),
    'over bare': `${(((cpuMicros + arbiterMicros) / base - 1) * 100).toFixed(1)} %`,
  }));
}
