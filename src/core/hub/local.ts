import type { GreenThread } from './green-thread.ts';
import { hub } from './hub.ts';

/**
 * An object whose properties have a value of their own in every green thread, and one outside. They
 * are not inherited by what is spawned, and go with the green thread.
 *
 * @param init gives the properties a green thread starts with; default none
 */
export function local<T extends object = Record<string, unknown>>(init?: () => T): T {
  const key = {};
  let outside: T | undefined;
  const values = (): T => {
    const thread = hub.current as GreenThread | undefined;
    if (thread === undefined) return (outside ??= init?.() ?? ({} as T));
    const locals = (thread.locals ??= new Map());
    let own = locals.get(key) as T | undefined;
    if (own === undefined) {
      own = init?.() ?? ({} as T);
      locals.set(key, own);
    }
    return own;
  };
  return new Proxy({} as T, {
    get: (_target, name) => Reflect.get(values(), name) as unknown,
    set: (_target, name, value) => Reflect.set(values(), name, value),
    has: (_target, name) => Reflect.has(values(), name),
    deleteProperty: (_target, name) => Reflect.deleteProperty(values(), name),
    ownKeys: () => Reflect.ownKeys(values()),
    getOwnPropertyDescriptor: (_target, name) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(values(), name);
      // The proxy's own target has no properties, so none may be reported as fixed.
      return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
    },
    defineProperty: (_target, name, descriptor) =>
      Reflect.defineProperty(values(), name, { ...descriptor, configurable: true }),
  });
}
