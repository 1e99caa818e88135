import { GudegError } from '../errors.ts';
import type { GreenStack } from '../native/index.ts';
import { setTimeout } from './host-timers.ts';

/** Stacks kept for later; what is beyond ends. */
const maxIdleStacks = 512;

/** The stacks that fibers run on: those that rest, and the end of those that are too many. */
export class StackPool {
  readonly #native: GreenStack;
  readonly #idle: number[] = [];
  #ended = 0;
  #isReaping = false;

  constructor(native: GreenStack) {
    this.#native = native;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  get liveCount(): number {
    return this.#native.liveStacks();
  }

  /** Whether stacks have ended that are not freed yet. */
  get hasEnded(): boolean {
    return this.#ended > 0;
  }

  /** A stack's number, or a negative libuv error. */
  take(): number {
    return this.#idle.pop() ?? this.#native.createStack();
  }

  /** Keeps a stack that has nothing to run. False where enough are kept: it has to end. */
  keep(stack: number): boolean {
    if (this.#idle.length >= maxIdleStacks) {
      this.#ended++;
      return false;
    }
    this.#idle.push(stack);
    return true;
  }

  /** Frees stacks that have ended: a few at a time, each costs as much as a thread's end. */
  reap(): void {
    this.#ended = this.#native.reapStacks(64);
    if (this.#ended === 0 || this.#isReaping) return;
    this.#isReaping = true;
    setTimeout(this.#reapAgain, 5).unref();
  }

  readonly #reapAgain = (): void => {
    this.#isReaping = false;
    this.reap();
  };

  /** What a fiber fails with that gets no stack. */
  refusal(status: number): GudegError {
    return new GudegError(
      'GUDEG_ERR_HUB_STACK',
      `The system refuses a stack for another green thread (libuv error ${status}) while ${this.liveCount} exist; ` +
        'run fewer at a time with a GreenPool, or raise the limits on threads (ulimit -u) and ' +
        'memory mappings (vm.max_map_count)',
    );
  }
}
