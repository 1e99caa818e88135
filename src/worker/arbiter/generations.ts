import type { CommandLine } from '../settings/command-line.ts';
import { loadSettings, type LoadedSettings } from '../settings/load-settings.ts';
import { bindListeners, unbind, type BoundListener } from './bound-listeners.ts';
import type { Generation } from './generation.ts';
import { withBinds, type Origin } from './origin.ts';
import { workerEnvironment } from './worker-environment.ts';

/**
 * What workers are made of: now, and before the reload that is under way.
 *
 * A reload is a transaction on settings, environment and listening sockets: `begin()` reads and opens what is wanted now,
 * beside what there is; `commit()` closes what is wanted no more, `rollBack()` what `begin()` has opened.
 */
export class Generations {
  readonly #commandLine: CommandLine;
  readonly #folder: string;
  readonly #fixedBinds: Origin['fixedBinds'];
  #current: Generation;
  #before: Generation | null = null;
  #attempts = 0;

  private constructor(
    commandLine: CommandLine,
    folder: string,
    fixedBinds: Origin['fixedBinds'],
    first: Generation,
  ) {
    this.#commandLine = commandLine;
    this.#folder = folder;
    this.#fixedBinds = fixedBinds;
    this.#current = first;
  }

  /**
   * The first one, with its sockets.
   * @param folder where relative paths mean something
   * @throws a system error of a listener
   */
  static async open(
    commandLine: CommandLine,
    loaded: LoadedSettings,
    { fixedBinds, inheritance }: Origin,
    folder: string,
  ): Promise<Generations> {
    const fixed = withBinds(loaded, fixedBinds);
    const listeners = await bindListeners(fixed.settings, [], inheritance.sockets);
    const first = generation(fixed, 0, listeners);
    return new Generations(commandLine, folder, fixedBinds, first);
  }

  get current(): Generation {
    return this.#current;
  }

  /** How often settings were read anew, also in vain. */
  get revision(): number {
    return this.#attempts;
  }

  /** Whether the listening sockets are systemd's, and settings change nothing of them. */
  get areBindsFixed(): boolean {
    return this.#fixedBinds !== null;
  }

  /**
   * Makes the next one current.
   * @throws what is wrong with the new settings; nothing has changed then
   */
  async begin(): Promise<Generation> {
    const before = this.#current;
    this.#attempts++;
    const loaded = withBinds(
      await loadSettings(this.#commandLine, this.#attempts, process.env, this.#folder),
      this.#fixedBinds,
    );
    const listeners = await bindListeners(loaded.settings, before.listeners, new Map());
    this.#before = before;
    this.#current = generation(loaded, this.#attempts, listeners);
    return this.#current;
  }

  /** The next one stays. */
  commit(): void {
    if (this.#before !== null) unbind(without(this.#before, this.#current));
    this.#before = null;
  }

  /** The one before `begin()` is current again. */
  rollBack(): void {
    if (this.#before === null) return;
    unbind(without(this.#current, this.#before));
    this.#current = this.#before;
    this.#before = null;
  }

  /**
   * Closes all listening sockets.
   * @param isFollowed somebody else goes on with them, so files of unix sockets stay
   */
  unbind(isFollowed: boolean): void {
    this.commit();
    unbind(this.#current.listeners, !isFollowed && !this.areBindsFixed);
    this.#current = { ...this.#current, listeners: [] };
  }
}

function generation(
  loaded: LoadedSettings,
  revision: number,
  listeners: readonly BoundListener[],
): Generation {
  return {
    ...loaded,
    revision,
    listeners,
    env: workerEnvironment(loaded.settings),
    isCheck: false,
  };
}

/** Listeners of one that the other does not have. */
function without(one: Generation, other: Generation): BoundListener[] {
  return one.listeners.filter((each) => !other.listeners.includes(each));
}
