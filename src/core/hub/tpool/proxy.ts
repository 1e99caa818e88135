import { GudegError } from '../../errors.ts';
import { hub } from '../hub.ts';
import { waitForPromise } from '../promise-bridge.ts';
import { jobFunction, type PortableFunction } from './job-function.ts';
import { JobThread } from './job-thread.ts';

/** What `T` looks like through a `Proxy`: its methods give values, and promises are waited for. */
export type Proxied<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Awaited<R>
    : T[K];
} & Disposable;

/**
 * An object that lives in a thread of its own: calling its methods and reading its attributes parks the
 * green thread, and nothing else. Calls are done in the order in which they were made, one at a time.
 * Disposing of it ends its thread.
 *
 * @param make a class, or a function that gives the object, as for `execute`
 * @param args what it is called with
 * @example
 * const parser = tpool.Proxy<Parser>(new URL('./parser.js#Parser', import.meta.url), grammar);
 * const tree = parser.parse(text);
 */
export function ThreadProxy<T extends object, A extends unknown[] = unknown[]>(
  make: PortableFunction<A, T> | (new (...args: A) => T),
  ...args: A
): Proxied<T> {
  hub.blocking('tpool.Proxy()');
  const made = jobFunction('make', make);
  const thread = new JobThread();
  let methods: Set<string>;
  try {
    const names = waitForPromise(thread.ask({ make: made, args }), 'tpool.Proxy()');
    methods = new Set(names as string[]);
  } catch (error) {
    thread.terminate();
    throw error;
  }
  const call = (name: string, values: unknown[]): unknown => {
    hub.blocking(`${name}() of a tpool.Proxy`);
    if (thread.isEnded) {
      throw new GudegError(
        'GUDEG_ERR_HUB_SHUT_DOWN',
        `The thread of the object is ended; ${name} was asked for`,
      );
    }
    return waitForPromise(thread.ask({ name, args: values }), `${name} of a tpool.Proxy`);
  };
  const callers = new Map<string, (...values: unknown[]) => unknown>();
  for (const name of methods) callers.set(name, (...values) => call(name, values));
  return new Proxy({} as Proxied<T>, {
    get(_target, name) {
      if (name === Symbol.dispose) {
        return () => {
          thread.terminate();
        };
      }
      if (typeof name === 'symbol') return undefined;
      // An object that has no method of that name is no promise.
      return callers.get(name) ?? (name === 'then' ? undefined : call(name, []));
    },
    has: (_target, name) => typeof name === 'string' && callers.has(name),
  });
}
