import { invalidArgType } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
  rejected,
} from './blocking-call.ts';
import { GreenThread } from './green-thread.ts';
import { expiredTimeout } from './timeout.ts';
import { WaitQueue } from './wait-queue.ts';
import { RawLinks, type Waitable } from './waitable.ts';

const GET: BlockingCall<AsyncResult, unknown> = {
  name: 'AsyncResult.get()',
  timedOut(_self, seconds) {
    throw expiredTimeout(seconds);
  },
};

const WAIT: BlockingCall<AsyncResult, unknown> = {
  name: 'AsyncResult.wait()',
  timedOut: () => undefined,
};

/** A value or an error that is set once there is one, and may be set again. */
export class AsyncResult<T = unknown> implements Waitable {
  readonly #waiters = new WaitQueue();
  readonly #links = new RawLinks<this>();
  #outcome: 'none' | 'value' | 'error' = 'none';
  #value: T | undefined;
  #error: unknown;

  /** True once a value or an error was set. */
  ready(): boolean {
    return this.#outcome !== 'none';
  }

  /** True once a value was set. */
  successful(): boolean {
    return this.#outcome === 'value';
  }

  /** The value once one is set. */
  get value(): T | undefined {
    return this.#value;
  }

  /** The error once one is set. */
  get exception(): unknown {
    return this.#error;
  }

  /** Gives the value to all who wait. */
  set(value?: T): void {
    this.#outcome = 'value';
    this.#value = value;
    this.#error = undefined;
    this.#waiters.settleAll(value);
    this.#links.notify(this);
  }

  /** Throws the error to all who wait. */
  setException(error: Error): void {
    this.#outcome = 'error';
    this.#value = undefined;
    this.#error = error;
    this.#waiters.failAll(error);
    this.#links.notify(this);
  }

  /**
   * The value, or the error thrown.
   *
   * @param isBlocking false: a `Timeout` is thrown when there is neither
   * @param timeout seconds to wait at most; then a `Timeout` is thrown
   */
  get(isBlocking = true, timeout?: number): T {
    if (this.#outcome === 'error') throw this.#error;
    if (this.#outcome === 'value') return this.#value as T;
    if (!isBlocking) throw expiredTimeout();
    const seconds = checkSeconds('timeout', timeout);
    return block(this.#waiters, GET as BlockingCall<this, T>, this, seconds);
  }

  /** The promise-returning twin of `get`. */
  getAsync(options: AsyncOptions = {}): Promise<T> {
    if (this.#outcome === 'error') return rejected(this.#error);
    if (this.#outcome === 'value') return Promise.resolve(this.#value as T);
    return blockAsync(this.#waiters, GET as BlockingCall<this, T>, this, options);
  }

  /** The value, or its error thrown, without waiting. @throws Timeout when there is neither */
  getNowait(): T {
    return this.get(false);
  }

  /** Waits like `get`, and never throws what was set: the value, or undefined. */
  wait(timeout?: number): T | undefined {
    if (this.ready()) return this.#value;
    const seconds = checkSeconds('timeout', timeout);
    try {
      return block(this.#waiters, WAIT as BlockingCall<this, T | undefined>, this, seconds);
    } catch (error) {
      if (this.#outcome === 'error' && error === this.#error) return undefined;
      throw error;
    }
  }

  /** The promise-returning twin of `wait`. */
  async waitAsync(options: AsyncOptions = {}): Promise<T | undefined> {
    if (this.ready()) return this.#value;
    const call = WAIT as BlockingCall<this, T | undefined>;
    try {
      return await blockAsync(this.#waiters, call, this, options);
    } catch (error) {
      if (this.#outcome === 'error' && error === this.#error) return undefined;
      throw error;
    }
  }

  /** As a link of a green thread: `thread.link(result.linked)` sets what the thread ended with. */
  readonly linked = (thread: GreenThread<T>): void => {
    if (thread.successful()) this.set(thread.value);
    else this.setException(thread.exception as Error);
  };

  /** Calls back on the event loop's stack once a value or an error was set. */
  rawlink(callback: (result: this) => void): void {
    if (typeof callback !== 'function') throw invalidArgType('callback', 'a function', callback);
    this.#links.add(callback);
    if (this.ready()) this.#links.notify(this);
  }

  /** Takes back what `rawlink` added. */
  unlink(callback: (result: this) => void): void {
    this.#links.delete(callback);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly ready: boolean; readonly waiting: number } {
    return { ready: this.ready(), waiting: this.#waiters.length };
  }
}
