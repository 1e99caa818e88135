import { invalidArgType } from '../errors.ts';
import { block, type BlockingCall } from './blocking-call.ts';

/** Node's callback: an error or null, then what was asked for. */
export type NodeCallback<T> = (error: unknown, value?: T) => void;

const CALLBACK: BlockingCall<unknown, unknown> = {
  name: 'waitCallback()',
  timedOut: () => undefined,
};

/**
 * Parks until a callback is called: gives its value, or throws its error. For whatever takes a
 * callback of Node's form, `(error, value)`.
 *
 * @param start is called at once with the callback; what it throws is thrown
 * @example
 * const rows = waitCallback((done) => database.all('select 1', done));
 */
export function waitCallback<T = undefined>(start: (callback: NodeCallback<T>) => unknown): T {
  if (typeof start !== 'function') throw invalidArgType('start', 'a function', start);
  return waitForCallback(start, CALLBACK.name);
}

/**
 * `waitCallback` for calls that have a name of their own.
 *
 * @param giveBack takes what came when nobody waited for it any more
 * @internal
 */
export function waitForCallback<T>(
  start: (callback: NodeCallback<T>) => unknown,
  name: string,
  giveBack?: (value: T) => void,
): T {
  const call: BlockingCall<unknown, unknown> =
    name === CALLBACK.name
      ? CALLBACK
      : {
          ...CALLBACK,
          name,
          giveBack: (_self, value) => {
            giveBack?.(value as T);
          },
        };
  return block(
    undefined,
    call as BlockingCall<unknown, T>,
    start,
    undefined,
    undefined,
    (waiter) => {
      start((error, value) => {
        // Like Node itself: any truthy error is one.
        if (error) waiter.fail(error);
        else if (waiter.isClosed) giveBack?.(value as T);
        else waiter.settle(value);
      });
    },
  );
}
