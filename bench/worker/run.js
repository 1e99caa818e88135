// Figures of the worker: `node bench/worker/run.js [NAME]... [--rounds N] [--seconds S] [--idle-seconds S]`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { buildPrograms } from '../runner/build.js';
import { describeMachine, machineSentence } from '../runner/machine.js';
import { measureBalance } from './balance.js';
import { measureIdle } from './idle.js';
import { measureOverhead } from './overhead.js';
import { measureReload } from './reload.js';
import { measureScaling } from './scaling.js';

/**
 * @typedef {object} Options
 * @property {number} rounds
 * @property {number} seconds Of load in each round.
 * @property {number} idleSeconds
 * @property {string} folder For apps and sockets.
 */

/** @type {Record<string, (options: Options) => Promise<object[]>>} */
const figures = {
  overhead: measureOverhead,
  scaling: measureScaling,
  idle: measureIdle,
  reload: measureReload,
  balance: measureBalance,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    'idle-seconds': { type: 'string', default: '30' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'gudeg-bench-worker-'));
try {
  await buildPrograms();
  console.log(machineSentence(describeMachine()));
  for (const name of positionals.length > 0 ? positionals : Object.keys(figures)) {
    const measure = figures[name];
    if (measure === undefined) throw new Error(`there are ${Object.keys(figures).join(', ')}`);
    console.log(`\n${name}`);
    console.table(
      await measure({
        rounds: Number(values.rounds),
        seconds: Number(values.seconds),
        idleSeconds: Number(values['idle-seconds']),
        folder,
      }),
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
