import { workerDeadline, type WorkerDeadline } from './worker-deadline.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** Who looks so late was stopped itself, or starved; the signs of life that it missed may be on their way. */
const LATE_MS = 1000;

/** What a timer of node can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Sees when a worker misses its deadline. It sleeps until the first deadline that there is, and looks then whether
 * signs of life have moved it: with idle workers that is about once in `timeout`, not once a second.
 */
export class DeadlineWatch {
  readonly #workers: () => readonly WorkerHandle[];
  readonly #onMissed: (worker: WorkerHandle, missing: WorkerDeadline['missing']) => void;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;

  constructor(
    workers: () => readonly WorkerHandle[],
    onMissed: (worker: WorkerHandle, missing: WorkerDeadline['missing']) => void,
  ) {
    this.#workers = workers;
    this.#onMissed = onMissed;
  }

  /** To be called when a deadline may be nearer than before: a worker has come, or was told to end, or was killed. */
  look(): void {
    this.#sleepUntil(this.#first());
  }

  /** The end. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#dueAt = -Infinity;
  }

  #first(): number {
    return Math.min(...this.#workers().map((worker) => workerDeadline(worker)?.at ?? Infinity));
  }

  #sleepUntil(dueAt: number): void {
    if (dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(
      () => {
        // Whatever workers have sent meanwhile is read first.
        setImmediate(() => {
          this.#judge();
        });
      },
      Math.min(LONGEST_MS, Math.max(1, Math.ceil(dueAt - performance.now()))),
    );
    // It is the workers that keep the arbiter alive.
    this.#timer.unref();
  }

  #judge(): void {
    const now = performance.now();
    const isLate = now - this.#dueAt > LATE_MS;
    if (this.#dueAt === -Infinity) return;
    this.#dueAt = Infinity;
    if (isLate) {
      this.#sleepUntil(now + LATE_MS);
      return;
    }
    for (const worker of this.#workers()) {
      const deadline = workerDeadline(worker);
      if (deadline !== null && deadline.at <= now) this.#onMissed(worker, deadline.missing);
    }
    this.look();
  }
}
