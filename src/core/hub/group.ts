import type { AsyncOptions } from './blocking-call.ts';
import { GreenMap, type Spawner, zip } from './green-map.ts';
import type { GreenThread } from './green-thread.ts';
import type { KillOptions } from './kill-options.ts';
import { type GreenFunction, startGreen } from './spawn.ts';
import { joinall, joinallAsync, killall } from './wait.ts';

/** Green threads that are joined and killed together. One that has ended leaves by itself. */
export class Group<T = unknown> implements Iterable<GreenThread<T>> {
  readonly #members = new Set<GreenThread<T>>();

  /** Members now. */
  get size(): number {
    return this.#members.size;
  }

  /** Whether the thread is a member. */
  has(thread: GreenThread<T>): boolean {
    return this.#members.has(thread);
  }

  /** The members. */
  [Symbol.iterator](): Iterator<GreenThread<T>> {
    return this.#members.values();
  }

  /** Runs `fn(...args)` in a member. */
  spawn<A extends unknown[]>(fn: GreenFunction<A, T>, ...args: A): GreenThread<T> {
    const thread = startGreen(fn, args);
    this.add(thread);
    return thread;
  }

  /** Makes a thread a member until it ends. */
  add(thread: GreenThread<T>): void {
    if (thread.dead) return;
    this.#members.add(thread);
    (thread.cleanups ??= new Set()).add(() => this.#members.delete(thread));
  }

  /** Lets a member go, still running. */
  discard(thread: GreenThread<T>): void {
    this.#members.delete(thread);
  }

  /**
   * Waits until it is empty.
   *
   * @param options `raiseError`: throw the first error of a member
   * @returns false when `timeout` seconds passed before
   */
  join(options: { timeout?: number; raiseError?: boolean } = {}): boolean {
    joinall([...this.#members], options);
    return this.#members.size === 0;
  }

  /** The promise-returning twin of `join`. */
  async joinAsync(
    options: Pick<AsyncOptions, 'timeout' | 'signal'> & { raiseError?: boolean } = {},
  ): Promise<boolean> {
    await joinallAsync([...this.#members], options);
    return this.#members.size === 0;
  }

  /** Kills all members and, in a green thread, waits for their end. */
  kill(error?: unknown, options: KillOptions = {}): void {
    killall([...this.#members], error, options);
  }

  /** `fn(a, b, ...)` for the items of the iterables side by side, all at a time, in members; results in order. */
  imap<R extends T>(fn: GreenFunction<never[], R>, ...iterables: Iterable<unknown>[]): GreenMap<R> {
    return this.#startMap(fn, iterables, true);
  }

  /** Like `imap`, results as they come. */
  imapUnordered<R extends T>(
    fn: GreenFunction<never[], R>,
    ...iterables: Iterable<unknown>[]
  ): GreenMap<R> {
    return this.#startMap(fn, iterables, false);
  }

  /** All results of `imap` in an array. */
  map<R extends T>(fn: GreenFunction<never[], R>, ...iterables: Iterable<unknown>[]): R[] {
    return [...this.imap(fn, ...iterables)];
  }

  /** The promise-returning twin of `map`: the iterables come in an array. */
  mapAsync<R extends T>(
    fn: GreenFunction<never[], R>,
    iterables: Iterable<unknown>[],
    options: Pick<AsyncOptions, 'signal'> = {},
  ): Promise<R[]> {
    return this.imap(fn, ...iterables).toArrayAsync(options);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly size: number } {
    return { size: this.#members.size };
  }

  #startMap<R extends T>(
    fn: GreenFunction<never[], R>,
    iterables: Iterable<unknown>[],
    isOrdered: boolean,
  ): GreenMap<R> {
    const started: GreenThread[] = [];
    const spawner: Spawner = {
      size: Infinity,
      spawn: (call, ...args) => {
        const thread = startGreen(call, args);
        this.add(thread as unknown as GreenThread<T>);
        started.push(thread);
        return thread;
      },
      waitall: () => {
        joinall(started);
      },
    };
    const call = fn as unknown as GreenFunction<unknown[], R>;
    return new GreenMap<R>(spawner, call, zip(iterables), isOrdered);
  }
}
