import Module from 'node:module';
import type { Fiber } from '../fiber.ts';
import { hub } from '../hub.ts';

type Load = (this: unknown, ...args: unknown[]) => unknown;

/** How deep each green thread is in code that must not park. */
const depths = new WeakMap<Fiber, number>();
let isWatching = false;

/** Whether the running green thread is in code that must not park. */
export function mustNotPark(): boolean {
  return hub.current !== undefined && depths.has(hub.current);
}

/** Runs `fn`; patched functions that it calls, or that Node calls in it, block as ever. */
export function withoutParking<T>(fn: () => T): T {
  const { current } = hub;
  if (current === undefined) return fn();
  const depth = depths.get(current) ?? 0;
  depths.set(current, depth + 1);
  try {
    return fn();
  } finally {
    if (depth === 0) depths.delete(current);
    else depths.set(current, depth);
  }
}

/**
 * From now on `require()` does not park: another thread that requires the same module meanwhile would
 * get what is exported so far.
 */
export function keepRequireWhole(): void {
  if (isWatching) return;
  isWatching = true;
  const module = Module as unknown as { _load: Load };
  const load = module._load;
  module._load = function wholeLoad(...args) {
    return withoutParking(() => Reflect.apply(load, this, args));
  };
}
