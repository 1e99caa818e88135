import { invalidArgType } from '../../errors.ts';
import { hub } from '../hub.ts';
import { isThenable, waitForPromise } from '../promise-bridge.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What `T` looks like to a green thread: methods that promise something give it. */
export type Cooperative<T> = T extends (...args: infer A) => infer R
  ? (...args: A) => Awaited<R>
  : {
      [K in keyof T]: T[K] extends (...args: infer A) => PromiseLike<infer R>
        ? (...args: A) => R
        : T[K];
    };

/** What is made cooperative beside the object itself. */
export interface CooperativeOptions {
  /** Names of methods whose results are made cooperative too, such as `connect` of a pool; true: all. Default: none. */
  deep?: readonly string[] | true | undefined;
}

/**
 * An object that speaks promises, for green threads: calling a method that gives a promise parks until it is settled,
 * and gives the value or throws the error. Outside green threads it is what it was. It may be a function too.
 *
 * What is under way goes on when the green thread is killed; only its result is lost.
 *
 * @example
 * const redis = cooperative(new Redis(), { deep: ['pipeline', 'multi'] });
 * redis.set('key', 'value');
 * const db = cooperative(new pg.Pool(), { deep: ['connect'] });
 * const { rows } = db.query('select 1');
 */
export function cooperative<T extends object>(
  target: T,
  options: CooperativeOptions = {},
): Cooperative<T> {
  const isObject = typeof target === 'object' && (target as unknown) !== null;
  if (!isObject && typeof target !== 'function') {
    throw invalidArgType('target', 'an object or a function', target);
  }
  const { deep = [] } = options;
  const wrappers = new WeakMap<Method, Method>();
  const finish = (name: string, given: unknown): unknown => {
    const value = isThenable(given) ? waitForPromise(given, `${name}()`) : given;
    // Calls that are chained.
    if (value === target) return proxy;
    const isDeep = deep === true || deep.includes(name);
    return isDeep && typeof value === 'object' && value !== null
      ? cooperative(value, options)
      : value;
  };
  const call = (name: string, fn: Method, args: unknown[], self: unknown): unknown => {
    const given = Reflect.apply(fn, self, args);
    return hub.current === undefined ? given : finish(name, given);
  };
  const proxy: object = new Proxy(target, {
    apply: (fn, self, args: unknown[]) =>
      call(Reflect.get(fn, 'name') as string, fn as unknown as Method, args, self),
    get(_target, name) {
      // Private fields know only the object itself.
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name === 'symbol' || name === 'constructor') {
        return value;
      }
      const fn = value as Method;
      let wrapper = wrappers.get(fn);
      if (wrapper === undefined) {
        wrapper = (...args) => call(name, fn, args, target);
        wrappers.set(fn, wrapper);
      }
      return wrapper;
    },
  });
  return proxy as Cooperative<T>;
}
