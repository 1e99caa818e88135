import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { startPinned } from '../runner/children.js';

const cli = fileURLToPath(new URL('../../dist/worker/cli.js', import.meta.url));

/**
 * The command `gudeg`, serving.
 *
 * @typedef {object} WorkerProcess
 * @property {number} pid Of the arbiter.
 * @property {number} port
 * @property {() => Promise<number[]>} workers Process ids.
 * @property {(pattern: RegExp) => Promise<void>} logged Waits for a line of the log.
 * @property {() => void} forget Drops what was logged.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts it on a free port of 127.0.0.1.
 *
 * @param {string} cores Such as `0` or `0,1`: for all its processes.
 * @param {string[]} args Options and app.
 * @param {string} folder
 * @param {number} [port]
 * @returns {Promise<WorkerProcess>}
 */
export async function startWorkers(cores, args, folder, port = 0) {
  const command = [process.execPath, cli, '-b', `127.0.0.1:${port}`, ...args];
  const child = startPinned(cores, command, folder);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  child.stdout.resume();
  const exited = once(child, 'exit');
  const pid = child.pid ?? 0;

  /** @param {RegExp} pattern */
  async function logged(pattern) {
    for (;;) {
      const found = pattern.exec(log);
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(`gudeg ended:\n${log}`);
      await Promise.race([once(child.stderr, 'data'), exited]);
    }
  }

  const [, chosen] = await logged(/on http:\/\/127\.0\.0\.1:(\d+)\/ \(pid /);
  return {
    pid,
    port: Number(chosen),
    workers: () => childrenOf(pid),
    logged: async (pattern) => void (await logged(pattern)),
    forget: () => void (log = ''),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** @param {number} pid */
async function childrenOf(pid) {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

/**
 * CPU time of a process in seconds, to the nanosecond: `/proc/PID/stat` counts in hundredths.
 *
 * @param {number} pid
 */
export async function cpuSeconds(pid) {
  let ns = 0;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
    ns += Number(text.split(' ', 1)[0]);
  }
  return ns / 1e9;
}

/**
 * CPU time that a process takes while nothing else happens to it, as a share of one core.
 *
 * @param {number} pid
 * @param {number} seconds
 */
export async function cpuShare(pid, seconds) {
  const cpu = await cpuSeconds(pid);
  const began = performance.now();
  await delay(seconds * 1000);
  return ((await cpuSeconds(pid)) - cpu) / ((performance.now() - began) / 1000);
}
