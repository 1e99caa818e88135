import { GudegError, invalidArgType } from '../errors.ts';
import type { AsyncOptions } from './blocking-call.ts';
import { hub } from './hub.ts';
import { Semaphore } from './semaphore.ts';
import { expiredTimeout } from './timeout.ts';

/**
 * A lock that its holder may take again, and must release as often.
 *
 * A green thread holds it as itself. Code outside has no identity of its own: it names a holder,
 * any object that stands for the task.
 */
export class RLock {
  readonly #semaphore = new Semaphore(1);
  #owner: object | undefined;
  #count = 0;

  /** How often its owner has taken it; 0 when it is free. */
  get count(): number {
    return this.#count;
  }

  /** Whether somebody holds it. */
  locked(): boolean {
    return this.#semaphore.locked();
  }

  /** True when `owner`, by default the running green thread, holds it. */
  isOwned(owner: object | undefined = hub.current): boolean {
    return this.#owner !== undefined && this.#owner === owner;
  }

  /** Like `Semaphore.acquire`, for the running green thread. */
  acquire(isBlocking = true, timeout?: number | null): boolean {
    const self = hub.blocking('RLock.acquire()');
    if (this.#takeAgain(self)) return true;
    if (!this.#semaphore.acquire(isBlocking, timeout)) return false;
    this.#own(self);
    return true;
  }

  /**
   * The promise-returning twin of `acquire`.
   *
   * @param owner who is to hold it: any object; `release` takes the same one
   */
  async acquireAsync(owner: object, options: AsyncOptions = {}): Promise<boolean> {
    if (typeof owner !== 'object') throw invalidArgType('owner', 'an object', owner);
    options.signal?.throwIfAborted();
    if (this.#takeAgain(owner)) return true;
    if (!(await this.#semaphore.acquireAsync(options))) return false;
    this.#own(owner);
    return true;
  }

  /**
   * Lets go of it once.
   *
   * @param owner who holds it; default the running green thread
   * @throws GudegError GUDEG_ERR_HUB_STATE when it is not held by that one
   */
  release(owner: object | undefined = hub.current): void {
    if (!this.isOwned(owner)) {
      throw new GudegError('GUDEG_ERR_HUB_STATE', 'cannot release a lock that another holds');
    }
    this.#count--;
    if (this.#count > 0) return;
    this.#owner = undefined;
    this.#semaphore.release();
  }

  /** Runs `fn` with the lock. */
  with<T>(fn: () => T): T {
    this.acquire();
    try {
      return fn();
    } finally {
      this.release();
    }
  }

  /**
   * Runs `fn` with the lock, held by an owner of its own that it is given.
   *
   * @throws Timeout when `timeout` seconds passed before it was free
   */
  async withAsync<T>(
    fn: (owner: object) => T | Promise<T>,
    options: AsyncOptions = {},
  ): Promise<T> {
    const owner = {};
    if (!(await this.acquireAsync(owner, options))) throw expiredTimeout(options.timeout);
    try {
      return await fn(owner);
    } finally {
      this.release(owner);
    }
  }

  /** Lets go of it whatever the count, which it gives. @internal */
  releaseAll(owner?: object): number {
    const count = this.#count;
    this.#count = 1;
    this.release(owner);
    return count;
  }

  /** Takes it again as often as before. @internal */
  acquireAgain(count: number): void {
    this.acquire();
    this.#count = count;
  }

  /** The promise-returning twin of `acquireAgain`. @internal */
  async acquireAgainAsync(owner: object, count: number): Promise<void> {
    await this.acquireAsync(owner);
    this.#count = count;
  }

  /** How it stands now, in figures. */
  statistics(): { readonly count: number; readonly waiting: number } {
    return { count: this.#count, waiting: this.#semaphore.statistics().waiting };
  }

  #takeAgain(owner: object): boolean {
    if (this.#owner !== owner) return false;
    this.#count++;
    return true;
  }

  #own(owner: object): void {
    this.#owner = owner;
    this.#count = 1;
  }
}
