import { GudegError } from '../../core/index.ts';
import { importModule } from '../process/load-target.ts';
import { Worker, type WorkerContext } from './worker.ts';

/** Makes a worker. */
export type WorkerClass = new (context: WorkerContext) => Worker;

/** Imported only when one is chosen: an app pays for no other. */
const builtIn: Readonly<Record<string, () => Promise<WorkerClass>>> = {
  rgi: async () => (await import('./rgi-worker.ts')).RgiWorker,
  gateway: async () => (await import('./gateway-worker.ts')).GatewayWorker,
  node: async () => (await import('./node-worker.ts')).NodeWorker,
  websocket: async () => (await import('./websocket-worker.ts')).WebSocketWorker,
};

/**
 * The class that `-k` names: one of ours, or the default export of a module.
 * @throws GUDEG_ERR_WORKER_CLASS
 */
export async function findWorkerClass(name: string): Promise<WorkerClass> {
  const known = builtIn[name];
  if (known !== undefined) return known();
  const names = Object.keys(builtIn).join(', ');
  let exported: unknown;
  try {
    exported = (await importModule(name))['default'];
  } catch (cause) {
    throw new GudegError(
      'GUDEG_ERR_WORKER_CLASS',
      `the worker class ${name} is none of ${names}, and no module either: ${(cause as Error).message}`,
      { cause },
    );
  }
  if (typeof exported === 'function' && exported.prototype instanceof Worker) {
    return exported as WorkerClass;
  }
  throw new GudegError(
    'GUDEG_ERR_WORKER_CLASS',
    `the default export of ${name} must be a class that extends Worker of gudeg/worker`,
  );
}
