import { spawn } from 'node:child_process';

/** Every child process still alive: none may outlive the benchmark. @type {Set<import('node:child_process').ChildProcess>} */
const alive = new Set();

/**
 * Starts a program pinned to a core. `taskset` replaces itself by the program, so the process id is
 * the program's own.
 *
 * @param {number} core
 * @param {string[]} command
 * @param {string} cwd
 */
export function startPinned(core, command, cwd) {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    cwd,
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '', DENO_NO_UPDATE_CHECK: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  child.once('error', () => alive.delete(child));
  return child;
}

/** Kills what is still alive; for every way out of the benchmark. */
export function killAll() {
  for (const child of alive) child.kill('SIGKILL');
}

process.once('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    killAll();
    process.exit(130);
  });
}
