import type { Fiber } from './fiber.ts';

/**
 * V8 12 (Node 22) keeps its running calls of JSON.stringify in a list and aborts the process unless
 * they end in the reverse order of their beginning. Two green threads that park in `toJSON`, getters
 * or replacers could end them in any order; so one that began earlier goes on only after those that
 * began later have ended theirs.
 */
export class StringifyOrder {
  readonly #calls: Fiber[] = [];
  readonly #held = new Set<Fiber>();
  readonly #requeue: (fiber: Fiber) => void;

  /** @param requeue puts a fiber that may go on now into the run queue */
  constructor(current: () => Fiber | undefined, requeue: (fiber: Fiber) => void) {
    this.#requeue = requeue;
    const calls = this.#calls;
    const original = JSON.stringify as (...args: unknown[]) => string;
    const ended = (): void => {
      calls.pop();
      this.#release();
    };
    JSON.stringify = function stringify(...args: unknown[]): string {
      const fiber = current();
      if (fiber === undefined) return original(...args);
      calls.push(fiber);
      try {
        return original(...args);
      } finally {
        ended();
      }
    } as typeof JSON.stringify;
  }

  /** Whether this version of V8 needs it. */
  static get isNeeded(): boolean {
    return process.versions.v8.startsWith('12.');
  }

  /** True when the fiber may not go on yet; it is put in line again when it may. */
  holds(fiber: Fiber): boolean {
    const calls = this.#calls;
    if (calls.length === 0 || calls.at(-1) === fiber || !calls.includes(fiber)) return false;
    this.#held.add(fiber);
    return true;
  }

  #release(): void {
    const fiber = this.#calls.at(-1);
    if (fiber !== undefined && this.#held.delete(fiber)) this.#requeue(fiber);
  }
}
