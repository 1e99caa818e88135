import { spawn, VirtualClock } from '../../../src/core/hub/index.ts';

/** Runs a test's body in a green thread, in virtual time: sleeps take no time, and exactly as long as they say. */
export function inGreen<T>(body: () => T): () => Promise<T> {
  return async () => {
    using _clock = new VirtualClock({ autojump: true });
    return await spawn(body).waitAsync();
  };
}

/** The error that a function throws. */
export function errorOf(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** A task that records what happens, in order. */
export function recorder(): { log: unknown[]; record: (entry: unknown) => void } {
  const log: unknown[] = [];
  return { log, record: (entry) => log.push(entry) };
}

/** Whether a call lets another green thread run meanwhile. */
export async function parks(call: () => unknown): Promise<boolean> {
  let hasOtherRun = false;
  return await spawn(() => {
    spawn(() => {
      hasOtherRun = true;
    });
    call();
    return hasOtherRun;
  });
}
