import { GreenPool } from './green-pool.ts';
import type { GreenThread } from './green-thread.ts';
import { RunQueue } from './run-queue.ts';
import type { GreenFunction } from './spawn.ts';

/**
 * A heap of jobs whose results come out in the order in which the jobs went in. Iteration ends when
 * everything that was spawned by then is consumed, and may begin anew after more was spawned.
 */
export class GreenPile<T = unknown> implements IterableIterator<T> {
  readonly pool: GreenPool;
  readonly #threads = new RunQueue<GreenThread<T>>();

  /** @param sizeOrPool how many run at a time, or a pool to share; default 1000 */
  constructor(sizeOrPool: number | GreenPool = 1000) {
    this.pool = sizeOrPool instanceof GreenPool ? sizeOrPool : new GreenPool(sizeOrPool);
  }

  /** Runs `fn(...args)` in the pool; its result has its place in the order. */
  spawn<A extends unknown[]>(fn: GreenFunction<A, T>, ...args: A): void {
    this.#threads.push(this.pool.spawn(fn, ...args));
  }

  /** Itself: the results in the order of `spawn`. */
  [Symbol.iterator](): this {
    return this;
  }

  /** The next result; throws the error at its position, after which iteration may go on. */
  next(): IteratorResult<T, undefined> {
    const thread = this.#threads.shift();
    if (thread === undefined) return { done: true, value: undefined };
    return { done: false, value: thread.wait() };
  }

  /** How it stands now, in figures. */
  statistics(): { readonly unconsumed: number } {
    return { unconsumed: this.#threads.length };
  }
}
