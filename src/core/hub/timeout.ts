import { GudegError, invalidArgType } from '../errors.ts';
import { checkSeconds } from './blocking-call.ts';
import { type Fiber, type Interrupt, sourceOrder } from './fiber.ts';
import { hub } from './hub.ts';
import { Deadline } from './timer-heap.ts';

/**
 * What a timeout throws: nothing said or true, the `Timeout` itself; false, the same, and its own
 * `run` swallows it; else that error, or a new one of that class.
 */
export type TimeoutException = boolean | Error | (new () => Error) | null;

/**
 * Throws an error in the green thread that made it when its time is up.
 *
 * It starts at once and belongs to the running green thread; outside one it never fires. It can
 * only fire where the thread parks: a busy loop is never interrupted. Once it has fired, every park
 * in the thread throws until it is cancelled, so that a `catch` that takes everything cannot keep
 * the thread going past its timeout; `shield` lets clean-up park.
 *
 * @example
 * new Timeout(0.5).run(() => queue.get());          // throws the Timeout
 * new Timeout(0.5, false).run(() => queue.get());   // gives undefined instead
 * using timeout = new Timeout(2);                   // until the end of the block
 */
export class Timeout extends GudegError {
  /** Seconds from the start; null never fires. */
  readonly seconds: number | null;
  readonly #exception: TimeoutException | undefined;
  readonly #order = sourceOrder();
  #fiber: Fiber | undefined;
  #deadline: Deadline | undefined;
  #interrupt: Interrupt | undefined;

  constructor(seconds: number | null = null, exception?: TimeoutException) {
    super('GUDEG_ERR_HUB_TIMEOUT', describe(seconds, exception));
    this.name = 'Timeout';
    if (seconds !== null && (typeof seconds !== 'number' || Number.isNaN(seconds))) {
      throw invalidArgType('seconds', 'a number or null', seconds);
    }
    this.seconds = seconds;
    this.#exception = exception;
    this.start();
  }

  /** True while it may still fire. */
  get pending(): boolean {
    return this.#deadline?.isArmed ?? false;
  }

  /** Starts it again after `cancel`; the full time counts from now. */
  start(): void {
    if (this.pending) return;
    this.cancel();
    const fiber = hub.current;
    if (this.seconds === null || fiber === undefined) return;
    const level = fiber.shields;
    this.#fiber = fiber;
    this.#deadline = new Deadline(() => {
      this.#fire(fiber, level);
    });
    (fiber.cleanups ??= new Set()).add(this.#cancel);
    hub.timers.arm(this.#deadline, this.seconds * 1000);
  }

  /** It does not fire any more; where it has fired, nothing is thrown any more. */
  cancel(): void {
    this.#cancel();
  }

  /** `cancel()`. */
  [Symbol.dispose](): void {
    this.#cancel();
  }

  /**
   * Runs `fn` under this timeout, which is cancelled at the end.
   *
   * @returns what `fn` gives; undefined when a silent timeout ended it
   */
  run<T>(fn: () => T): T | undefined {
    this.start();
    try {
      const value = fn();
      // Whoever caught the error inside cannot make it undone.
      if (this.#interrupt?.wasThrown) throw this.#interrupt.error;
      return value;
    } catch (error) {
      const isOwn = this.#interrupt !== undefined && error === this.#interrupt.error;
      if (isOwn && this.#exception === false) return undefined;
      throw error;
    } finally {
      this.#cancel();
    }
  }

  /** `1 second`, `2 seconds`, `2 seconds (silent)`, `2 seconds (other error)`, or nothing for null. */
  override toString(): string {
    return this.message;
  }

  #fire(fiber: Fiber, level: number): void {
    this.#interrupt = { error: this.#thrown(), isSticky: true, level, order: this.#order };
    hub.interrupt(fiber, this.#interrupt);
  }

  #thrown(): Error {
    const exception = this.#exception;
    if (typeof exception === 'function') return new exception();
    return typeof exception === 'object' && exception !== null ? exception : this;
  }

  readonly #cancel = (): void => {
    const fiber = this.#fiber;
    if (fiber === undefined) return;
    if (this.#deadline !== undefined) hub.timers.disarm(this.#deadline);
    if (this.#interrupt !== undefined) hub.takeBack(fiber, this.#interrupt);
    fiber.cleanups?.delete(this.#cancel);
    this.#fiber = undefined;
    this.#deadline = undefined;
    this.#interrupt = undefined;
  };
}

/**
 * Runs `fn` for `seconds` at most.
 *
 * @param options `timeoutValue`: what to give when this timeout ends it; without it the Timeout is thrown
 */
export function withTimeout<T, V = never>(
  seconds: number | null,
  fn: () => T,
  options: { timeoutValue?: V } = {},
): T | V {
  const checked = checkSeconds('seconds', seconds) ?? null;
  hub.blocking('withTimeout()');
  const timeout = new Timeout(checked);
  try {
    return timeout.run(fn) as T;
  } catch (error) {
    if (error === timeout && 'timeoutValue' in options) return options.timeoutValue;
    throw error;
  }
}

/** A Timeout that says what happened, and that does not run. @internal */
export function expiredTimeout(seconds?: number): Timeout {
  const timeout = new Timeout(seconds ?? null);
  timeout.cancel();
  return timeout;
}

function describe(seconds: number | null, exception: TimeoutException | undefined): string {
  if (seconds === null) return '';
  const time = `${seconds} second${seconds === 1 ? '' : 's'}`;
  if (exception === undefined || exception === null || exception === true) return time;
  if (exception === false) return `${time} (silent)`;
  return `${time} (${typeof exception === 'function' ? exception.name : exception.message})`;
}

/**
 * Runs clean-up that may park although the thread was killed or timed out: what was thrown into it
 * from outside waits until the end. A `Timeout` made inside works as ever.
 */
export function shield<T>(fn: () => T): T {
  const fiber = hub.current;
  if (fiber === undefined) return fn();
  fiber.shields++;
  try {
    return fn();
  } finally {
    fiber.shields--;
  }
}
