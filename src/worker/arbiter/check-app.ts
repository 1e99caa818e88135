import type { LoadedSettings } from '../settings/load-settings.ts';
import { WorkerHandle } from './worker-handle.ts';

/** `--check-config`: boots one worker that serves nothing. The exit code: 0 when it boots, else 1. */
export async function checkApp(loaded: LoadedSettings): Promise<number> {
  const generation = { ...loaded, revision: 0, listeners: [], env: process.env, isCheck: true };
  const worker = new WorkerHandle(generation, 1, 0, false);
  const isRight = await worker.settled;
  worker.quit();
  if (isRight) {
    process.stdout.write(`gudeg: the configuration and ${loaded.target} are right\n`);
    return 0;
  }
  const { message, stack } = worker.bootFailure ?? { message: 'the worker died', stack: null };
  process.stderr.write(`gudeg: ${message}\n${stack === null ? '' : `${stack}\n`}`);
  return 1;
}
