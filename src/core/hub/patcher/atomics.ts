import { block, type BlockingCall } from '../blocking-call.ts';
import { type Replacement, replacement } from './green-twin.ts';

type Outcome = 'ok' | 'not-equal' | 'timed-out';
type Wait = (array: Int32Array, index: number, value: number, timeoutMs?: number) => unknown;

const WAIT: BlockingCall<unknown, Outcome> = {
  name: 'Atomics.wait()',
  timedOut: () => 'timed-out',
};
const longestTimerMs = 2 ** 31 - 1;
const { clearInterval, setInterval } = globalThis;

const waitAsync = (
  Atomics as unknown as {
    waitAsync: (
      ...args: Parameters<Wait>
    ) => { async: false; value: Outcome } | { async: true; value: Promise<Outcome> };
  }
).waitAsync;

/** `Atomics.wait`. */
export function atomicsReplacements(): Replacement[] {
  return [replacement(Atomics, 'wait', () => waitGreen as never)].filter(
    (each) => each !== undefined,
  );
}

function waitGreen(...args: Parameters<Wait>): Outcome {
  const wait = waitAsync(...args);
  if (!wait.async) return wait.value;
  // V8's promise alone does not keep the event loop alive.
  const keptAlive = setInterval(() => undefined, longestTimerMs);
  try {
    return block(undefined, WAIT, args[0], undefined, undefined, (waiter) => {
      void wait.value.then((outcome) => {
        waiter.settle(outcome);
      });
    });
  } finally {
    clearInterval(keptAlive);
  }
}
