import { ClientError } from '../errors.ts';

const FIRST_MS = 100;

/** How long a server that took no connection is left alone: each time twice as long, up to a limit. */
export class Backoff {
  readonly #maxMs: number;
  #error: ClientError | null = null;
  #delayMs = 0;
  #until = 0;

  /** @param maxMs 0 = it is not left alone */
  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** Why it is not tried yet; null when it may be. */
  get failure(): ClientError | null {
    const { remainingMs } = this;
    const cause = this.#error;
    if (cause === null || remainingMs === 0) return null;
    const when = `it is tried again in ${Math.ceil(remainingMs)} ms`;
    return new ClientError(cause.code, 'always', `${cause.message}; ${when}`, { cause });
  }

  /** Whether it has failed and nobody knows yet that it is back. */
  get isProbing(): boolean {
    return this.#error !== null;
  }

  get remainingMs(): number {
    return this.#error === null ? 0 : Math.max(0, this.#until - performance.now());
  }

  failed(error: ClientError): void {
    if (this.#maxMs === 0) return;
    this.#error = error;
    this.#delayMs = Math.min(this.#maxMs, this.#delayMs === 0 ? FIRST_MS : this.#delayMs * 2);
    this.#until = performance.now() + this.#delayMs;
  }

  succeeded(): void {
    this.#error = null;
    this.#delayMs = 0;
  }
}
