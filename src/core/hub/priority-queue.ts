import type { ItemStore } from './light-queue.ts';
import { Queue } from './queue.ts';

/** Negative when `a` leaves before `b`. */
export type Compare<T> = (a: T, b: T) => number;

/** A binary heap; of equal items the one that came first leaves first. */
class Heap<T> implements ItemStore<T> {
  readonly #compare: Compare<T>;
  readonly #heap: { item: T; order: number }[] = [];
  #order = 0;

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#heap.length;
  }

  push(item: T): void {
    this.#add(item, this.#order++);
  }

  unshift(item: T): void {
    this.#add(item, -this.#order++);
  }

  shift(): T | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined) return undefined;
    if (top === last) return top.item;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && this.#isBefore(right, child)) {
        child = right;
        childIndex++;
      }
      if (!this.#isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
    return top.item;
  }

  #add(item: T, order: number): void {
    const heap = this.#heap;
    const entry = { item, order };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !this.#isBefore(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #isBefore(a: { item: T; order: number }, b: { item: T; order: number }): boolean {
    const difference = this.#compare(a.item, b.item);
    return difference < 0 || (difference === 0 && a.order < b.order);
  }
}

/** A queue whose smallest item leaves first. */
export class PriorityQueue<T = unknown> extends Queue<T> {
  /**
   * @param compare default: numbers and strings by `<`, arrays item by item like Python's tuples
   */
  constructor(maxSize?: number | null, compare: Compare<T> = compareNaturally) {
    super(maxSize, new Heap<T>(compare));
  }
}

function compareNaturally(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const difference = compareNaturally(a[i], b[i]);
      if (difference !== 0) return difference;
    }
    return a.length - b.length;
  }
  if ((a as number) < (b as number)) return -1;
  return (a as number) > (b as number) ? 1 : 0;
}
