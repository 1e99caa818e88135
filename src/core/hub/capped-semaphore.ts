import { GudegRangeError } from '../errors.ts';
import { block, blockAsync, type AsyncOptions, type BlockingCall } from './blocking-call.ts';
import { checkAcquire, checkCount } from './semaphore.ts';
import { WaitQueue } from './wait-queue.ts';

const ACQUIRE: BlockingCall<CappedSemaphore, boolean> = {
  name: 'CappedSemaphore.acquire()',
  timedOut: () => false,
  giveBack(self) {
    self.release(false);
  },
};
const RELEASE: BlockingCall<CappedSemaphore, boolean> = {
  name: 'CappedSemaphore.release()',
  timedOut: () => false,
};

/** A semaphore with a ceiling: `release` waits while `limit` permits are free. */
export class CappedSemaphore {
  readonly #acquirers = new WaitQueue();
  readonly #releasers = new WaitQueue();
  readonly #limit: number;
  #counter: number;

  /** @throws RangeError GUDEG_ERR_OUT_OF_RANGE unless 0 ≤ count ≤ limit */
  constructor(count: number, limit: number) {
    this.#counter = checkCount('count', count);
    this.#limit = checkCount('limit', limit);
    if (count > limit) {
      throw new GudegRangeError(
        'GUDEG_ERR_OUT_OF_RANGE',
        `'count' cannot be more than 'limit'; got ${count} and ${limit}`,
      );
    }
  }

  /** What is free now. */
  get counter(): number {
    return this.#counter;
  }

  /**
   * What eventlet and guv give: free permits less those who wait for one, less the slots left for
   * releases where nobody waits to release, and those who do.
   */
  get balance(): number {
    const lower = this.#counter - this.#acquirers.length;
    const upper = this.#limit - this.#counter - this.#releasers.length;
    return lower - upper;
  }

  /** Whether `acquire` would wait. */
  locked(): boolean {
    return this.#counter <= 0;
  }

  /** True when a `release` would have to wait. */
  bounded(): boolean {
    return this.#counter >= this.#limit;
  }

  /** Like `Semaphore.acquire`. */
  acquire(isBlocking = true, timeout?: number | null): boolean {
    const seconds = checkAcquire(isBlocking, timeout);
    if (this.#tryAcquire()) return true;
    if (!isBlocking) return false;
    return block(this.#acquirers, ACQUIRE, this as CappedSemaphore, seconds);
  }

  /** The promise-returning twin of `acquire`. */
  acquireAsync(options: AsyncOptions = {}): Promise<boolean> {
    if (options.signal?.aborted !== true && this.#tryAcquire()) return Promise.resolve(true);
    return blockAsync(this.#acquirers, ACQUIRE, this as CappedSemaphore, options);
  }

  /**
   * Gives a permit back, waiting for room.
   *
   * @param isBlocking false: gives false instead of waiting
   */
  release(isBlocking = true): boolean {
    if (this.#tryRelease()) return true;
    if (!isBlocking) return false;
    return block(this.#releasers, RELEASE, this as CappedSemaphore);
  }

  /** The promise-returning twin of `release`. */
  releaseAsync(options: AsyncOptions = {}): Promise<boolean> {
    if (options.signal?.aborted !== true && this.#tryRelease()) return Promise.resolve(true);
    return blockAsync(this.#releasers, RELEASE, this as CappedSemaphore, options);
  }

  /** How it stands now, in figures. */
  statistics(): {
    readonly counter: number;
    readonly acquiring: number;
    readonly releasing: number;
  } {
    return {
      counter: this.#counter,
      acquiring: this.#acquirers.length,
      releasing: this.#releasers.length,
    };
  }

  #tryAcquire(): boolean {
    if (this.#counter <= 0) return false;
    const releaser = this.#releasers.first;
    // Its permit takes the place of the one that is taken.
    if (releaser === undefined) this.#counter--;
    else releaser.settle(true);
    return true;
  }

  #tryRelease(): boolean {
    const acquirer = this.#acquirers.first;
    if (acquirer !== undefined) {
      acquirer.settle(true);
      return true;
    }
    if (this.bounded()) return false;
    this.#counter++;
    return true;
  }
}
