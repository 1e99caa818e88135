import { clearTimeout, setTimeout } from './host-timers.ts';
/** Where the hub takes its time from. Times are milliseconds from any fixed point and never go back. */
export interface Clock {
  /** Seconds since some fixed moment; never goes back. */
  now(): number;
  /** Calls back once when `now()` has reached `atMs`. Only the latest call counts. */
  wakeAt(atMs: number, callback: () => void): void;
  /** Takes back the last `wakeAt`. */
  cancel(): void;
}

const longestTimerMs = 2 ** 31 - 1;

/** The machine's monotonic clock and one timer of Node's. */
export class SystemClock implements Clock {
  #timer: NodeJS.Timeout | undefined;

  /** Seconds since some fixed moment; never goes back. */
  now(): number {
    return performance.now();
  }

  wakeAt(atMs: number, callback: () => void): void {
    clearTimeout(this.#timer);
    // Rounded up: Node's timers count whole milliseconds of the loop's own, slightly stale time.
    const delayMs = Math.min(Math.max(Math.ceil(atMs - performance.now()), 1), longestTimerMs);
    this.#timer = setTimeout(callback, delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
