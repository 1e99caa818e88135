import { checkSeconds } from './blocking-call.ts';
import { hub } from './hub.ts';
import { waitForPromise } from './promise-bridge.ts';
import { expiredTimeout, Timeout } from './timeout.ts';
import { Deadline } from './timer-heap.ts';

/** Starts what a signal can end; a promise of its outcome. */
export type Abortable<T> = (signal: AbortSignal) => Promise<T>;

/** Parks the running green thread until it is done; whatever ends the wait ends it. @internal */
export function blockUntilDone<T>(
  name: string,
  start: Abortable<T>,
  timeout: number | null | undefined,
): T {
  hub.blocking(name);
  const seconds = checkSeconds('timeout', timeout);
  const run = (): T => {
    const controller = new AbortController();
    try {
      return waitForPromise(start(controller.signal), name);
    } catch (error) {
      controller.abort();
      throw error;
    }
  };
  return seconds === undefined ? run() : (new Timeout(seconds).run(run) as T);
}

/** Its promise-returning twin. @internal */
export async function settleWhenDone<T>(
  start: Abortable<T>,
  timeout: number | null | undefined,
  signal: AbortSignal | undefined,
): Promise<T> {
  const seconds = checkSeconds('timeout', timeout);
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => {
    controller.abort(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort);
  const deadline = new Deadline(() => {
    controller.abort(expiredTimeout(seconds));
  });
  if (seconds !== undefined) hub.timers.arm(deadline, seconds * 1000);
  try {
    return await start(controller.signal);
  } finally {
    hub.timers.disarm(deadline);
    signal?.removeEventListener('abort', onAbort);
  }
}
