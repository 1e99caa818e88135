import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorLog } from '../logs/error-log.ts';
import type { ProcessExit } from './exit-reason.ts';
import { DeadlineWatch } from './deadline-watch.ts';
import { endOverdue } from './end-overdue.ts';
import { exitReport, type ExitReport } from './exit-report.ts';
import type { Generation } from './generation.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { Roster } from './roster.ts';
import { stackText } from './stack-text.ts';
import type { RecycleLabel, WorkerHandle } from './worker-handle.ts';

/** Boots in a row that may fail before the arbiter gives up, where nobody serves. */
const MAX_BOOT_FAILURES = 5;

/** Why the arbiter gives up. */
export interface Halt {
  /** gunicorn's: 3 = a worker failed to boot, 4 = the app failed to load. */
  readonly exitCode: number;
  readonly message: string;
}

/** Events of a `Crew`. */
export interface CrewEvents {
  spawn: [worker: WorkerHandle];
  /** A worker is gone. */
  exit: [worker: WorkerHandle, report: ExitReport];
  /** No worker can boot. */
  halt: [halt: Halt];
  resize: [now: number, before: number];
}

/** How a replacement of all workers ended. */
export type ReplaceOutcome = 'done' | 'rolled back' | 'given up';

/**
 * The workers. It keeps as many as are wanted, and replaces them one by one.
 *
 * Theory of operation. A spare boots to take a member's place, becomes a member when it serves, and only then its
 * predecessor is drained. So there are never fewer than the wanted number that serve, and a spare that cannot boot
 * changes nothing. `#fill()` is called after every change and makes the number of members what it should be.
 */
export class Crew extends EventEmitter<CrewEvents> {
  readonly #log: ErrorLog;
  readonly #roster = new Roster();
  readonly #backoff = new RestartBackoff();
  readonly #deadlines = new DeadlineWatch(
    () => this.workers,
    (worker, missing) => {
      endOverdue(worker, missing, this.#log);
    },
  );
  #generation: Generation;
  #wanted: number;
  #hasServed = false;
  #isStopping = false;
  #recycling: Promise<void> = Promise.resolve();
  #fillTimer: NodeJS.Timeout | undefined;

  constructor(generation: Generation, log: ErrorLog) {
    super();
    this.#generation = generation;
    this.#wanted = generation.settings.workers;
    this.#log = log;
  }

  /** All processes that live, oldest first, also those that end. */
  get workers(): readonly WorkerHandle[] {
    return this.#roster.workers;
  }

  /** How many there should be. */
  get wanted(): number {
    return this.#wanted;
  }

  /** What the next worker will be made of. */
  get generation(): Generation {
    return this.#generation;
  }

  /** Workers that serve. */
  get readyCount(): number {
    return this.#roster.readyCount;
  }

  /**
   * Begins to keep the wanted number of workers. Resolves once so many serve. Called again, it begins anew: workers
   * of before, which may have loaded another state of the app's files, end, and how they end does not count.
   */
  async start(): Promise<void> {
    for (const worker of this.#roster.members) worker.drain(false);
    this.#backoff.forget();
    this.#hasServed = false;
    this.#fill();
    await Promise.all(this.#roster.members.map((worker) => worker.settled));
  }

  /** Wants another number of workers; at least one. */
  resize(wanted: number): void {
    const before = this.#wanted;
    this.#wanted = Math.max(1, wanted);
    if (this.#wanted === before) return;
    this.emit('resize', this.#wanted, before);
    this.#fill();
  }

  /** Replaces all workers by those of a new generation, one by one. When its first worker cannot boot, everything stays as it was. */
  async replaceAll(next: Generation): Promise<ReplaceOutcome> {
    const isNew = (worker: WorkerHandle): boolean => worker.generation === next;
    let failures = 0;
    for (;;) {
      const members = this.#roster.members;
      const newCount = members.filter(isNew).length;
      const wanted = newCount === 0 ? next.settings.workers : this.#wanted;
      if (newCount >= wanted || this.#isStopping) break;
      const predecessor = members.find((worker) => !isNew(worker));
      const spare = this.#follow(this.#roster.addSpare(next, predecessor?.place));
      if (await spare.settled) {
        failures = 0;
        if (newCount === 0) {
          // Whoever dies from now on is replaced by a new one.
          this.#generation = next;
          this.#adoptSize(next.settings.workers);
        }
        const old = this.#roster.members.filter((worker) => !isNew(worker));
        this.#promote(spare, old.find(({ place }) => place === spare.place) ?? old[0]);
      } else {
        if (newCount === 0) return 'rolled back';
        failures++;
        if (failures === MAX_BOOT_FAILURES) return 'given up';
        await delay(this.#backoff.delayMs(performance.now()));
      }
    }
    for (const worker of this.#roster.members) if (!isNew(worker)) worker.drain(true);
    return 'done';
  }

  /** Ends all workers: after what they have to answer, or at once. Resolves when all are gone. */
  async stop(how: 'drain' | 'quit', handOn: boolean): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#fillTimer);
    for (const worker of this.workers) {
      if (how === 'drain') worker.drain(handOn);
      else worker.quit();
    }
    await this.#roster.allGone();
    this.#deadlines.stop();
  }

  /** Ends all workers without asking them. */
  killAll(reason: string): void {
    this.#isStopping = true;
    for (const worker of this.workers) worker.kill('SIGKILL', reason, 'killed');
  }

  reopenLogs(): void {
    for (const worker of this.workers) worker.reopenLogs();
  }

  #fill(): void {
    if (this.#isStopping) return;
    clearTimeout(this.#fillTimer);
    const members = this.#roster.members;
    for (let count = members.length; count < this.#wanted; count++) {
      const waitMs = this.#backoff.delayMs(performance.now());
      if (waitMs > 0) {
        this.#fillTimer = setTimeout(() => {
          this.#fill();
        }, waitMs + 1);
        return;
      }
      this.#follow(this.#roster.add(this.#generation));
    }
    for (const oldest of members.slice(0, Math.max(0, members.length - this.#wanted))) {
      oldest.drain(true);
    }
  }

  #follow(worker: WorkerHandle): WorkerHandle {
    worker.on('ready', () => {
      if (worker.state === 'ready') this.#hasServed = true;
    });
    worker.on('exit', (exit) => {
      this.#onExit(worker, exit);
    });
    worker.on('deadline', () => {
      this.#deadlines.look();
    });
    worker.on('recycle', (reason, label) => {
      void this.recycle(worker, reason, label);
    });
    worker.on('leaving', () => {
      worker.drain(!this.#isStopping);
      this.#fill();
    });
    worker.on('blocked', ({ blockedMs, stack }) => {
      const where = stack[0] ?? 'native code';
      this.#log.warning(
        `the event loop of worker (pid:${worker.pid}) has been blocked for ${blockedMs} ms in ${where}`,
        { worker: worker.pid, blockedMs, stack: stackText(stack) },
      );
    });
    this.#deadlines.look();
    this.emit('spawn', worker);
    return worker;
  }

  #promote(spare: WorkerHandle, predecessor: WorkerHandle | undefined): void {
    spare.isSpare = false;
    predecessor?.drain(true);
    this.#fill();
  }

  /** As HUP and a configuration say it, without an event of its own for what did not change. */
  #adoptSize(workers: number): void {
    if (workers === this.#wanted) return;
    const before = this.#wanted;
    this.#wanted = workers;
    this.emit('resize', workers, before);
  }

  /**
   * Puts a new worker in the place of one that serves. One after the other, so that workers which came
   * together don't go together. Resolves when that is done, or no longer needed.
   */
  recycle(worker: WorkerHandle, reason: string, label: RecycleLabel): Promise<void> {
    this.#recycling = this.#recycling.then(() => this.#recycle(worker, reason, label));
    return this.#recycling;
  }

  async #recycle(worker: WorkerHandle, reason: string, label: RecycleLabel): Promise<void> {
    this.#log.info(`replacing worker (pid:${worker.pid}): ${reason}`, { worker: worker.pid });
    while (worker.state === 'ready' && !worker.isSpare && !this.#isStopping) {
      const spare = this.#follow(this.#roster.addSpare(this.#generation, worker.place));
      if (await spare.settled) {
        worker.recycleLabel = label;
        this.#promote(spare, worker);
        return;
      }
      await delay(this.#backoff.delayMs(performance.now()));
    }
  }

  #onExit(worker: WorkerHandle, exit: ProcessExit): void {
    const report = exitReport(worker, exit);
    this.#log[report.level](report.message, report.fields);
    this.emit('exit', worker, report);
    if (this.#isStopping) return;
    const now = performance.now();
    if (worker.endedAsTold) {
      this.#fill();
      return;
    }
    this.#backoff.ended(worker.readyAt === null ? null : now - worker.readyAt, now);
    if (!worker.wasReady && !worker.isSpare && this.#mustHalt()) {
      const { bootFailure } = worker;
      this.emit('halt', {
        exitCode: bootFailure?.exitCode ?? 3,
        message:
          bootFailure?.exitCode === 4
            ? 'stopping, because the app cannot be loaded'
            : 'stopping, because a worker failed to boot',
      });
      return;
    }
    this.#fill();
  }

  /** At the start the first failure is enough; later it takes several, and nobody that serves. */
  #mustHalt(): boolean {
    if (!this.#hasServed) return true;
    return this.readyCount === 0 && this.#backoff.failures >= MAX_BOOT_FAILURES;
  }
}
