import type { AsyncOptions } from '../blocking-call.ts';
import type { PortableFunction } from './job-function.ts';
import { ThreadPool } from './thread-pool.ts';

let shared: ThreadPool | undefined;

function pool(): ThreadPool {
  shared ??= new ThreadPool();
  return shared;
}

/** `ThreadPool.execute` on the pool that the whole program shares: as many threads as there are processors. */
export function execute<A extends unknown[], T>(fn: PortableFunction<A, T>, ...args: A): T {
  return pool().execute(fn, ...args);
}

/** The promise-returning twin of `execute`. */
export function executeAsync<A extends unknown[], T>(
  fn: PortableFunction<A, T>,
  args: A,
  options: Pick<AsyncOptions, 'signal'> = {},
): Promise<T> {
  return pool().executeAsync(fn, args, options);
}

/** How many threads the shared pool may have from now on. */
export function setNumThreads(count: number): void {
  pool().resize(count);
}

/** Ends the shared pool's threads: those that work when they have done so. The next job starts new ones. */
export function killall(): void {
  shared?.close();
  shared = undefined;
}
