import { types } from 'node:util';
import type { AsyncOptions } from './blocking-call.ts';
import type { GreenThread } from './green-thread.ts';
import { LightQueue } from './light-queue.ts';
import { waitForPromise } from './promise-bridge.ts';
import { type GreenFunction, spawn } from './spawn.ts';

/** What a map needs of a pool or a group. */
export interface Spawner {
  /** How many run at a time; Infinity for any number. */
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
    const entries = new LightQueue<Entry<T>>(
      pool.size === Infinity ? null : Math.max(pool.size, 1),
    );
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
    if (this.#isOver) return over;
    const entry = this.#entries.get();
    if (entry.kind !== 'thread') return this.#resultOf(entry);
    try {
      return { done: false, value: entry.thread.wait() };
    } finally {
      this.#keep(entry);
    }
  }

  /** The promise-returning twin of `next`. */
  async nextAsync(options: AsyncOptions = {}): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return over;
    const entry = await this.#entries.getAsync(options);
    if (entry.kind !== 'thread') return this.#resultOf(entry);
    try {
      return { done: false, value: await entry.thread.waitAsync(options) };
    } finally {
      this.#keep(entry);
    }
  }

  /** Stops taking inputs; what runs is left alone. */
  return(): IteratorResult<T, undefined> {
    this.#isOver = true;
    this.#feeder.kill();
    return over;
  }

  /** All results that are left, outside green threads. @internal */
  async toArrayAsync(options: Pick<AsyncOptions, 'signal'> = {}): Promise<T[]> {
    const results: T[] = [];
    for await (const result of this.#resultsAsync(options)) results.push(result);
    return results;
  }

  /** The same results for `for await`, outside green threads. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.#resultsAsync({});
  }

  async *#resultsAsync(options: AsyncOptions): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const step = await this.nextAsync(options);
        if (step.done) return;
        yield step.value;
      }
    } finally {
      this.return();
    }
  }

  #resultOf(entry: Exclude<Entry<T>, { kind: 'thread' }>): IteratorResult<T, undefined> {
    if (entry.kind === 'error') throw entry.error;
    if (entry.kind === 'value') return { done: false, value: entry.value };
    this.#isOver = true;
    return over;
  }

  /** A wait that was interrupted leaves the result to the next one. */
  #keep(entry: Entry<T>): void {
    if (entry.kind === 'thread' && !entry.thread.dead) this.#entries.giveBackItem(entry);
  }
}

const over = { done: true, value: undefined } as const;

/** Rows of the iterables' items side by side, until one of them ends. @internal */
export function* zip(iterables: Iterable<unknown>[]): Generator<unknown[], void, undefined> {
  const iterators = iterables.map((iterable) => iterable[Symbol.iterator]());
  if (iterators.length === 0) return;
  for (;;) {
    const row: unknown[] = [];
    for (const iterator of iterators) {
      const step = iterator.next();
      if (step.done) return;
      row.push(step.value);
    }
    yield row;
  }
}
