import type { Settings } from '../settings/settings.ts';
import type { Arbiter } from './arbiter.ts';

/** Calls the hooks of the configuration that run in the arbiter. One that fails is reported, and changes nothing. */
export class ArbiterHooks {
  readonly #arbiter: Arbiter;

  constructor(arbiter: Arbiter) {
    this.#arbiter = arbiter;
  }

  /** Calls those that concern workers whenever it is their time. */
  followCrew(): void {
    const { crew } = this.#arbiter;
    crew.on('spawn', (worker) => {
      void this.call(this.#arbiter.settings.preFork, worker);
    });
    crew.on('exit', (worker) => {
      void this.call(this.#arbiter.settings.childExit, worker);
    });
    crew.on('resize', (now, before) => {
      void this.call(this.#arbiter.settings.nworkersChanged, now, before);
    });
  }

  /** Calls one, with the arbiter and `args`. */
  async call(hook: Settings['onStarting'], ...args: readonly unknown[]): Promise<void> {
    if (hook === null) return;
    try {
      await (hook as (...given: unknown[]) => unknown)(this.#arbiter, ...args);
    } catch (error) {
      this.#arbiter.log.error('a hook of the configuration failed', {
        stack: (error as Error).stack ?? '',
      });
    }
  }
}
