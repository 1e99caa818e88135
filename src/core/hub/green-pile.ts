import type { AsyncOptions } from './blocking-call.ts';
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
    try {
      return { done: false, value: thread.wait() };
    } finally {
      this.#keep(thread);
    }
  }

  /** The promise-returning twin of `next`. */
  async nextAsync(options: AsyncOptions = {}): Promise<IteratorResult<T, undefined>> {
    const thread = this.#threads.shift();
    if (thread === undefined) return { done: true, value: undefined };
    try {
      return { done: false, value: await thread.waitAsync(options) };
    } finally {
      this.#keep(thread);
    }
  }

  /** The same results for `for await`, outside green threads. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const step = await this.nextAsync();
      if (step.done) return;
      yield step.value;
    }
  }

  /** A wait that was interrupted leaves the result to the next one. */
  #keep(thread: GreenThread<T>): void {
    if (!thread.dead) this.#threads.unshift(thread);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly unconsumed: number } {
    return { unconsumed: this.#threads.length };
  }
}
