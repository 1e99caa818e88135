import { types } from 'node:util';
import type { GreenThread } from './green-thread.ts';
import { LightQueue } from './light-queue.ts';
import { waitForPromise } from './promise-bridge.ts';
import { type GreenFunction, spawn } from './spawn.ts';

/** What a map needs of a pool. */
interface Spawner {
  readonly size: number;
  spawn<A extends unknown[], T>(fn: GreenFunction<A, T>, ...args: A): GreenThread<T>;
  waitall(): void;
}

type Entry<T> =
  | { readonly kind: 'thread'; readonly thread: GreenThread<T> }
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'end' };

/**
 * The results of a function over many inputs, each run in a green thread. Inputs are taken as the
 * results are: at most one more than the pool's size ahead.
 *
 * `next` throws the error of the input whose turn it is, and iteration may go on after that.
 */
export class GreenMap<T> implements IterableIterator<T> {
  readonly #entries: LightQueue<Entry<T>>;
  readonly #feeder: GreenThread<undefined>;
  #isOver = false;

  /** @internal */
  constructor(
    pool: Spawner,
    fn: GreenFunction<unknown[], T> | null,
    argumentLists: Iterable<unknown[]>,
    isOrdered = true,
  ) {
    const entries = new LightQueue<Entry<T>>(Math.max(pool.size, 1));
    const call = fn ?? ((...args: unknown[]) => args as T);
    this.#entries = entries;
    const runAndPut = (...args: unknown[]): void => {
      let entry: Entry<T>;
      try {
        const value = call(...args);
        entry = {
          kind: 'value',
          value: types.isPromise(value) ? waitForPromise(value, 'map') : value,
        };
      } catch (error) {
        entry = { kind: 'error', error };
      }
      entries.put(entry);
    };
    this.#feeder = spawn((): undefined => {
      try {
        for (const args of argumentLists) {
          if (isOrdered) entries.put({ kind: 'thread', thread: pool.spawn(call, ...args) });
          else pool.spawn(runAndPut, ...args);
        }
        pool.waitall();
        entries.put({ kind: 'end' });
      } catch (error) {
        if (this.#isOver) throw error;
        entries.put({ kind: 'error', error });
        entries.put({ kind: 'end' });
      }
    });
  }

  /** Itself. */
  [Symbol.iterator](): this {
    return this;
  }

  /** The next result, in order; blocks until it is there. */
  next(): IteratorResult<T, undefined> {
    if (this.#isOver) return { done: true, value: undefined };
    const entry = this.#entries.get();
    switch (entry.kind) {
      case 'thread':
        return { done: false, value: entry.thread.wait() };
      case 'value':
        return { done: false, value: entry.value };
      case 'error':
        throw entry.error;
      case 'end':
        this.#isOver = true;
        return { done: true, value: undefined };
    }
  }

  /** Stops taking inputs; what runs is left alone. */
  return(): IteratorResult<T, undefined> {
    this.#isOver = true;
    this.#feeder.kill();
    return { done: true, value: undefined };
  }

  /** The same results for `for await`, outside green threads. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const entry = await this.#entries.getAsync();
      if (entry.kind === 'end') return;
      if (entry.kind === 'error') throw entry.error;
      yield entry.kind === 'thread' ? await entry.thread.waitAsync() : entry.value;
    }
  }
}
