import { GudegError } from '../errors.ts';
import type { Fiber } from './fiber.ts';
import { hub } from './hub.ts';
import { Semaphore } from './semaphore.ts';

/** A lock that the green thread that holds it may take again; it must release it as often. */
export class RLock {
  readonly #semaphore = new Semaphore(1);
  #owner: Fiber | undefined;
  #count = 0;

  /** How often its owner has taken it; 0 when it is free. */
  get count(): number {
    return this.#count;
  }

  /** Whether somebody holds it. */
  locked(): boolean {
    return this.#count > 0;
  }

  /** True when the running green thread holds it. */
  isOwned(): boolean {
    return this.#owner !== undefined && this.#owner === hub.current;
  }

  /** Like `Semaphore.acquire`. Only green threads can own a lock. */
  acquire(isBlocking = true, timeout?: number | null): boolean {
    const self = hub.blocking('RLock.acquire()');
    if (this.#owner === self) {
      this.#count++;
      return true;
    }
    if (!this.#semaphore.acquire(isBlocking, timeout)) return false;
    this.#owner = self;
    this.#count = 1;
    return true;
  }

  /** @throws GudegError GUDEG_ERR_HUB_STATE when the running green thread does not hold it */
  release(): void {
    if (!this.isOwned()) {
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

  /** Lets go of it whatever the count, which it gives. @internal */
  releaseAll(): number {
    const count = this.#count;
    this.#count = 1;
    this.release();
    return count;
  }

  /** Takes it again as often as before. @internal */
  acquireAgain(count: number): void {
    this.acquire();
    this.#count = count;
  }

  /** How it stands now, in figures. */
  statistics(): { readonly count: number; readonly waiting: number } {
    return { count: this.#count, waiting: this.#semaphore.statistics().waiting };
  }
}
