/** For how long one turn may run before timers and I/O are looked at. */
const maxTurnMs = 4;
/** The clock costs as much as a short item, so it is read once for several of them... */
const itemsPerLook = 4;
/** ...unless those were long: then it is read for each. */
const longMs = 1;

/** How much of its time a turn of the event loop has left for what can run. */
export class TurnBudget {
  #endsMs = 0;
  #lookedMs = 0;
  #stride = itemsPerLook;
  /** Items that run before the clock is read again. */
  #untilLook = 0;
  #isOver = false;

  begin(): void {
    this.#isOver = false;
    this.#untilLook = this.#stride;
    this.#lookedMs = performance.now();
    this.#endsMs = this.#lookedMs + maxTurnMs;
  }

  /** Nothing more runs in this turn. */
  end(): void {
    this.#isOver = true;
  }

  /** Whether the next item has to wait for the next turn; asked once for each item. */
  isSpent(): boolean {
    if (this.#isOver) return true;
    if (this.#untilLook-- > 0) return false;
    const nowMs = performance.now();
    // What ran last tells what comes, in the next turn too.
    this.#stride = nowMs - this.#lookedMs > longMs ? 1 : itemsPerLook;
    this.#untilLook = this.#stride - 1;
    this.#lookedMs = nowMs;
    this.#isOver = nowMs > this.#endsMs;
    return this.#isOver;
  }
}
