import Module from 'node:module';
import type { Fiber } from '../fiber.ts';
import { hub } from '../hub.ts';

type Load = (this: unknown, ...args: unknown[]) => unknown;

/** How deep each green thread is in `require()`. */
const depths = new WeakMap<Fiber, number>();
let isWatching = false;

/**
 * Whether the running green thread is inside `require()`. It must not park there: another thread
 * that requires the same module would get what is exported so far.
 */
export function isLoadingModule(): boolean {
  return hub.current !== undefined && depths.has(hub.current);
}

/** Keeps an eye on `require()` from now on. */
export function watchModuleLoading(): void {
  if (isWatching) return;
  isWatching = true;
  const module = Module as unknown as { _load: Load };
  const load = module._load;
  module._load = function watchedLoad(...args) {
    const { current } = hub;
    if (current === undefined) return Reflect.apply(load, this, args);
    const depth = depths.get(current) ?? 0;
    depths.set(current, depth + 1);
    try {
      return Reflect.apply(load, this, args);
    } finally {
      if (depth === 0) depths.delete(current);
      else depths.set(current, depth);
    }
  };
}
