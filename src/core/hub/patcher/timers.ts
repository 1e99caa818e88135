import timers from 'node:timers';
import { startGreen } from '../spawn.ts';
import { type AnyFunction, type Replacement, replacement } from './green-twin.ts';

/** `setTimeout`, `setInterval`, `setImmediate`: what a green thread sets off runs in a green thread. */
export function timersReplacements(): Replacement[] {
  const made: Replacement[] = [];
  for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) {
    const one = replacement(timers, name, (original) => {
      const set = (callback: unknown, ...rest: unknown[]): unknown =>
        typeof callback === 'function'
          ? original(inGreenThread(callback as AnyFunction), ...rest)
          : original(callback, ...rest);
      return set;
    });
    if (one === undefined) continue;
    made.push(one);
    // The global function is the module's, until somebody replaces it.
    if ((globalThis as Record<string, unknown>)[name] === one.original) {
      made.push({ ...one, owner: globalThis });
    }
  }
  return made;
}

function inGreenThread(callback: AnyFunction): AnyFunction {
  return function (this: unknown, ...args) {
    startGreen(() => {
      Reflect.apply(callback, this, args);
    }, []);
  };
}
