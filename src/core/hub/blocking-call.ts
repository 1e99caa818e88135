import { invalidArgType, outOfRange } from '../errors.ts';
import type { Fiber } from './fiber.ts';
import { hub } from './hub.ts';
import { Deadline } from './timer-heap.ts';
import { type WaitQueue, Waiter } from './wait-queue.ts';

/** What is fixed about one blocking method: the same for the method and for its Async twin. */
export interface BlockingCall<Self, T> {
  /** As its user writes it: `Queue.get()`. */
  readonly name: string;
  /** What the call gives, or throws, when its time is up. */
  timedOut(self: Self, seconds: number): T;
  /** Takes back what was handed to a waiter that was killed before it could run. */
  giveBack?(self: Self, value: T, payload: unknown): void;
}

/** Options of every `…Async` twin. */
export interface AsyncOptions {
  /** Seconds to wait at most; default: forever. */
  timeout?: number | undefined;
  /** Ends the wait: the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

class FiberWaiter extends Waiter {
  readonly #fiber: Fiber;

  constructor(fiber: Fiber, what: string, subject: unknown, payload: unknown) {
    super(what, subject, payload);
    this.#fiber = fiber;
  }

  protected wake(): void {
    hub.ready(this.#fiber);
  }

  protected disarm(): void {
    if (this.deadline !== undefined) hub.timers.disarm(this.deadline);
  }
}

class PromiseWaiter extends Waiter {
  onSettled: () => void = () => undefined;

  protected wake(): void {
    this.onSettled();
  }

  protected disarm(): void {
    if (this.deadline !== undefined) hub.timers.disarm(this.deadline);
  }
}

/** Seconds as users give them, checked: undefined or null is forever. */
export function checkSeconds(name: string, seconds: unknown): number | undefined {
  if (seconds === undefined || seconds === null) return undefined;
  if (typeof seconds !== 'number' || Number.isNaN(seconds)) {
    throw invalidArgType(name, 'a number of seconds, null or undefined', seconds);
  }
  if (seconds < 0) throw outOfRange(name, 'at least 0 seconds', seconds);
  return seconds === Infinity ? undefined : seconds;
}

/**
 * Parks the running green thread in `queue` until it is handed something.
 *
 * @param seconds time to wait at most; undefined is forever
 * @throws GudegError GUDEG_ERR_HUB_BLOCKING outside a green thread
 */
export function block<Self, T>(
  queue: WaitQueue | undefined,
  call: BlockingCall<Self, T>,
  self: Self,
  seconds?: number,
  payload?: unknown,
  begin?: (waiter: Waiter) => void,
): T {
  const waiter = new FiberWaiter(hub.blocking(call.name), call.name, self, payload);
  queue?.push(waiter);
  begin?.(waiter);
  if (seconds !== undefined && !waiter.isSettled) arm(waiter, seconds);
  try {
    // What `begin` started may have been over at once.
    if (!waiter.isSettled) hub.park(waiter);
  } catch (error) {
    waiter.withdraw();
    if (waiter.isSettled && !waiter.isFailed && !waiter.isExpired) {
      call.giveBack?.(self, waiter.value as T, payload);
    }
    throw error;
  }
  if (waiter.isExpired) return call.timedOut(self, seconds ?? 0);
  if (waiter.isFailed) throw waiter.value;
  return waiter.value as T;
}

/** The Async twin of `block`: a promise, no green thread and no addon needed. */
export function blockAsync<Self, T>(
  queue: WaitQueue | undefined,
  call: BlockingCall<Self, T>,
  self: Self,
  { timeout, signal }: AsyncOptions = {},
  payload?: unknown,
  begin?: (waiter: Waiter) => void,
): Promise<T> {
  const seconds = checkSeconds('timeout', timeout);
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const waiter = new PromiseWaiter(call.name, self, payload);
    const onAbort = (): void => {
      waiter.withdraw();
      reject(signal?.reason as Error);
    };
    waiter.onSettled = () => {
      signal?.removeEventListener('abort', onAbort);
      if (waiter.isFailed) {
        const reason = waiter.value as Error;
        reject(reason);
      } else if (waiter.isExpired) {
        try {
          resolve(call.timedOut(self, seconds ?? 0));
        } catch (error) {
          const reason = error as Error;
          reject(reason);
        }
      } else {
        resolve(waiter.value as T);
      }
    };
    signal?.addEventListener('abort', onAbort);
    queue?.push(waiter);
    begin?.(waiter);
    if (seconds !== undefined && !waiter.isSettled) arm(waiter, seconds);
  });
}

/** A promise that is rejected, with whatever was thrown. */
export function rejected(error: unknown): Promise<never> {
  const reason = error as Error;
  return Promise.reject(reason);
}

function arm(waiter: Waiter, seconds: number): void {
  waiter.deadline = new Deadline(() => {
    waiter.expire();
  });
  hub.timers.arm(waiter.deadline, seconds * 1000);
}
