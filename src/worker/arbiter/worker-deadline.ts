import type { WorkerHandle } from './worker-handle.ts';

/** How much longer than `gracefulTimeout` a worker may take until the kernel ends it. */
const KILL_MARGIN_MS = 1000;

/** After how long a worker that did not die of a signal is killed again, by one that cannot be blocked. */
const KILL_AGAIN_MS = 1000;

/** By when something has to have come from a worker. */
export interface WorkerDeadline {
  /** By `performance.now()`. */
  readonly at: number;
  /** What it is that did not come: `ready`, a sign of life, its end, its death. */
  readonly missing: 'ready' | 'beat' | 'end' | 'death';
}

/** The next deadline of a worker; null where none is set. Signs of life move it away, never nearer. */
export function workerDeadline(worker: WorkerHandle): WorkerDeadline | null {
  const { timeout, bootTimeout, gracefulTimeout } = worker.generation.settings;
  const { killedAt, toldAt, beatAt, state } = worker;
  if (killedAt !== null) return { at: killedAt + KILL_AGAIN_MS, missing: 'death' };
  const deadlines: WorkerDeadline[] = [];
  if (state === 'booting') {
    if (bootTimeout > 0) deadlines.push({ at: beatAt + bootTimeout * 1000, missing: 'ready' });
  } else if (timeout > 0 && worker.wasReady) {
    deadlines.push({ at: beatAt + timeout * 1000, missing: 'beat' });
  }
  if (toldAt !== null) {
    deadlines.push({ at: toldAt + gracefulTimeout * 1000 + KILL_MARGIN_MS, missing: 'end' });
  }
  return deadlines.reduce<WorkerDeadline | null>(
    (next, each) => (next === null || each.at < next.at ? each : next),
    null,
  );
}
