import type { Generation } from './generation.ts';
import { WorkerHandle } from './worker-handle.ts';

/**
 * The worker processes that live. Members count, spares don't: a spare boots to take a member's place. Each has a
 * place, 0, 1, 2, …, which decides about its core, and under which its figures count.
 */
export class Roster {
  readonly #workers = new Set<WorkerHandle>();
  #age = 0;

  /** All of them, oldest first, also those that end. */
  get workers(): readonly WorkerHandle[] {
    return [...this.#workers];
  }

  /** Those that fill their place, or will when they have booted. */
  get members(): WorkerHandle[] {
    return this.workers.filter(
      (worker) => !worker.isSpare && (worker.state === 'booting' || worker.state === 'ready'),
    );
  }

  /** How many serve. */
  get readyCount(): number {
    return this.workers.filter(({ state }) => state === 'ready').length;
  }

  /** Starts a member in the first place that is free. */
  add(generation: Generation): WorkerHandle {
    return this.#start(generation, this.#freePlace(), false);
  }

  /** Starts a spare for a place, or for one more. */
  addSpare(generation: Generation, place: number = this.#freePlace()): WorkerHandle {
    return this.#start(generation, place, true);
  }

  #start(generation: Generation, place: number, isSpare: boolean): WorkerHandle {
    this.#age++;
    const worker = new WorkerHandle(generation, this.#age, place, isSpare);
    this.#workers.add(worker);
    worker.on('exit', () => {
      this.#workers.delete(worker);
    });
    return worker;
  }

  #freePlace(): number {
    const taken = new Set(this.workers.filter(({ isSpare }) => !isSpare).map(({ place }) => place));
    let place = 0;
    while (taken.has(place)) place++;
    return place;
  }

  /** Resolves when nobody of those that live now does any more. */
  async allGone(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.gone));
  }
}
