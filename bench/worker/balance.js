import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { interleaved } from './rounds.js';
import { startWorkers } from './worker-process.js';

const CONNECTIONS = 2000;
const AT_A_TIME = 16;

/** For so long one worker's event loop is blocked, while others connect. */
const BLOCK_MS = 2000;
const MEANWHILE = 200;

/** Who takes longer has waited for the blocked one. */
const WAITED_MS = BLOCK_MS / 4;

/**
 * Two workers that share one listening socket, against two with one each (SO_REUSEPORT): how evenly new
 * connections fall, and how many of them wait when one worker's event loop is blocked.
 *
 * @param {import('./run.js').Options} options
 */
export async function measureBalance({ rounds, folder }) {
  await writeFile(
    `${folder}/pid.mjs`,
    `export default (_session, { uri }) => {
      if (uri === '/block') {
        for (const end = Date.now() + ${BLOCK_MS}; Date.now() < end; );
      }
      return [200, 'OK', {}, String(process.pid)];
    };`,
  );

  /** @param {string[]} args */
  const shared =
    (...args) =>
    async () => {
      const command = await startWorkers('0,1', ['-w', '2', ...args, 'pid.mjs'], folder);
      try {
        return await run(command.port);
      } finally {
        await command.stop();
      }
    };

  const separate = async () => {
    const first = await startWorkers('0,1', ['--reuse-port', 'pid.mjs'], folder);
    const second = await startWorkers('0,1', ['--reuse-port', 'pid.mjs'], folder, first.port);
    try {
      return await run(first.port);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  };

  const variants = {
    'one shared socket': shared(),
    '… with acceptsPerTurn 1': shared('--accepts-per-turn', '1'),
    SO_REUSEPORT: separate,
  };
  const figures = await interleaved(variants, rounds);
  return Object.entries(figures).map(([listening, { busiest, waited }]) => ({
    listening,
    'busiest of two workers': `${(busiest * 100).toFixed(0)} %`,
    'waited for a blocked one': `${(waited * 100).toFixed(0)} %`,
  }));
}

/** @param {number} port */
async function run(port) {
  /** @type {Record<string, number>} */
  const byPid = {};
  let left = CONNECTIONS;
  const connect = async () => {
    while (left-- > 0) {
      const { pid } = await ask(port, '/');
      byPid[pid] = (byPid[pid] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, connect));

  const blocking = ask(port, '/block');
  await delay(BLOCK_MS / 10);
  const meanwhile = [];
  for (let i = 0; i < MEANWHILE; i++) {
    meanwhile.push(ask(port, '/'));
    await delay(1);
  }
  const slow = (await Promise.all(meanwhile)).filter(({ ms }) => ms > WAITED_MS);
  await blocking;
  return {
    busiest: Math.max(...Object.values(byPid)) / CONNECTIONS,
    waited: slow.length / MEANWHILE,
  };
}

/**
 * One request on a connection of its own.
 *
 * @param {number} port
 * @param {string} path
 * @returns {Promise<{ pid: string, ms: number }>}
 */
function ask(port, path) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get({ port, path, agent: false, host: '127.0.0.1' }, (response) => {
      let pid = '';
      response.setEncoding('utf8').on('data', (text) => (pid += text));
      response.on('end', () => {
        resolve({ pid, ms: performance.now() - began });
      });
    }).on('error', reject);
  });
}
