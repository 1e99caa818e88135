import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { startPinned } from './children.js';

const startDeadlineMs = 15_000;
const stopDeadlineMs = 2_000;

/** A free port outside the range that connections take theirs from. */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    probe.listen({ host: '127.0.0.1', port });
    try {
      await once(probe, 'listening');
    } catch {
      continue;
    }
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

/**
 * A peer that is listening.
 *
 * @typedef {object} ServerProcess
 * @property {number} pid
 * @property {string[]} target Options that lead the load generator to it.
 * @property {() => string} complaints What it wrote to standard error.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a peer and waits until it listens.
 *
 * @param {import('../peers/index.js').Peer} peer
 * @param {'tcp' | 'unix'} transport
 * @param {number} core
 * @param {string} directory For socket files.
 * @returns {Promise<ServerProcess>}
 */
export async function startServer(peer, transport, core, directory) {
  const place =
    transport === 'tcp' ? String(await freePort()) : join(directory, `${Date.now()}.sock`);
  const child = startPinned(core, [...peer.command, `${transport}:${place}`], directory);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const exited = once(child, 'exit');
  const listening = new Promise((resolve) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (output.includes('listening\n')) resolve('listening');
    });
  });
  const outcome = await Promise.race([
    listening,
    exited.then(([code, signal]) => `exit ${code ?? signal}`),
    delay(startDeadlineMs, `nothing within ${startDeadlineMs} ms`, { ref: false }),
  ]);
  if (outcome !== 'listening') {
    child.kill('SIGKILL');
    throw new Error(`${peer.name} did not start listening: ${outcome}\n${errors}`);
  }
  return {
    pid: /** @type {number} */ (child.pid),
    target: [`--${transport}`, place],
    complaints: () => errors,
    async stop() {
      child.kill('SIGTERM');
      const inTime = await Promise.race([exited, delay(stopDeadlineMs, false, { ref: false })]);
      if (inTime === false) {
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
}
