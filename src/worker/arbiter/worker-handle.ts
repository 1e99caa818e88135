import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isWatchable } from '../settings/control-socket-path.ts';
import type { ProcessExit } from './exit-reason.ts';
import type { Generation } from './generation.ts';
import { ticketKeys } from './ticket-keys.ts';
import {
  FIRST_LISTENER_FD,
  REPORT_FD,
  type Beat,
  type BlockedReport,
  type BootFailure,
  type BootOrder,
  type RecycleRule,
  type ToArbiter,
  type ToWorker,
} from './messages.ts';

/** `booting` → `ready` → `draining` or `quitting` → `gone`; each step may be left out. */
export type WorkerState = 'booting' | 'ready' | 'draining' | 'quitting' | 'gone';

/** Why a worker was ended by a signal of the arbiter, for counting. */
export type KillLabel = 'blocked' | 'boot_timeout' | 'graceful_timeout' | 'killed';

/** Why a worker is replaced, for counting. */
export type RecycleLabel = RecycleRule | 'recycled';

/** Events of a `WorkerHandle`. */
export interface WorkerHandleEvents {
  ready: [];
  /** It asks to be replaced. */
  recycle: [reason: string, label: RecycleLabel];
  /** Somebody told it to end, not the arbiter. */
  leaving: [];
  blocked: [report: BlockedReport];
  /** It has got a deadline that may be nearer than the one before. */
  deadline: [];
  exit: [exit: ProcessExit];
}

// This file's own extension tells whether it runs from src/ or from dist/.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const workerMain = fileURLToPath(new URL(`../process/worker-main.${extension}`, import.meta.url));

/** What the arbiter knows of one worker, and can tell it. */
export class WorkerHandle extends EventEmitter<WorkerHandleEvents> {
  readonly age: number;
  readonly generation: Generation;
  readonly spawnedAt: number = performance.now();
  /** Resolves to true when it serves, to false when it is gone before. */
  readonly settled: Promise<boolean>;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  /** It boots to take the place of another one, and does not count yet. */
  isSpare: boolean;
  /** Which of the places 0, 1, 2, … it fills; decides about its core. */
  readonly place: number;
  #state: WorkerState = 'booting';
  #beat: Beat | null = null;
  #beatAt: number = performance.now();
  #blocked: BlockedReport | null = null;
  #bootFailure: BootFailure | null = null;
  #killReason: string | null = null;
  #killLabel: KillLabel | null = null;
  /** Why another one takes its place; null unless that is so. */
  recycleLabel: RecycleLabel | null = null;
  #readyAt: number | null = null;
  #toldAt: number | null = null;
  #killedAt: number | null = null;
  readonly #child: ChildProcess;

  constructor(generation: Generation, age: number, place: number, isSpare: boolean) {
    super();
    this.generation = generation;
    this.age = age;
    this.place = place;
    this.isSpare = isSpare;
    this.#child = startProcess(generation);
    this.settled = new Promise((resolve) => {
      this.once('ready', () => {
        resolve(true);
      });
      this.once('exit', () => {
        resolve(false);
      });
    });
    this.gone = new Promise((resolve) => {
      this.once('exit', () => {
        resolve();
      });
    });
    this.#child.on('message', (message: ToArbiter) => {
      this.#onMessage(message);
    });
    this.#child.on('error', (error) => {
      // It could not be started, or a message came too late for it.
      if (this.#child.pid === undefined) {
        this.#bootFailure = {
          kind: 'bootFailure',
          exitCode: 3,
          message: error.message,
          stack: null,
        };
        this.#onExit({ code: 3, signal: null });
      }
    });
    this.#child.on('exit', (code, signal) => {
      this.#onExit({ code, signal });
    });
    this.#readReports();
    this.#send(this.#bootOrder());
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Whether it has ever served. */
  get wasReady(): boolean {
    return this.#readyAt !== null;
  }

  /** Since when it serves, by `performance.now()`; null before. */
  get readyAt(): number | null {
    return this.#readyAt;
  }

  /** Whether it was told to end before it did. */
  get endedAsTold(): boolean {
    return this.#toldAt !== null;
  }

  /** Since when it has known that it should end, by `performance.now()`; null: it was not told. */
  get toldAt(): number | null {
    return this.#toldAt;
  }

  /** When the arbiter last sent it a deadly signal, by `performance.now()`; null: never. */
  get killedAt(): number | null {
    return this.#killedAt;
  }

  /** Its last sign of life; null before the first one. */
  get beat(): Beat | null {
    return this.#beat;
  }

  /** When that came, or the worker began to boot, by `performance.now()`. */
  get beatAt(): number {
    return this.#beatAt;
  }

  /** What its event loop was last seen blocked in, if it has given no sign of life since. */
  get blocked(): BlockedReport | null {
    return this.#blocked;
  }

  get bootFailure(): BootFailure | null {
    return this.#bootFailure;
  }

  /** Why the arbiter killed it; null when it didn't. */
  get killReason(): string | null {
    return this.#killReason;
  }

  get killLabel(): KillLabel | null {
    return this.#killLabel;
  }

  /** Whether messages may still come from it, be it gone already. */
  get isHeard(): boolean {
    return this.#child.connected;
  }

  /** Lets it answer what it has, then end. */
  drain(handOn: boolean): void {
    if (this.#state === 'booting') {
      this.quit();
    } else if (this.#state === 'ready') {
      this.#state = 'draining';
      this.#toldAt = performance.now();
      this.#send({ kind: 'drain', handOn });
      this.emit('deadline');
    }
  }

  /** Lets it end at once. */
  quit(): void {
    if (this.#state === 'gone' || this.#state === 'quitting') return;
    this.#state = 'quitting';
    this.#toldAt ??= performance.now();
    this.#send({ kind: 'quit' });
    this.emit('deadline');
  }

  reopenLogs(): void {
    this.#send({ kind: 'reopenLogs' });
  }

  /** Ends it by a signal. The first reason stays. */
  kill(signal: NodeJS.Signals, reason: string, label: KillLabel): void {
    this.#killReason ??= reason;
    this.#killLabel ??= label;
    if (this.#state === 'gone') return;
    this.#killedAt = performance.now();
    this.#child.kill(signal);
    this.emit('deadline');
  }

  #bootOrder(): BootOrder {
    const { settings, target, configFile, revision, listeners, isCheck } = this.generation;
    return {
      kind: 'boot',
      target,
      settings,
      configFile,
      revision,
      age: this.age,
      isCheck,
      ticketKeys,
      isMetered: isWatchable(settings),
      core: settings.pinCores ? this.place : null,
      listeners: listeners.map(({ bind }, index) => ({
        bind,
        fd: FIRST_LISTENER_FD + 3 * index,
        receiveFd: FIRST_LISTENER_FD + 3 * index + 1,
        sendFd: FIRST_LISTENER_FD + 3 * index + 2,
      })),
    };
  }

  #send(message: ToWorker): void {
    // A worker that is gone needs no message; its exit is reported by the kernel.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #onMessage(message: ToArbiter): void {
    switch (message.kind) {
      case 'ready':
        this.#readyAt = performance.now();
        this.#beatAt = performance.now();
        if (this.#state === 'booting') this.#state = 'ready';
        this.emit('deadline');
        this.emit('ready');
        break;
      case 'bootFailure':
        this.#bootFailure = message;
        break;
      case 'beat':
        this.#beat = message;
        this.#beatAt = performance.now();
        this.#blocked = null;
        break;
      case 'recycle':
        this.emit('recycle', message.reason, message.rule);
        break;
      case 'leaving':
        this.emit('leaving');
        break;
    }
  }

  #readReports(): void {
    const pipe = this.#child.stdio[REPORT_FD] as Readable | null | undefined;
    let text = '';
    pipe?.on('error', () => undefined);
    pipe?.on('data', (bytes: Buffer) => {
      const lines = (text + bytes.toString()).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        this.#blocked = JSON.parse(line) as BlockedReport;
        this.emit('blocked', this.#blocked);
      }
    });
  }

  #onExit(exit: ProcessExit): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.emit('exit', exit);
  }
}

function startProcess({ settings, listeners, env }: Generation): ChildProcess {
  const descriptors = listeners.flatMap(({ listener, channel }) => [
    listener.fd,
    channel.receiveFd,
    channel.sendFd,
  ]);
  return fork(workerMain, [], {
    execArgv: [...process.execArgv, ...settings.nodeOption],
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', ...descriptors],
    ...(settings.chdir === null ? {} : { cwd: settings.chdir }),
  });
}
