import { invalidArgType } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
} from './blocking-call.ts';
import { WaitQueue } from './wait-queue.ts';
import { RawLinks, type Waitable } from './waitable.ts';

const WAIT: BlockingCall<ThreadEvent, boolean> = {
  name: 'ThreadEvent.wait()',
  timedOut: () => false,
};

/** A flag to wait for, as Python's `threading.Event`: it can be set and cleared as often as wanted. */
export class ThreadEvent implements Waitable {
  readonly #waiters = new WaitQueue();
  readonly #links = new RawLinks<this>();
  #isSet = false;

  /** Whether it is set. */
  isSet(): boolean {
    return this.#isSet;
  }

  ready(): boolean {
    return this.#isSet;
  }

  /** Sets the flag and wakes everybody who waits now, also when it is cleared before they run. */
  set(): void {
    this.#isSet = true;
    this.#waiters.settleAll(true);
    this.#links.notify(this);
  }

  /** Unsets it: who waits from now on waits for the next `set()`. */
  clear(): void {
    this.#isSet = false;
  }

  /**
   * Waits for the flag.
   *
   * @param timeout seconds to wait at most
   * @returns true; false when the time passed before
   */
  wait(timeout?: number): boolean {
    if (this.#isSet) return true;
    const seconds = checkSeconds('timeout', timeout);
    return block(this.#waiters, WAIT, this, seconds);
  }

  /** The promise-returning twin of `wait`. */
  waitAsync(options: AsyncOptions = {}): Promise<boolean> {
    if (this.#isSet) return Promise.resolve(true);
    return blockAsync(this.#waiters, WAIT, this, options);
  }

  /** Calls back on the event loop's stack when the flag is set. */
  rawlink(callback: (event: this) => void): void {
    if (typeof callback !== 'function') throw invalidArgType('callback', 'a function', callback);
    this.#links.add(callback);
    if (this.#isSet) this.#links.notify(this);
  }

  /** Takes back what `rawlink` added. */
  unlink(callback: (event: this) => void): void {
    this.#links.delete(callback);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly isSet: boolean; readonly waiting: number } {
    return { isSet: this.#isSet, waiting: this.#waiters.length };
  }
}
