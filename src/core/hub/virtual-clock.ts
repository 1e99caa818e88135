import { invalidArgType } from '../errors.ts';
import type { Clock } from './clock.ts';
import { setImmediate } from './host-timers.ts';
import { hub } from './hub.ts';

/**
 * A clock for tests: time stands still until it is moved, and what is due then happens at once.
 *
 * @example
 * using clock = new VirtualClock();
 * const thread = spawn(() => { sleep(3600); return 'done'; });
 * await clock.advance(3600);
 */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #wakeAtMs = Infinity;
  #callback: (() => void) | undefined;
  #replaced: Clock | undefined;
  #isJumping = false;

  /** @param options `autojump`: when nothing can run, go to the next deadline by itself; default false */
  constructor(options: { autojump?: boolean } = {}) {
    this.#replaced = hub.useClock(this);
    if (options.autojump) this.#startJumping();
  }

  /** Seconds of virtual time. */
  now(): number {
    return this.#nowMs;
  }

  /** For the hub. */
  wakeAt(atMs: number, callback: () => void): void {
    this.#wakeAtMs = atMs;
    this.#callback = callback;
  }

  /** For the hub. */
  cancel(): void {
    this.#wakeAtMs = Infinity;
    this.#callback = undefined;
  }

  /**
   * Moves time on by `seconds`, from deadline to deadline: what one of them starts runs before the
   * next is due. Resolves when nothing can run any more.
   */
  async advance(seconds: number): Promise<void> {
    if (typeof seconds !== 'number' || !(seconds >= 0)) {
      throw invalidArgType('seconds', 'a number, at least 0', seconds);
    }
    const targetMs = this.#nowMs + seconds * 1000;
    await settle();
    while (this.#wakeAtMs <= targetMs) {
      this.#jump();
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, targetMs);
  }

  /** Gives the hub its former clock back. Deadlines that are armed keep the time they have left. */
  restore(): void {
    this.#isJumping = false;
    if (this.#replaced !== undefined) hub.useClock(this.#replaced);
    this.#replaced = undefined;
  }

  /** Puts the real clock back. */
  [Symbol.dispose](): void {
    this.restore();
  }

  #jump(): void {
    const callback = this.#callback;
    this.#nowMs = Math.max(this.#nowMs, this.#wakeAtMs);
    this.cancel();
    callback?.();
  }

  #startJumping(): void {
    this.#isJumping = true;
    const look = async (): Promise<void> => {
      while (this.#isJumping) {
        await settle();
        if (!this.#isJumping) return;
        if (this.#wakeAtMs < Infinity) this.#jump();
        else if (hub.unfinished === 0) await pause();
        else await pause();
      }
    };
    void look();
  }
}

/** Resolves when the hub has nothing to run, and promises have been given the chance to change that. */
async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet++) {
    await pause();
    if (hub.runnable > 0) quiet = -1;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
