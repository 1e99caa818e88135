import { GudegError } from '../errors.ts';
import { block, type BlockingCall, checkSeconds } from './blocking-call.ts';
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

  /** Releases the lock beneath. */
  release(): void {
    this.lock.release();
  }

  /** Runs `fn` with the lock held. */
  with<T>(fn: () => T): T {
    return this.lock.with(fn);
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

  /** Waits until `predicate` gives something true; gives that, or what it gave last in time. */
  waitFor<T>(predicate: () => T, timeout?: number): T {
    const seconds = checkSeconds('timeout', timeout);
    const endsMs = seconds === undefined ? undefined : hub.timers.clock.now() + seconds * 1000;
    for (;;) {
      const value = predicate();
      if (value) return value;
      const left = endsMs === undefined ? undefined : (endsMs - hub.timers.clock.now()) / 1000;
      if (left !== undefined && left <= 0) return value;
      this.wait(left);
    }
  }

  /** Wakes the `n` who have waited longest. They go on when the lock is free. */
  notify(n = 1): void {
    this.#checkOwned('notify');
    for (let i = 0; i < n; i++) this.#waiters.first?.settle(true);
  }

  /** Wakes all who wait. */
  notifyAll(): void {
    this.notify(this.#waiters.length);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly waiting: number } {
    return { waiting: this.#waiters.length };
  }

  /** Whoever was notified was killed before it ran. @internal */
  passOn(): void {
    this.#waiters.first?.settle(true);
  }

  #checkOwned(what: string): void {
    if (this.lock.isOwned()) return;
    throw new GudegError('GUDEG_ERR_HUB_STATE', `${what}() needs the condition's lock to be held`);
  }
}
