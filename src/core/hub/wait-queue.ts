import type { Deadline } from './timer-heap.ts';

/** One green thread or one promise that waits for something. It is settled once, and is in at most one queue. */
export abstract class Waiter {
  /** The call that waits, as its user wrote it: `Queue.get()`. */
  readonly what: string;
  /** What it waits on. */
  readonly subject: unknown;
  /** What it brought along: the item of a `put`. */
  readonly payload: unknown;
  isSettled = false;
  isFailed = false;
  isExpired = false;
  /** Settled, or nobody waits any more: what comes later is for somebody else. */
  isClosed = false;
  value: unknown;
  deadline: Deadline | undefined;
  /** @internal */ queue: WaitQueue | undefined;
  /** @internal */ previous: Waiter | undefined;
  /** @internal */ next: Waiter | undefined;

  constructor(what: string, subject: unknown, payload: unknown) {
    this.what = what;
    this.subject = subject;
    this.payload = payload;
  }

  /** Lets whoever waits go on. */
  protected abstract wake(): void;

  /** Hands over what was waited for. */
  settle(value: unknown): void {
    if (this.isClosed) return;
    this.#close();
    this.value = value;
    this.wake();
  }

  /** Lets the wait end with an error. */
  fail(error: unknown): void {
    if (this.isClosed) return;
    this.#close();
    this.isFailed = true;
    this.value = error;
    this.wake();
  }

  /** Lets the wait end because its time is up. */
  expire(): void {
    if (this.isClosed) return;
    this.#close();
    this.isExpired = true;
    this.wake();
  }

  /** Nobody waits any more. */
  withdraw(): void {
    this.isClosed = true;
    this.queue?.remove(this);
    if (this.deadline !== undefined) this.disarm();
  }

  /** Takes the deadline back. */
  protected abstract disarm(): void;

  #close(): void {
    this.queue?.remove(this);
    if (this.deadline !== undefined) this.disarm();
    this.isClosed = true;
    this.isSettled = true;
  }
}

/**
 * Those who wait, in the order in which they came. Everything that blocks stands on this: what is
 * waited for is handed to the first in line at the time of the wake-up, so nobody can overtake.
 */
export class WaitQueue {
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): Waiter | undefined {
    return this.#first;
  }

  push(waiter: Waiter): void {
    waiter.queue = this;
    waiter.previous = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
    this.#length++;
  }

  remove(waiter: Waiter): void {
    if (waiter.queue !== this) return;
    const { previous, next } = waiter;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiter.queue = undefined;
    waiter.previous = undefined;
    waiter.next = undefined;
    this.#length--;
  }

  /** Hands `value` to everybody who waits now, in order. */
  settleAll(value: unknown): void {
    for (let left = this.#length; left > 0; left--) this.#first?.settle(value);
  }

  failAll(error: unknown): void {
    for (let left = this.#length; left > 0; left--) this.#first?.fail(error);
  }
}
