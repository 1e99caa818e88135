import { setTimeout as delay } from 'node:timers/promises';

import { runClientTrial } from './client-trial.js';
import { scenarioOptions, startLoad } from './load-generator.js';
import { anonymousKib } from './process-memory.js';
import { startServer } from './server-process.js';

// V8 gives memory back some eight seconds after the last busy spell.
const settleBeforeMs = 10_000;
const settleAfterMs = 3_000;

/**
 * One run of one scenario against a fresh process of one peer.
 *
 * @typedef {object} Sample
 * @property {number} [requestsPerSecond]
 * @property {number} [micros] What a client needs for a round trip, or for a MiB, µs.
 * @property {number} [cpuMicros] CPU time of the server process per request, or of a client, µs.
 * @property {number} [p50Micros] Median latency, µs.
 * @property {number} [p99Micros] Latency that 99 % of the requests stay below, µs.
 * @property {number} [kibPerConnection] Growth of the server's memory per idle connection.
 */

/**
 * @param {import('./server-process.js').ServerProcess} server
 * @param {string[]} load
 * @param {import('./options.js').Options} options
 * @param {string} directory
 * @returns {Promise<Sample>}
 */
async function measureRequests(server, load, options, directory) {
  const run = startLoad(options.loadCore, load, directory);
  const result = await run.line;
  await run.end();
  return {
    requestsPerSecond: result.requests / result.seconds,
    cpuMicros: result.serverCpuNs / result.requests / 1000,
    p50Micros: result.p50Ns / 1000,
    p99Micros: result.p99Ns / 1000,
  };
}

/**
 * A busy spell of fixed work first: memory that a server takes once, for its first requests, is not
 * the connections'.
 *
 * @param {import('./server-process.js').ServerProcess} server
 * @param {string[]} load
 * @param {import('./options.js').Options} options
 * @param {string} directory
 * @param {number} connections
 * @returns {Promise<Sample>}
 */
async function measureIdle(server, load, options, directory, connections) {
  const spell = ['--connections', '64', '--warmup', '0', '--count', '20000'];
  const busy = startLoad(options.loadCore, [...load, ...spell], directory);
  await busy.line;
  await busy.end();
  await delay(settleBeforeMs);
  const before = await anonymousKib(server.pid);
  const idle = startLoad(options.loadCore, [...load, '--idle'], directory);
  await idle.line;
  await delay(settleAfterMs);
  const after = await anonymousKib(server.pid);
  await idle.end();
  return { kibPerConnection: (after - before) / connections };
}

/**
 * @param {import('../peers/index.js').Peer} peer
 * @param {import('../scenarios/index.js').Scenario} scenario
 * @param {import('./options.js').Options} options
 * @param {string} directory For sockets and request files.
 * @returns {Promise<Sample>}
 */
export async function runTrial(peer, scenario, options, directory) {
  if (scenario.kind === 'client') return runClientTrial(peer, scenario, options, directory);
  const server = await startServer(peer, scenario.transport, options.serverCore, directory);
  const load = [
    ...server.target,
    ...(await scenarioOptions(scenario, directory)),
    ...[
      '--warmup',
      String(options.warmup * (scenario.warmupFactor ?? 1)),
      '--seconds',
      String(options.seconds),
    ],
    ...['--server-pid', String(server.pid)],
  ];
  try {
    return scenario.kind === 'idle'
      ? await measureIdle(server, load, options, directory, scenario.connections)
      : await measureRequests(server, load, options, directory);
  } catch (error) {
    const said = server.complaints();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${peer.name} failed scenario ${scenario.name}. ${reason}${said && `\nIt said:\n${said}`}`,
      { cause: error },
    );
  } finally {
    await server.stop();
  }
}
