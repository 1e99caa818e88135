/**
 * The worker of the command `gudeg`, for configuration files and for worker classes of one's own.
 *
 * @packageDocumentation
 */
export { AppWorker } from './classes/app-worker.ts';
export { RgiWorker } from './classes/rgi-worker.ts';
export { Worker, type DrainOrder, type WorkerContext } from './classes/worker.ts';
export type { InheritedListener, WorkerCounts } from './arbiter/messages.ts';
export type { ErrorLog } from './logs/error-log.ts';
export type { LoadedTarget } from './process/load-target.ts';
export type { RequestObserver } from './process/request-observer.ts';
export { defineConfig, type Config, type Settings } from './settings/settings.ts';
