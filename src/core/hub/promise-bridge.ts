import { block, type BlockingCall } from './blocking-call.ts';

const WAIT: BlockingCall<PromiseLike<unknown>, unknown> = {
  name: 'wait()',
  timedOut: () => undefined,
};

/** Parks the running green thread until the promise is settled: its value, or its error thrown. @internal */
export function waitForPromise<T>(promise: PromiseLike<T>, what: string): T {
  const call = what === WAIT.name ? WAIT : { ...WAIT, name: what };
  return block(
    undefined,
    call as BlockingCall<PromiseLike<T>, T>,
    promise,
    undefined,
    undefined,
    (waiter) => {
      promise.then(
        (value) => {
          waiter.settle(value);
        },
        (error: unknown) => {
          waiter.fail(error);
        },
      );
    },
  );
}

/** Whether it is a promise, of whatever making. @internal */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
