import { GudegError } from '../errors.ts';
import { BodyState } from './body-state.ts';

/** The life that every body has: used once, one operation at a time, dead after a failure. */
export abstract class SingleUseBody {
  #state: BodyState = BodyState.READY;
  #isBusy = false;

  /** 0 READY, 1 STARTED, 2 CONSUMED, 3 ERROR. */
  get state(): BodyState {
    return this.#state;
  }

  /** Why an operation cannot begin now, or null when it can. A refusal changes nothing. */
  protected refusal(needsReady: boolean): GudegError | null {
    if (!this.#isBusy) {
      if (this.#state === BodyState.READY) return null;
      if (this.#state === BodyState.STARTED && !needsReady) return null;
    }
    const name = this.constructor.name;
    return new GudegError('GUDEG_ERR_BODY_STATE', `${name} ${this.#whyNot()}`);
  }

  #whyNot(): string {
    if (this.#isBusy) return 'has an operation running; await it before the next one';
    if (this.#state === BodyState.CONSUMED) {
      return 'is already consumed; keep what the first read gave';
    }
    if (this.#state === BodyState.ERROR) return 'failed before and cannot be used any more';
    return 'is partly read, and this operation needs all of it; go on with read() or readChunk()';
  }

  /** An operation runs until `settle`. */
  protected begin(): void {
    this.#state = BodyState.STARTED;
    this.#isBusy = true;
  }

  /** The operation is over, and leaves the body in `state`. */
  protected settle(state: BodyState): void {
    this.#state = state;
    this.#isBusy = false;
  }
}
