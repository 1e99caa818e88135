import type { Clock } from './clock.ts';

/** Something that happens at a time. Order is (deadline, sequence of arming). */
export class Deadline {
  /** @internal */ atMs = 0;
  /** @internal */ sequence = 0;
  /** Where it is in the heap; -1 when it is not armed. @internal */
  index = -1;
  readonly #fire: () => void;

  constructor(fire: () => void) {
    this.#fire = fire;
  }

  get isArmed(): boolean {
    return this.index >= 0;
  }

  /** @internal */
  fire(): void {
    this.#fire();
  }
}

/** All deadlines of a hub, on one timer of the clock. */
export class TimerHeap {
  #heap: Deadline[] = [];
  #sequence = 0;
  #clock: Clock;
  #armedForMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#heap.length;
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** The earliest deadline in the clock's milliseconds; undefined without one. */
  get earliestMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** Changes the clock; what is armed keeps the time it has left. */
  useClock(clock: Clock): void {
    const shiftMs = clock.now() - this.#clock.now();
    this.#clock.cancel();
    for (const deadline of this.#heap) deadline.atMs += shiftMs;
    this.#clock = clock;
    this.#armedForMs = Infinity;
    this.#rearm();
  }

  /** Arms a deadline `delayMs` from now; one that was armed moves. A delay below 0 counts as 0. */
  arm(deadline: Deadline, delayMs: number): void {
    if (deadline.index >= 0) this.disarm(deadline);
    deadline.atMs = this.#clock.now() + Math.max(delayMs, 0);
    deadline.sequence = this.#sequence++;
    deadline.index = this.#heap.length;
    this.#heap.push(deadline);
    this.#up(deadline);
    if (deadline.index === 0) this.#rearm();
  }

  disarm(deadline: Deadline): void {
    const { index } = deadline;
    if (index < 0) return;
    deadline.index = -1;
    const last = this.#heap.pop();
    if (last !== undefined && last !== deadline) {
      last.index = index;
      this.#heap[index] = last;
      this.#up(last);
      this.#down(last);
    }
    if (this.#heap.length === 0) this.#rearm();
  }

  /** Fires what is due. */
  readonly #onTime = (): void => {
    this.#armedForMs = Infinity;
    const now = this.#clock.now();
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > now) break;
      this.disarm(first);
      first.fire();
    }
    this.#rearm();
  };

  #rearm(): void {
    const first = this.#heap[0];
    if (first === undefined) {
      if (this.#armedForMs !== Infinity) this.#clock.cancel();
      this.#armedForMs = Infinity;
      return;
    }
    // A timer that is early costs one look at the heap; moving it costs more.
    if (this.#armedForMs <= first.atMs) return;
    this.#armedForMs = first.atMs;
    this.#clock.wakeAt(first.atMs, this.#onTime);
  }

  #up(deadline: Deadline): void {
    const heap = this.#heap;
    let { index } = deadline;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(deadline, parent)) break;
      heap[index] = parent;
      parent.index = index;
      index = parentIndex;
    }
    heap[index] = deadline;
    deadline.index = index;
  }

  #down(deadline: Deadline): void {
    const heap = this.#heap;
    let { index } = deadline;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex++;
      }
      if (!isBefore(child, deadline)) break;
      heap[index] = child;
      child.index = index;
      index = childIndex;
    }
    heap[index] = deadline;
    deadline.index = index;
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
