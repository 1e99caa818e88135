import type { InheritedListener, WorkerCounts } from '../arbiter/messages.ts';
import type { ErrorLog } from '../logs/error-log.ts';
import type { LoadedTarget } from '../process/load-target.ts';
import type { RequestObserver } from '../process/request-observer.ts';
import type { Settings } from '../settings/settings.ts';

/** What a worker class is made with. */
export interface WorkerContext {
  readonly settings: Settings;
  /** The error log. */
  readonly log: ErrorLog;
  /** The how-manieth worker of the arbiter it is. */
  readonly age: number;
  /** Whether statuses and durations shall be counted. */
  readonly isMetered: boolean;
  /** What to tell of each request, or null where nobody wants to know: it costs something. */
  readonly observer: RequestObserver | null;
}

/** How a worker shall end. */
export interface DrainOrder {
  /** How long running requests may take, in ms. */
  readonly graceMs: number;
  /** How long idle connections that nobody takes over may bring one more request, in ms. */
  readonly idleMs: number;
  /** Whether other workers take over idle connections, through `InheritedListener.sendFd`. */
  readonly handOn: boolean;
}

/**
 * What serves, in a worker process (`-k`). A module given to `-k` has a default export that extends this
 * class. `load` is called first, then `serve`, in the end `drain`; what they throw is logged, and ends the
 * worker.
 */
export abstract class Worker {
  readonly settings: Settings;
  readonly log: ErrorLog;
  /** The how-manieth worker of the arbiter it is. */
  readonly age: number;
  protected readonly isMetered: boolean;
  protected readonly observer: RequestObserver | null;

  constructor(context: WorkerContext) {
    this.settings = context.settings;
    this.log = context.log;
    this.age = context.age;
    this.isMetered = context.isMetered;
    this.observer = context.observer;
  }

  /** The process. */
  get pid(): number {
    return process.pid;
  }

  /**
   * Takes the app.
   * @throws GUDEG_ERR_APP_LOAD when it is none of the kind that this class serves
   */
  abstract load(target: LoadedTarget): Promise<void>;

  /** Begins to accept connections from all listeners. Resolves when it does. */
  abstract serve(listeners: readonly InheritedListener[]): Promise<void>;

  /** Stops accepting, lets running requests end, and resolves when no connection is left. */
  abstract drain(order: DrainOrder): Promise<void>;

  /** What it has done and holds; asked for about once a second. */
  abstract counts(): WorkerCounts;
}
