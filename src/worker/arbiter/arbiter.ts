import { EventEmitter } from 'node:events';
import { relative } from 'node:path';
import { loadEngine } from '../../core/native/index.ts';
import { ErrorLog } from '../logs/error-log.ts';
import type { CommandLine } from '../settings/command-line.ts';
import { isWatchable } from '../settings/control-socket-path.ts';
import { loadSettings, type LoadedSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/settings.ts';
import type { Operations } from '../operations/operations.ts';
import { bindListeners, describeAddress, unbind, type BoundListener } from './bound-listeners.ts';
import { Crew, type Halt, type ReplaceOutcome } from './crew.ts';
import type { Generation } from './generation.ts';
import { takeOrigin, withBinds, type Origin } from './origin.ts';
import { Pidfile } from './pidfile.ts';
import { onSignals, type ArbiterSignal } from './signals.ts';
import { SourceWatcher } from './source-watcher.ts';
import { Succession } from './succession.ts';
import { SystemdNotifier } from './systemd.ts';
import { startSuccessor, type AdminInheritance } from './upgrade.ts';
import { tickMs } from './tick-ms.ts';
import { workerEnvironment } from './worker-environment.ts';

/** Events of an `Arbiter`. */
export interface ArbiterEvents {
  /** All workers serve for the first time. */
  ready: [];
  /** SIGUSR1 or `gudeg ctl reopen`. */
  reopenLogs: [];
  reloaded: [outcome: ReplaceOutcome | 'refused'];
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
  readonly #commandLine: CommandLine;
  /** Where it was started; relative paths of settings mean something there. */
  readonly folder: string = process.cwd();
  readonly #systemd = new SystemdNotifier(process.env);
  readonly #fixedBinds: readonly string[] | null;
  readonly #crew: Crew;
  #log: ErrorLog;
  #env: NodeJS.ProcessEnv;
  #loaded: LoadedSettings;
  #listeners: readonly BoundListener[];
  #revision = 0;
  #pidfile: Pidfile | null;
  readonly #succession: Succession;
  #operations: Operations | null = null;
  #phase: Phase = 'starting';
  #reloading: Promise<void> | null = null;
  #reloadAgain = false;
  #tick: NodeJS.Timeout | undefined;
  #sources: SourceWatcher | null = null;
  #finish: (exitCode: number) => void = () => undefined;
  readonly startedAt: Date = new Date();

  private constructor(
    commandLine: CommandLine,
    loaded: LoadedSettings,
    log: ErrorLog,
    listeners: readonly BoundListener[],
    origin: Origin,
  ) {
    super();
    this.#commandLine = commandLine;
    this.#loaded = loaded;
    this.#log = log;
    this.#listeners = listeners;
    this.#fixedBinds = origin.fixedBinds;
    this.#succession = new Succession(origin.inheritance.predecessor);
    this.#env = workerEnvironment(loaded.settings);
    const { pidfile } = loaded.settings;
    this.#pidfile =
      pidfile === null
        ? null
        : Pidfile.create(this.#succession.hasPredecessor ? `${pidfile}.2` : pidfile);
    this.#crew = new Crew(this.#generation(), log);
  }

  /**
   * Reads nothing but what it is given, opens log and sockets, and writes the pidfile.
   * @throws a system error of a listener, GUDEG_ERR_PIDFILE, GUDEG_ERR_USER
   */
  static async create(commandLine: CommandLine, loaded: LoadedSettings): Promise<Arbiter> {
    const origin = takeOrigin();
    const fixed = withBinds(loaded, origin.fixedBinds);
    if (fixed.settings.umask !== null) process.umask(parseInt(fixed.settings.umask, 8));
    const log = new ErrorLog(fixed.settings);
    const listeners = await bindListeners(fixed.settings, [], origin.inheritance.sockets);
    let arbiter: Arbiter | null = null;
    try {
      arbiter = new Arbiter(commandLine, fixed, log, listeners, origin);
      await arbiter.#operate(origin.inheritance.admin);
      return arbiter;
    } catch (error) {
      unbind(listeners, origin.inheritance.predecessor === null);
      if (arbiter !== null) arbiter.#pidfile?.remove();
      throw error;
    }
  }

  get settings(): Settings {
    return this.#loaded.settings;
  }

  get target(): string {
    return this.#loaded.target;
  }

  get log(): ErrorLog {
    return this.#log;
  }

  get crew(): Crew {
    return this.#crew;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get revision(): number {
    return this.#revision;
  }

  get pid(): number {
    return process.pid;
  }

  /** Where it listens, in words. */
  get addresses(): string[] {
    const isTls = this.settings.certfile !== null;
    return this.#listeners.map(({ listener }) => describeAddress(listener.address, isTls));
  }

  /** Serves until it is told to stop; the exit code of the process. */
  async run(): Promise<number> {
    const finished = new Promise<number>((resolve) => (this.#finish = resolve));
    const { settings, target } = this;
    process.title = `gudeg: arbiter [${settings.procName ?? target}]`;
    onSignals((signal) => {
      this.#onSignal(signal);
    });
    this.#watchCrew();
    await this.#hook(settings.nworkersChanged, settings.workers, null);
    await this.#hook(settings.onStarting);
    this.#startTicking();
    if (settings.reload) await this.#watchSources();
    this.#startCrew();
    const exitCode = await finished;
    clearTimeout(this.#tick);
    await this.#operations?.close();
    await this.#sources?.close();
    await this.#hook(this.settings.onExit);
    this.#log.info('stopped');
    this.#log.flush();
    return exitCode;
  }

  /** SIGHUP: reads the settings anew and replaces the workers one by one. Resolves when that is done or refused. */
  reload(): Promise<void> {
    if (this.#reloading !== null) {
      this.#reloadAgain = true;
      return this.#reloading;
    }
    this.#reloading = this.#reloadAll().finally(() => {
      this.#reloading = null;
    });
    return this.#reloading;
  }

  /** SIGTERM: stops when the running requests are answered. */
  async stop(): Promise<void> {
    if (!['starting', 'waiting', 'serving'].includes(this.#phase)) return;
    const isStarting = this.#phase !== 'serving';
    this.#phase = 'draining';
    this.#systemd.notify('STOPPING=1');
    this.emit('stopping');
    const { drainDelay } = this.settings;
    if (drainDelay > 0 && !isStarting) {
      this.#log.info(`stopping in ${drainDelay} s, until then it still serves`);
      // SIGINT ends it before that.
      await new Promise((resolve) => setTimeout(resolve, drainDelay * 1000).unref());
      // A second signal came meanwhile.
      if (this.#isQuitting()) return;
    }
    this.#log.info('stopping, when the running requests are answered');
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
    this.#log.info(`${signal}, stopping at once`);
    this.emit('stopping');
    if (!wasDraining) this.#systemd.notify('STOPPING=1');
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
    this.#log.reopen();
    this.#crew.reopenLogs();
    this.emit('reopenLogs');
    this.#log.info('log files opened anew');
  }

  /** SIGUSR2: starts the command again beside this one, on the same sockets. */
  async upgrade(): Promise<void> {
    if (this.#phase !== 'serving') return;
    const { obstacle } = this.#succession;
    if (obstacle !== null) {
      this.#log.warning(`SIGUSR2 ignored: ${obstacle}`);
      return;
    }
    await this.#hook(this.settings.preExec);
    const areFixed = this.#fixedBinds !== null;
    const admin = this.#operations?.admin ?? null;
    const child = startSuccessor(this.#listeners, areFixed, admin, process.env, this.folder);
    const pid = child.pid ?? 0;
    this.#succession.begin(child, (how) => {
      if (how instanceof Error) {
        this.#log.error(`the successor cannot be started: ${how.message}`);
      } else if (this.#phase === 'serving') {
        this.#log.warning(`the successor (pid:${pid}) is gone (${how}); going on`);
        this.#systemd.notify(`MAINPID=${process.pid}`);
      }
    });
    this.#log.info(`started the successor (pid:${pid})`);
  }

  #onSignal(signal: ArbiterSignal): void {
    this.#log.debug(`got ${signal}`);
    switch (signal) {
      case 'SIGHUP':
        void this.reload();
        break;
      case 'SIGINT':
      case 'SIGQUIT':
        void this.quit(signal);
        break;
      case 'SIGTERM':
        void this.stop();
        break;
      case 'SIGTTIN':
        this.resize(this.#crew.wanted + 1);
        break;
      case 'SIGTTOU':
        this.resize(this.#crew.wanted - 1);
        break;
      case 'SIGUSR1':
        this.reopenLogs();
        break;
      case 'SIGUSR2':
        void this.upgrade();
        break;
      case 'SIGWINCH':
        this.#log.debug('SIGWINCH is for daemons only: ignored');
        break;
    }
  }

  #startCrew(): void {
    void this.#crew.start().then(() => this.#onAllReady());
  }

  async #watchSources(): Promise<void> {
    this.#sources = await SourceWatcher.start(this.#loaded, this.folder, (files) => {
      const names = files.map((file) => relative(this.folder, file));
      this.#log.info(`changed: ${names.join(', ')}`);
      if (this.#phase === 'waiting') {
        this.#phase = 'starting';
        this.#startCrew();
      } else void this.reload();
    });
  }

  #watchCrew(): void {
    this.#crew.on('spawn', (worker) => {
      void this.#hook(this.settings.preFork, worker);
    });
    this.#crew.on('exit', (worker) => {
      void this.#hook(this.settings.childExit, worker);
    });
    this.#crew.on('halt', (halt) => {
      void this.#halt(halt);
    });
    this.#crew.on('resize', (now, before) => {
      this.#log.info(`${now} workers are wanted instead of ${before}`);
      void this.#hook(this.settings.nworkersChanged, now, before);
    });
  }

  async #onAllReady(): Promise<void> {
    if (this.#phase !== 'starting') return;
    this.#phase = 'serving';
    for (const address of this.addresses) {
      this.#log.info(`${this.target} on ${address} (pid ${process.pid})`, { address });
    }
    this.#systemd.ready();
    await this.#hook(this.settings.whenReady);
    this.emit('ready');
  }

  async #halt({ exitCode, message }: Halt): Promise<void> {
    if (this.#phase === 'stopped' || this.#phase === 'quitting') return;
    if (this.#sources !== null) {
      // Who develops mends the app, and needs no new start.
      if (this.#phase !== 'waiting') this.#log.error('waiting for the app to change');
      this.#phase = 'waiting';
      return;
    }
    this.#phase = 'quitting';
    this.#log.critical(message);
    this.#unbindAll(this.#succession.livingPredecessor !== null);
    await this.#crew.stop('quit', false);
    this.#end(exitCode);
  }

  async #reloadAll(): Promise<void> {
    do {
      this.#reloadAgain = false;
      if (this.#phase !== 'serving') return;
      this.#systemd.reloading();
      const outcome = await this.#reloadOnce();
      this.#systemd.notify('READY=1');
      this.emit('reloaded', outcome);
    } while (this.#reloadAgain);
  }

  async #reloadOnce(): Promise<ReplaceOutcome | 'refused'> {
    const before = { loaded: this.#loaded, listeners: this.#listeners, env: this.#env };
    this.#revision++;
    this.#log.info('reloading');
    let next: Generation;
    try {
      const loaded = await loadSettings(
        this.#commandLine,
        this.#revision,
        process.env,
        this.folder,
      );
      this.#loaded = withBinds(loaded, this.#fixedBinds);
      this.#env = workerEnvironment(this.settings);
      this.#listeners = await bindListeners(this.settings, before.listeners, new Map());
      next = this.#generation();
      await this.#hook(this.settings.onReload);
    } catch (error) {
      this.#restore(before);
      this.#log.error(`not reloaded, everything goes on as before: ${(error as Error).message}`);
      return 'refused';
    }
    this.#reopenAs(this.settings);
    const outcome = await this.#crew.replaceAll(next);
    if (outcome === 'rolled back') {
      unbind(this.#listeners.filter((each) => !before.listeners.includes(each)));
      this.#restore(before);
      this.#log.error('not reloaded: the new workers cannot boot; everything goes on as before');
      return outcome;
    }
    unbind(before.listeners.filter((each) => !this.#listeners.includes(each)));
    await this.#operate(null).catch((error: unknown) => {
      this.#log.error((error as Error).message);
    });
    this.#log.info(outcome === 'done' ? 'reloaded' : 'only some workers could be replaced');
    return outcome;
  }

  #restore(before: {
    loaded: LoadedSettings;
    listeners: readonly BoundListener[];
    env: NodeJS.ProcessEnv;
  }): void {
    this.#loaded = before.loaded;
    this.#listeners = before.listeners;
    this.#env = before.env;
  }

  /** Where, how and how much to log may have changed. A file that cannot be opened leaves the old log. */
  #reopenAs(settings: Settings): void {
    this.#crew.reopenLogs();
    this.emit('reopenLogs');
    try {
      const log = new ErrorLog(settings);
      this.#log.flush();
      this.#log = log;
      this.#crew.log = log;
    } catch (error) {
      this.#log.error(`the log stays as it was: ${(error as Error).message}`);
    }
  }

  #generation(): Generation {
    return {
      ...this.#loaded,
      revision: this.#revision,
      listeners: this.#listeners,
      env: this.#env,
      isCheck: false,
    };
  }

  /** Opens and closes what the settings say of watching and commanding; where they say nothing, nothing is loaded. */
  async #operate(inherited: AdminInheritance | null): Promise<void> {
    if (this.#operations === null && isWatchable(this.settings)) {
      const { Operations: Loaded } = await import('../operations/operations.ts');
      this.#operations = new Loaded(this, inherited, this.#succession.hasPredecessor);
    }
    await this.#operations?.follow();
  }

  #startTicking(): void {
    this.#tick = setTimeout(() => {
      this.#onTick();
      this.#startTicking();
    }, tickMs(this.settings));
  }

  #onTick(): void {
    this.#crew.tick();
    if (process.pid === 1) this.#reapOrphans();
    if (this.#succession.inherits()) this.#promote();
  }

  /** As the first process of a container it inherits everybody's children. */
  #reapOrphans(): void {
    const known = this.#crew.workers.map(({ pid }) => pid);
    const { successor } = this.#succession;
    if (successor !== null) known.push(successor);
    loadEngine().reapOrphans(known);
  }

  #promote(): void {
    this.#log.info('the predecessor is gone: this arbiter takes its place');
    this.#operations?.promote();
    if (this.#pidfile !== null && this.settings.pidfile !== null) {
      this.#pidfile.rename(this.settings.pidfile);
    }
  }

  #isQuitting(): boolean {
    return this.#phase === 'quitting' || this.#phase === 'stopped';
  }

  #unbindAll(isFollowed: boolean): void {
    const removesFiles = !isFollowed && this.#fixedBinds === null;
    unbind(this.#listeners, removesFiles);
    this.#listeners = [];
    this.#pidfile?.remove();
  }

  #end(exitCode: number): void {
    this.#phase = 'stopped';
    this.#finish(exitCode);
  }

  /** A hook that fails in the arbiter is reported, and changes nothing. */
  async #hook(hook: Settings['onStarting'], ...args: unknown[]): Promise<void> {
    if (hook === null) return;
    try {
      await (hook as (...given: unknown[]) => unknown)(this, ...args);
    } catch (error) {
      this.#log.error('a hook of the configuration failed', {
        stack: (error as Error).stack ?? '',
      });
    }
  }
}
