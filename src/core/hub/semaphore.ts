import { GudegError, GudegRangeError, invalidArgType, outOfRange } from '../errors.ts';
import { type AsyncOptions, block, blockAsync, type BlockingCall } from './blocking-call.ts';
import { expiredTimeout } from './timeout.ts';
import { WaitQueue } from './wait-queue.ts';
import { RawLinks, type Waitable } from './waitable.ts';

/** What a semaphore looks like from outside. */
export interface SemaphoreStatistics {
  readonly counter: number;
  readonly waiting: number;
}

const ACQUIRE: BlockingCall<Semaphore, boolean> = {
  name: 'Semaphore.acquire()',
  timedOut: () => false,
  giveBack(self) {
    self.release();
  },
};

/**
 * A counter of permits. A permit that is released goes to whoever has waited longest; nobody can
 * overtake.
 */
export class Semaphore implements Waitable {
  readonly #waiters = new WaitQueue();
  readonly #links = new RawLinks<this>();
  #counter: number;

  /** @throws RangeError GUDEG_ERR_OUT_OF_RANGE for a negative value */
  constructor(value = 1) {
    this.#counter = checkCount('value', value);
  }

  /** Permits that are free. */
  get counter(): number {
    return this.#counter;
  }

  /** Free permits less those who wait for one. */
  get balance(): number {
    return this.#counter - this.#waiters.length;
  }

  /** True when no permit is free. */
  locked(): boolean {
    return this.#counter <= 0;
  }

  /** Whether releasing too often is an error. */
  bounded(): boolean {
    return false;
  }

  ready(): boolean {
    return !this.locked();
  }

  /**
   * Takes a permit, waiting for one.
   *
   * @param isBlocking false: gives false instead of waiting; excludes a timeout
   * @param timeout seconds to wait at most; −1 is none
   * @returns true; false when there was no permit at once, or in time
   */
  acquire(isBlocking = true, timeout?: number | null): boolean {
    const seconds = checkAcquire(isBlocking, timeout);
    if (this.#tryAcquire()) return true;
    if (!isBlocking) return false;
    return block(this.#waiters, ACQUIRE, this as Semaphore, seconds);
  }

  /** The promise-returning twin of `acquire`. */
  acquireAsync(options: AsyncOptions = {}): Promise<boolean> {
    if (options.signal?.aborted !== true && this.#tryAcquire()) return Promise.resolve(true);
    return blockAsync(this.#waiters, ACQUIRE, this as Semaphore, options);
  }

  /** Gives a permit back. Whoever gets it runs later: this never switches. */
  release(_isBlocking?: boolean): boolean {
    const waiter = this.#waiters.first;
    if (waiter === undefined) this.#counter++;
    else waiter.settle(true);
    this.#links.notify(this);
    return true;
  }

  /** Runs `fn` with a permit. */
  with<T>(fn: () => T): T {
    this.acquire();
    try {
      return fn();
    } finally {
      this.release();
    }
  }

  /**
   * The promise-returning twin of `with`.
   *
   * @throws Timeout when `timeout` seconds passed before there was a permit
   */
  async withAsync<T>(fn: () => T | Promise<T>, options: AsyncOptions = {}): Promise<T> {
    if (!(await this.acquireAsync(options))) throw expiredTimeout(options.timeout);
    try {
      return await fn();
    } finally {
      this.release();
    }
  }

  /** Calls back on the event loop's stack when a permit was released. */
  rawlink(callback: (semaphore: this) => void): void {
    if (typeof callback !== 'function') throw invalidArgType('callback', 'a function', callback);
    this.#links.add(callback);
    if (this.ready()) this.#links.notify(this);
  }

  /** Takes back what `rawlink` added. */
  unlink(callback: (semaphore: this) => void): void {
    this.#links.delete(callback);
  }

  /** How it stands now, in figures. */
  statistics(): SemaphoreStatistics {
    return { counter: this.#counter, waiting: this.#waiters.length };
  }

  #tryAcquire(): boolean {
    if (this.#counter <= 0) return false;
    this.#counter--;
    return true;
  }
}

/** A semaphore that cannot be released more often than acquired. */
export class BoundedSemaphore extends Semaphore {
  readonly #limit: number;

  constructor(value = 1) {
    super(value);
    this.#limit = value;
  }

  /** Whether releasing too often is an error. */
  override bounded(): boolean {
    return true;
  }

  /** @throws GudegError GUDEG_ERR_HUB_STATE above the initial value */
  override release(isBlocking?: boolean): boolean {
    if (this.counter >= this.#limit) {
      throw new GudegError('GUDEG_ERR_HUB_STATE', 'Semaphore released too many times');
    }
    return super.release(isBlocking);
  }
}

/** @internal */
export function checkCount(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw invalidArgType(name, 'an integer', value);
  }
  if (value < 0) throw outOfRange(name, 'at least 0', value);
  return value;
}

/** Seconds to wait at most; undefined is forever. @internal */
export function checkAcquire(isBlocking: boolean, timeout: unknown): number | undefined {
  if (timeout === undefined || timeout === null || timeout === -1) return undefined;
  if (typeof timeout !== 'number' || Number.isNaN(timeout)) {
    throw invalidArgType('timeout', 'a number of seconds, null or undefined', timeout);
  }
  if (!isBlocking) {
    throw new GudegRangeError(
      'GUDEG_ERR_OUT_OF_RANGE',
      `timeout must be absent in a non-blocking acquire(); got ${timeout}`,
    );
  }
  if (timeout < 0) throw outOfRange('timeout', '-1 for none, or at least 0 seconds', timeout);
  return timeout === Infinity ? undefined : timeout;
}
