import { block, type BlockingCall } from './blocking-call.ts';
import { hub } from './hub.ts';
import type { Waiter } from './wait-queue.ts';

/** What `wait` and `iwait` can wait for: green threads, events, results, semaphores. */
export interface Waitable {
  /** Whether waiting for it would be over at once. */
  ready(): boolean;
  /** Calls back once when it becomes ready, soon when it is. */
  rawlink(callback: () => void): void;
  /** Takes back what `rawlink` added. */
  unlink(callback: () => void): unknown;
}

/** Callbacks that an object calls on the event loop's stack, in order, each once. @internal */
export class RawLinks<Subject> {
  #callbacks: ((subject: Subject) => void)[] = [];
  #isScheduled = false;

  add(callback: (subject: Subject) => void): void {
    this.#callbacks.push(callback);
  }

  delete(callback: (subject: Subject) => void): void {
    const index = this.#callbacks.indexOf(callback);
    if (index >= 0) this.#callbacks.splice(index, 1);
  }

  get length(): number {
    return this.#callbacks.length;
  }

  /** Calls those that are linked by then, in a turn of the hub. */
  notify(subject: Subject): void {
    if (this.#isScheduled || this.#callbacks.length === 0) return;
    this.#isScheduled = true;
    hub.schedule(() => {
      this.#isScheduled = false;
      for (const callback of this.#callbacks.splice(0)) {
        try {
          callback(subject);
        } catch (error) {
          hub.report(error, 'a callback linked with rawlink()');
        }
      }
    });
  }
}

const WAIT: BlockingCall<unknown, boolean> = { name: 'wait()', timedOut: () => false };

/** Parks until `begin`'s waiter is settled: true; false after `seconds`. @internal */
export function waitUntil(seconds: number | undefined, begin: (waiter: Waiter) => void): boolean {
  return block(undefined, WAIT, undefined, seconds, undefined, begin);
}
