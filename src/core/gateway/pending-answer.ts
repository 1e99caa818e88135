import type { Response } from '../rgi/index.ts';

/** An answer that a green thread gives and a server takes: at once if it is there, else by a promise. */
export class PendingAnswer {
  #answer: Response | null = null;
  #error: { readonly thrown: unknown } | null = null;
  #resolve: ((answer: Response) => void) | null = null;
  #reject: ((error: unknown) => void) | null = null;

  /** Whether there is an answer, or an error in its place. */
  get isGiven(): boolean {
    return this.#answer !== null || this.#error !== null;
  }

  /** Gives the answer. */
  give(answer: Response): void {
    this.#answer = answer;
    this.#resolve?.(answer);
  }

  /** Gives an error in its place. */
  fail(thrown: unknown): void {
    this.#error = { thrown };
    this.#reject?.(thrown);
  }

  /** The answer, or a promise of it; throws the error in its place. Called once. */
  take(): Response | Promise<Response> {
    if (this.#error !== null) throw this.#error.thrown;
    if (this.#answer !== null) return this.#answer;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }
}
