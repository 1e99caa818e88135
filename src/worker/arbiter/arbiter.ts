import { EventEmitter } from 'node:events';
import { relative } from 'node:path';
import { ErrorLog } from '../logs/error-log.ts';
import type { CommandLine } from '../settings/command-line.ts';
import { isWatchable } from '../settings/control-socket-path.ts';
import type { LoadedSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/settings.ts';
import type { Operations } from '../operations/operations.ts';
import { ArbiterHooks } from './arbiter-hooks.ts';
import { describeAddress } from './bound-listeners.ts';
import { Crew, type Halt, type ReplaceOutcome } from './crew.ts';
import { Generations } from './generations.ts';
import { takeOrigin } from './origin.ts';
import { reapOrphans } from './orphan-reaper.ts';
import { Pidfile } from './pidfile.ts';
import { Reloader } from './reloader.ts';
import { obeySignals } from './signals.ts';
import { SourceWatcher } from './source-watcher.ts';
import { Succession } from './succession.ts';
import { notifySystemd } from './systemd.ts';
import { startSuccessor, type AdminInheritance } from './upgrade.ts';

/** Events of an `Arbiter`. */
export interface ArbiterEvents {
  /** All workers serve for the first time. */
  ready: [];
  /** SIGUSR1 or `gudeg ctl reopen`. */
  reopenLogs: [];
  reloading: [];
  reloaded: [outcome: ReplaceOutcome | 'refused'];
  /** The process that SIGUSR2 started is gone, and this one goes on. */
  successorGone: [];
  /** It begins to end. */
  stopping: [];
}

type Phase = 'starting' | 'waiting' | 'serving' | 'draining' | 'quitting' | 'stopped';

/**
 * The parent of the workers: it owns the listening sockets and never runs the app.
 *
 * Theory of operation. The arbiter reacts to signals, to the control socket, and to what its `Crew` tells. It
 * holds one generation, which is what new workers are made of. A reload makes the next one from settings
 * that are read anew, lets the crew replace its workers, and only then closes listeners that are no longer
 * wanted; when the new code or the new settings are no good, nothing has changed.
 */
export class Arbiter extends EventEmitter<ArbiterEvents> {
  /** Where it was started; relative paths of settings mean something there. */
  readonly folder: string;
  readonly startedAt: Date = new Date();
  readonly hooks: ArbiterHooks = new ArbiterHooks(this);
  readonly log: ErrorLog;
  readonly #generations: Generations;
  readonly #crew: Crew;
  readonly #succession: Succession;
  readonly #reloader: Reloader;
  readonly #pidfile: Pidfile | null;
  #operations: Operations | null = null;
  #sources: SourceWatcher | null = null;
  #phase: Phase = 'starting';
  #starts = 0;
  #finish: (exitCode: number) => void = () => undefined;

  private constructor(
    folder: string,
    generations: Generations,
    log: ErrorLog,
    succession: Succession,
  ) {
    super();
    this.folder = folder;
    this.#generations = generations;
    this.log = log;
    this.#succession = succession;
    const { pidfile } = this.settings;
    const suffix = succession.hasPredecessor ? '.2' : '';
    this.#pidfile = pidfile === null ? null : Pidfile.create(pidfile + suffix);
    this.#crew = new Crew(generations.current, log);
    this.#reloader = new Reloader(this, generations, () => this.#operate(null));
  }

  /**
   * Reads nothing but what it is given, opens log and sockets, and writes the pidfile.
   * @throws a system error of a listener, GUDEG_ERR_PIDFILE, GUDEG_ERR_USER
   */
  static async create(commandLine: CommandLine, loaded: LoadedSettings): Promise<Arbiter> {
    const origin = takeOrigin();
    const { predecessor, admin } = origin.inheritance;
    const { umask } = loaded.settings;
    if (umask !== null) process.umask(parseInt(umask, 8));
    const log = new ErrorLog(loaded.settings);
    const folder = process.cwd();
    const generations = await Generations.open(commandLine, loaded, origin, folder);
    let arbiter: Arbiter | null = null;
    try {
      arbiter = new Arbiter(folder, generations, log, new Succession(predecessor));
      await arbiter.#operate(admin);
      return arbiter;
    } catch (error) {
      generations.unbind(predecessor !== null);
      if (arbiter !== null) arbiter.#pidfile?.remove();
      throw error;
    }
  }

  get settings(): Settings {
    return this.#generations.current.settings;
  }

  get target(): string {
    return this.#generations.current.target;
  }

  get crew(): Crew {
    return this.#crew;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get revision(): number {
    return this.#generations.revision;
  }

  get pid(): number {
    return process.pid;
  }

  /** Where it listens, in words. */
  get addresses(): string[] {
    const isTls = this.settings.certfile !== null;
    const { listeners } = this.#generations.current;
    return listeners.map(({ listener }) => describeAddress(listener.address, isTls));
  }

  /** Serves until it is told to stop; the exit code of the process. */
  async run(): Promise<number> {
    const finished = new Promise<number>((resolve) => (this.#finish = resolve));
    const { settings, target } = this;
    process.title = `gudeg: arbiter [${settings.procName ?? target}]`;
    obeySignals(this);
    notifySystemd(this, process.env);
    this.hooks.followCrew();
    reapOrphans(() => this.#children());
    this.#succession.awaitInheritance(() => {
      this.#promote();
    });
    this.#watchCrew();
    await this.hooks.call(settings.nworkersChanged, settings.workers, null);
    await this.hooks.call(settings.onStarting);
    if (settings.reload) await this.#watchSources();
    this.#startCrew();
    const exitCode = await finished;
    await this.#operations?.close();
    await this.#sources?.close();
    await this.hooks.call(this.settings.onExit);
    this.log.info('stopped');
    this.log.flush();
    return exitCode;
  }

  /** SIGHUP: reads the settings anew and replaces the workers one by one. Resolves when that is done or refused. */
  reload(): Promise<void> {
    return this.#reloader.request();
  }

  /** SIGTERM: stops when the running requests are answered. */
  async stop(): Promise<void> {
    if (!['starting', 'waiting', 'serving'].includes(this.#phase)) return;
    const isStarting = this.#phase !== 'serving';
    this.#phase = 'draining';
    this.emit('stopping');
    const { drainDelay } = this.settings;
    if (drainDelay > 0 && !isStarting) {
      this.log.info(`stopping in ${drainDelay} s, until then it still serves`);
      // SIGINT ends it before that.
      await new Promise((resolve) => setTimeout(resolve, drainDelay * 1000).unref());
      // A second signal came meanwhile.
      if (this.#isQuitting()) return;
    }
    this.log.info('stopping, when the running requests are answered');
    // Somebody who serves the same sockets takes over idle connections.
    const isFollowed = this.#succession.isShared;
    this.#unbindAll(isFollowed);
    if (isFollowed) this.#operations?.yieldAdmin();
    await this.#crew.stop('drain', isFollowed);
    this.#end(0);
  }

  /** SIGINT, SIGQUIT: stops at once. The second time without asking the workers. */
  async quit(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    if (this.#phase === 'quitting') {
      this.#crew.killAll('the arbiter was told twice to stop at once');
      this.#end(signal === 'SIGINT' ? 130 : 131);
      return;
    }
    if (this.#phase === 'stopped') return;
    const wasDraining = this.#phase === 'draining';
    this.#phase = 'quitting';
    this.log.info(`${signal}, stopping at once`);
    if (!wasDraining) this.emit('stopping');
    this.#unbindAll(this.#succession.isShared);
    await this.#crew.stop('quit', false);
    this.#end(0);
  }

  /** SIGTTIN, SIGTTOU, `gudeg ctl scale`. */
  resize(workers: number): void {
    this.#crew.resize(workers);
  }

  /** SIGUSR1. */
  reopenLogs(): void {
    this.log.reopen();
    this.#crew.reopenLogs();
    this.emit('reopenLogs');
    this.log.info('log files opened anew');
  }

  /** SIGUSR2: starts the command again beside this one, on the same sockets. */
  async upgrade(): Promise<void> {
    if (this.#phase !== 'serving') return;
    const { obstacle } = this.#succession;
    if (obstacle !== null) {
      this.log.warning(`SIGUSR2 ignored: ${obstacle}`);
      return;
    }
    await this.hooks.call(this.settings.preExec);
    startSuccessor(this, this.#generations, this.#succession, this.#operations?.admin ?? null);
  }

  #startCrew(): void {
    const start = ++this.#starts;
    void this.#crew.start().then(async () => {
      // The app may have changed meanwhile, and another crew boots.
      if (start === this.#starts) await this.#onAllReady();
    });
  }

  async #watchSources(): Promise<void> {
    this.#sources = await SourceWatcher.start(this.#generations.current, this.folder, (files) => {
      const names = files.map((file) => relative(this.folder, file));
      this.log.info(`changed: ${names.join(', ')}`);
      // What boots now may have been loaded before the change.
      if (this.#phase === 'waiting' || this.#phase === 'starting') {
        this.#phase = 'starting';
        this.#startCrew();
      } else void this.reload();
    });
  }

  #watchCrew(): void {
    this.#crew.on('halt', (halt) => {
      void this.#halt(halt);
    });
    this.#crew.on('resize', (now, before) => {
      this.log.info(`${now} workers are wanted instead of ${before}`);
    });
  }

  async #onAllReady(): Promise<void> {
    if (this.#phase !== 'starting') return;
    this.#phase = 'serving';
    for (const address of this.addresses) {
      this.log.info(`${this.target} on ${address} (pid ${process.pid})`, { address });
    }
    this.emit('ready');
    await this.hooks.call(this.settings.whenReady);
  }

  async #halt({ exitCode, message }: Halt): Promise<void> {
    if (this.#phase === 'stopped' || this.#phase === 'quitting') return;
    if (this.#sources !== null) {
      // Who develops mends the app, and needs no new start.
      if (this.#phase !== 'waiting') this.log.error('waiting for the app to change');
      this.#phase = 'waiting';
      return;
    }
    this.#phase = 'quitting';
    this.log.critical(message);
    this.#unbindAll(this.#succession.livingPredecessor !== null);
    await this.#crew.stop('quit', false);
    this.#end(exitCode);
  }

  /** Opens and closes what the settings say of watching and commanding; where they say nothing, nothing is loaded. */
  async #operate(inherited: AdminInheritance | null): Promise<void> {
    if (this.#operations === null && isWatchable(this.settings)) {
      const { Operations: Loaded } = await import('../operations/operations.ts');
      this.#operations = new Loaded(this, inherited, this.#succession.hasPredecessor);
    }
    await this.#operations?.follow();
  }

  /** Processes whose status libuv waits for. */
  #children(): number[] {
    const workers = this.#crew.workers.map(({ pid }) => pid);
    const { successor } = this.#succession;
    return successor === null ? workers : [...workers, successor];
  }

  #promote(): void {
    this.#operations?.promote();
    if (this.#pidfile !== null && this.settings.pidfile !== null) {
      this.#pidfile.rename(this.settings.pidfile);
    }
    // Whoever reads this finds it done.
    this.log.info('the predecessor is gone: this arbiter takes its place');
  }

  #isQuitting(): boolean {
    return this.#phase === 'quitting' || this.#phase === 'stopped';
  }

  #unbindAll(isFollowed: boolean): void {
    this.#generations.unbind(isFollowed);
    this.#pidfile?.remove();
  }

  #end(exitCode: number): void {
    this.#phase = 'stopped';
    this.#finish(exitCode);
  }
}
