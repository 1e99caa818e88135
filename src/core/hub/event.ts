import { GudegError, invalidArgType } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
  rejected,
} from './blocking-call.ts';
import { WaitQueue } from './wait-queue.ts';
import { RawLinks, type Waitable } from './waitable.ts';

const WAIT: BlockingCall<Event, unknown> = {
  name: 'Event.wait()',
  timedOut: () => undefined,
};

/** A result that is sent once to everybody who waits for it. */
export class Event<T = unknown> implements Waitable {
  readonly #waiters = new WaitQueue();
  readonly #links = new RawLinks<this>();
  #outcome: 'none' | 'value' | 'error' = 'none';
  #value: T | undefined;
  #error: unknown;

  /** True once a result or an error was sent. */
  ready(): boolean {
    return this.#outcome !== 'none';
  }

  /** Whether a value was sent. */
  hasResult(): boolean {
    return this.#outcome === 'value';
  }

  /** Whether an error was sent. */
  hasException(): boolean {
    return this.#outcome === 'error';
  }

  /** The result; the error thrown; `notReady` before either. */
  poll<N = undefined>(notReady?: N): T | N | undefined {
    if (this.#outcome === 'error') throw this.#error;
    return this.pollResult(notReady);
  }

  /** The result, or `notReady` when there is none. */
  pollResult<N = undefined>(notReady?: N): T | N | undefined {
    return this.#outcome === 'value' ? this.#value : notReady;
  }

  /** Throws the error, or gives `notReady` when there is none. */
  pollException<N = undefined>(notReady?: N): N | undefined {
    if (this.#outcome === 'error') throw this.#error;
    return notReady;
  }

  /**
   * Waits for what is sent.
   *
   * @param timeout seconds to wait at most; then undefined
   */
  wait(timeout?: number): T | undefined {
    if (this.ready()) return this.poll();
    const seconds = checkSeconds('timeout', timeout);
    return block(this.#waiters, WAIT as BlockingCall<this, T | undefined>, this, seconds);
  }

  /** The promise-returning twin of `wait`. */
  waitAsync(options: AsyncOptions = {}): Promise<T | undefined> {
    if (this.#outcome === 'error') return rejected(this.#error);
    if (this.#outcome === 'value') return Promise.resolve(this.#value);
    return blockAsync(this.#waiters, WAIT as BlockingCall<this, T | undefined>, this, options);
  }

  /**
   * Sends the result to everybody who waits, and to whoever will. They run later: this never switches.
   *
   * @param error when given, it is sent instead, and thrown where it is waited for
   * @throws GudegError GUDEG_ERR_HUB_STATE when something was sent before
   */
  send(result?: T, error?: Error): void {
    if (this.ready()) {
      throw new GudegError(
        'GUDEG_ERR_HUB_STATE',
        'Trying to re-send() an already-triggered event; reset() it first',
      );
    }
    if (error !== undefined) {
      this.#outcome = 'error';
      this.#error = error;
      this.#waiters.failAll(error);
    } else {
      this.#outcome = 'value';
      this.#value = result;
      this.#waiters.settleAll(result);
    }
    this.#links.notify(this);
  }

  /** `send` of an error. */
  sendException(error: Error): void {
    if (error === undefined) throw invalidArgType('error', 'an error', error);
    this.send(undefined, error);
  }

  /**
   * Makes it fresh again.
   *
   * @throws GudegError GUDEG_ERR_HUB_STATE when nothing was sent
   */
  reset(): void {
    if (!this.ready()) {
      throw new GudegError(
        'GUDEG_ERR_HUB_STATE',
        'Trying to re-reset() a fresh event; send() first',
      );
    }
    this.#outcome = 'none';
    this.#value = undefined;
    this.#error = undefined;
  }

  /** Calls back on the event loop's stack once something was sent. */
  rawlink(callback: (event: this) => void): void {
    if (typeof callback !== 'function') throw invalidArgType('callback', 'a function', callback);
    this.#links.add(callback);
    if (this.ready()) this.#links.notify(this);
  }

  /** Takes back what `rawlink` added. */
  unlink(callback: (event: this) => void): void {
    this.#links.delete(callback);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly ready: boolean; readonly waiting: number } {
    return { ready: this.ready(), waiting: this.#waiters.length };
  }
}
