const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/** A worker that lived for so long counts as healthy. */
const HEALTHY_MS = 1000;

/** How long to wait before the next worker starts, after workers that did not live long. */
export class RestartBackoff {
  #failures = 0;
  #notBefore = 0;

  /** Workers in a row that did not live long. */
  get failures(): number {
    return this.#failures;
  }

  /** Tells that a worker has ended. `livedMs` counts from when it was ready; null = it never was. */
  ended(livedMs: number | null, now: number): void {
    if (livedMs !== null && livedMs >= HEALTHY_MS) {
      this.#failures = 0;
      return;
    }
    this.#failures++;
    this.#notBefore = now + Math.min(FIRST_MS * 2 ** (this.#failures - 1), LONGEST_MS);
  }

  /** What made workers fail is over: the next one may start at once. */
  forget(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  /** Milliseconds until the next worker may start. */
  delayMs(now: number): number {
    return Math.max(0, this.#notBefore - now);
  }
}
