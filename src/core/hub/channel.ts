import { LightQueue } from './light-queue.ts';

/** A queue without slots: `put` waits until a `get` takes the item. */
export class Channel<T = unknown> extends LightQueue<T> {
  constructor() {
    super(0);
  }

  /** Getters that wait (positive) or putters (negative). */
  get balance(): number {
    return this.getting() - this.putting();
  }
}
