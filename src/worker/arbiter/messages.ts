import type { Settings } from '../settings/settings.ts';

/** A listening socket as a worker inherits it: the numbers of its descriptors there. */
export interface InheritedListener {
  /** As `bind` says it. */
  readonly bind: string;
  readonly fd: number;
  /** Where connections come in that other workers hand on. */
  readonly receiveFd: number;
  /** Where this worker hands on its own when it ends. */
  readonly sendFd: number;
}

/** What a worker needs to know to begin; the first message to it. */
export interface BootOrder {
  readonly kind: 'boot';
  readonly target: string;
  /** Without hooks, which don't travel; the worker takes them from `configFile`. */
  readonly settings: Settings;
  readonly configFile: string | null;
  readonly revision: number;
  /** The how-manieth worker it is. */
  readonly age: number;
  readonly listeners: readonly InheritedListener[];
  /** Count statuses and durations: somebody may ask. */
  readonly isMetered: boolean;
  /** A core to stay on; null = wherever the kernel likes. */
  readonly core: number | null;
  /** 32 bytes in hexadecimal that keys of session tickets are derived from. */
  readonly ticketKeys: string;
  /** Load the app, serve nothing. */
  readonly isCheck: boolean;
}

/** From the arbiter to a worker. */
export type ToWorker =
  | BootOrder
  /** End when all running requests are answered; idle connections go to other workers, if there are any. */
  | { readonly kind: 'drain'; readonly handOn: boolean }
  | { readonly kind: 'quit' }
  | { readonly kind: 'reopenLogs' };

/** What a worker has done and holds. */
export interface WorkerCounts {
  readonly requests: number;
  readonly running: number;
  readonly connections: number;
  readonly accepted: number;
  /** Answers by the first digit of their status; index 0 is unused. */
  readonly answers: readonly number[];
  /** Answers by status, where they are counted. */
  readonly statuses?: Readonly<Record<string, number>>;
  /** Requests by how long they took, in the buckets of `requestMeterBounds()`, where that is measured. */
  readonly durations?: readonly number[];
  /** All those durations together. */
  readonly durationSeconds?: number;
}

/** Lines of the error log, by level; those with the stack of an exception apart. */
export interface LogCounts {
  readonly critical: number;
  readonly error: number;
  readonly exception: number;
  readonly warning: number;
}

/** A sign of life from the event loop. */
export interface Beat extends WorkerCounts {
  readonly kind: 'beat';
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** User and system time since the process began. */
  readonly cpuSeconds: number;
  readonly logs: LogCounts;
  /** How late the beat is: how long something kept the event loop. */
  readonly lagMs: number;
}

/** What a worker has had too much of. */
export type RecycleRule = 'max_requests' | 'memory_limit';

/** Why a worker could not begin. `exitCode` is gunicorn's: 3 = it failed to boot, 4 = the app failed to load. */
export interface BootFailure {
  readonly kind: 'bootFailure';
  readonly exitCode: 3 | 4;
  readonly message: string;
  readonly stack: string | null;
}

/** From a worker to the arbiter. */
export type ToArbiter =
  | { readonly kind: 'ready' }
  | BootFailure
  | Beat
  /** It should be replaced. */
  | { readonly kind: 'recycle'; readonly rule: RecycleRule; readonly reason: string }
  /** Somebody sent it SIGTERM: may it hand on? */
  | { readonly kind: 'leaving' };

/** Written to the report pipe (descriptor 4 of a worker) while the event loop is blocked. */
export interface BlockedReport {
  readonly blockedMs: number;
  /** Innermost call first: `function (file:line)`. */
  readonly stack: readonly string[];
}

/** Descriptors of a worker: standard streams, this channel, the report pipe, then listeners. */
export const REPORT_FD = 4;
export const FIRST_LISTENER_FD = 5;
