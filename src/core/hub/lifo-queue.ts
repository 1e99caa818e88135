import type { ItemStore } from './light-queue.ts';
import { Queue } from './queue.ts';

class Stack<T> implements ItemStore<T> {
  readonly #items: T[] = [];

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    return this.#items.pop();
  }

  unshift(item: T): void {
    this.#items.push(item);
  }
}

/** A queue whose newest item leaves first. */
export class LifoQueue<T = unknown> extends Queue<T> {
  constructor(maxSize?: number | null) {
    super(maxSize, new Stack<T>());
  }
}
