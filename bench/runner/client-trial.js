import { once } from 'node:events';

import { peers } from '../peers/index.js';
import { startPinned } from './children.js';
import { startServer } from './server-process.js';

/**
 * One run of a client against a fresh server: of the floor against the floor's own, of the others
 * against the scenario's.
 *
 * @param {import('../peers/index.js').Peer} peer
 * @param {import('../scenarios/index.js').Scenario} scenario
 * @param {import('./options.js').Options} options
 * @param {string} directory For sockets.
 * @returns {Promise<import('./trial.js').Sample>}
 */
export async function runClientTrial(peer, scenario, options, directory) {
  const { work = '', transport, sharesCore = false } = scenario;
  const name = work !== 'pool' && peer.name === scenario.floor ? peer.name : scenario.server;
  const serving = peers.find((one) => one.name === name);
  if (serving === undefined) throw new Error(`${scenario.name} names no server: ${name}`);
  const command = serving.serves ?? serving.command;
  const server = await startServer(
    { ...serving, command },
    transport,
    options.serverCore,
    directory,
  );
  try {
    const [kind = '', place = ''] = server.target;
    const child = startPinned(
      sharesCore ? options.serverCore : options.loadCore,
      [
        ...peer.command,
        work,
        `${kind.slice(2)}:${place}`,
        String(options.warmup),
        String(options.seconds),
      ],
      directory,
    );
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    const [code] = await once(child, 'close');
    if (code !== 0) {
      const said = `${errors}${server.complaints()}`;
      throw new Error(`${peer.name} failed scenario ${scenario.name} with ${code}\n${said}`);
    }
    const { count, seconds, cpuNs, p50Ns } = JSON.parse(output);
    return {
      micros: (seconds / count) * 1e6,
      requestsPerSecond: count / seconds,
      cpuMicros: cpuNs / count / 1000,
      p50Micros: p50Ns / 1000,
    };
  } finally {
    await server.stop();
  }
}
