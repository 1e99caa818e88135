import { GudegError } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
} from './blocking-call.ts';
import { hub } from './hub.ts';
import { RLock } from './rlock.ts';
import { shield } from './timeout.ts';
import { WaitQueue } from './wait-queue.ts';

const WAIT: BlockingCall<Condition, boolean> = {
  name: 'Condition.wait()',
  timedOut: () => false,
  giveBack(self) {
    self.passOn();
  },
};

/** A lock, and those who wait under it for something to become true. */
export class Condition {
  readonly lock: RLock;
  readonly #waiters = new WaitQueue();

  constructor(lock: RLock = new RLock()) {
    this.lock = lock;
  }

  /** Acquires the lock beneath. */
  acquire(isBlocking = true, timeout?: number | null): boolean {
    return this.lock.acquire(isBlocking, timeout);
  }

  /** The promise-returning twin of `acquire`; `owner` is who is to hold the lock. */
  acquireAsync(owner: object, options: AsyncOptions = {}): Promise<boolean> {
    return this.lock.acquireAsync(owner, options);
  }

  /** Releases the lock beneath, held by the running green thread or by `owner`. */
  release(owner?: object): void {
    this.lock.release(owner);
  }

  /** Runs `fn` with the lock held. */
  with<T>(fn: () => T): T {
    return this.lock.with(fn);
  }

  /** The promise-returning twin of `with`: `fn` gets the lock's owner. */
  withAsync<T>(fn: (owner: object) => T | Promise<T>, options: AsyncOptions = {}): Promise<T> {
    return this.lock.withAsync(fn, options);
  }

  /**
   * Lets go of the lock, waits for `notify`, takes the lock again.
   *
   * @returns true; false when `timeout` seconds passed before
   */
  wait(timeout?: number): boolean {
    this.#checkOwned('wait');
    const seconds = checkSeconds('timeout', timeout);
    const count = this.lock.releaseAll();
    try {
      return block(this.#waiters, WAIT, this as Condition, seconds);
    } finally {
      // Also when killed: whoever called holds the lock and will release it.
      shield(() => {
        this.lock.acquireAgain(count);
      });
    }
  }

  /** The promise-returning twin of `wait`, for the `owner` of the lock, who holds it again at the end. */
  async waitAsync(owner: object, options: AsyncOptions = {}): Promise<boolean> {
    this.#checkOwned('waitAsync', owner);
    options.signal?.throwIfAborted();
    const seconds = checkSeconds('timeout', options.timeout);
    const count = this.lock.releaseAll(owner);
    try {
      const limits = { timeout: seconds, signal: options.signal };
      return await blockAsync(this.#waiters, WAIT, this as Condition, limits);
    } finally {
      await this.lock.acquireAgainAsync(owner, count);
    }
  }

  /** Waits until `predicate` gives something true; gives that, or what it gave last in time. */
  waitFor<T>(predicate: () => T, timeout?: number): T {
    const left = countdown(timeout);
    for (;;) {
      const value = predicate();
      if (value || left() === 0) return value;
      this.wait(left());
    }
  }

  /** The promise-returning twin of `waitFor`. */
  async waitForAsync<T>(owner: object, predicate: () => T, options: AsyncOptions = {}): Promise<T> {
    const left = countdown(options.timeout);
    for (;;) {
      const value = predicate();
      if (value || left() === 0) return value;
      await this.waitAsync(owner, { timeout: left(), signal: options.signal });
    }
  }

  /** Wakes the `n` who have waited longest. They go on when the lock is free. */
  notify(n = 1, owner?: object): void {
    this.#checkOwned('notify', owner);
    for (let i = 0; i < n; i++) this.#waiters.first?.settle(true);
  }

  /** Wakes all who wait. */
  notifyAll(owner?: object): void {
    this.notify(this.#waiters.length, owner);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly waiting: number } {
    return { waiting: this.#waiters.length };
  }

  /** Whoever was notified was killed before it ran. @internal */
  passOn(): void {
    this.#waiters.first?.settle(true);
  }

  #checkOwned(what: string, owner?: object): void {
    if (this.lock.isOwned(owner)) return;
    throw new GudegError('GUDEG_ERR_HUB_STATE', `${what}() needs the condition's lock to be held`);
  }
}

/** Seconds that are left of `timeout` at each call; undefined for no end. */
function countdown(timeout: number | undefined): () => number | undefined {
  const seconds = checkSeconds('timeout', timeout);
  if (seconds === undefined) return () => undefined;
  const endsMs = hub.timers.clock.now() + seconds * 1000;
  return () => Math.max((endsMs - hub.timers.clock.now()) / 1000, 0);
}
