import type { Fiber } from './fiber.ts';

/** Fibers that have not finished, newest first, linked through the fibers themselves. */
export class FiberList {
  #first: Fiber | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(fiber: Fiber): void {
    fiber.next = this.#first;
    if (this.#first !== undefined) this.#first.previous = fiber;
    this.#first = fiber;
    this.#length++;
  }

  remove(fiber: Fiber): void {
    const { previous, next } = fiber;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    fiber.previous = undefined;
    fiber.next = undefined;
    this.#length--;
  }

  *[Symbol.iterator](): Generator<Fiber, void, undefined> {
    for (let fiber = this.#first; fiber !== undefined; fiber = fiber.next) yield fiber;
  }
}
