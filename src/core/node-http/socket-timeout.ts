/** The inactivity timer of one socket; there is none until somebody wants it. */
export class SocketTimeout {
  readonly #owner: { onTimeout(): void };
  #timer: NodeJS.Timeout | null = null;
  #ms = 0;

  constructor(owner: { onTimeout(): void }) {
    this.#owner = owner;
  }

  /** 0 = none. */
  get ms(): number {
    return this.#ms;
  }

  set(ms: number): void {
    this.clear();
    this.#ms = ms;
    if (ms === 0) return;
    this.#timer = setTimeout(() => {
      this.#owner.onTimeout();
    }, ms);
    this.#timer.unref();
  }

  /** Something moved. */
  refresh(): void {
    this.#timer?.refresh();
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#ms = 0;
  }
}
