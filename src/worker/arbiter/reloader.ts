import type { Arbiter } from './arbiter.ts';
import type { ReplaceOutcome } from './crew.ts';
import type { Generation } from './generation.ts';
import type { Generations } from './generations.ts';

/**
 * Reloads an arbiter: reads its settings anew and replaces its workers, one by one. Reloads come one after the other;
 * whoever asks while one runs has it run once more, however many they are.
 */
export class Reloader {
  readonly #arbiter: Arbiter;
  readonly #generations: Generations;
  readonly #operate: () => Promise<void>;
  #running: Promise<void> | null = null;
  #isWantedAgain = false;

  /** @param operate opens and closes what the new settings say of watching and commanding */
  constructor(arbiter: Arbiter, generations: Generations, operate: () => Promise<void>) {
    this.#arbiter = arbiter;
    this.#generations = generations;
    this.#operate = operate;
  }

  /** Resolves when that is done or refused. */
  request(): Promise<void> {
    if (this.#running !== null) {
      this.#isWantedAgain = true;
      return this.#running;
    }
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    do {
      this.#isWantedAgain = false;
      if (this.#arbiter.phase !== 'serving') return;
      this.#arbiter.emit('reloading');
      this.#arbiter.emit('reloaded', await this.#reload());
    } while (this.#isWantedAgain);
  }

  async #reload(): Promise<ReplaceOutcome | 'refused'> {
    const { log, crew, hooks } = this.#arbiter;
    log.info('reloading');
    let next: Generation;
    try {
      next = await this.#generations.begin();
    } catch (error) {
      log.error(`not reloaded, everything goes on as before: ${(error as Error).message}`);
      return 'refused';
    }
    await hooks.call(next.settings.onReload);
    crew.reopenLogs();
    try {
      log.adopt(next.settings);
    } catch (error) {
      log.error(`the log stays as it was: ${(error as Error).message}`);
    }
    const outcome = await crew.replaceAll(next);
    if (outcome === 'rolled back') {
      this.#generations.rollBack();
      log.error('not reloaded: the new workers cannot boot; everything goes on as before');
      return outcome;
    }
    this.#generations.commit();
    try {
      await this.#operate();
    } catch (error) {
      log.error((error as Error).message);
    }
    log.info(outcome === 'done' ? 'reloaded' : 'only some workers could be replaced');
    return outcome;
  }
}
