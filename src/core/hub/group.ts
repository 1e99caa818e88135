import { GreenPool } from './green-pool.ts';
import type { GreenThread, KillOptions } from './green-thread.ts';
import { type GreenFunction, startGreen } from './spawn.ts';
import { joinall, killall } from './wait.ts';

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

  /** Kills all members and, in a green thread, waits for their end. */
  kill(error?: unknown, options: KillOptions = {}): void {
    killall([...this.#members], error, options);
  }

  /** Results of `fn` for the items of the iterables side by side, in order, all at a time. */
  map<R>(fn: GreenFunction<never[], R>, ...iterables: Iterable<unknown>[]): R[] {
    return new GreenPool().map(fn, ...iterables);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly size: number } {
    return { size: this.#members.size };
  }
}
