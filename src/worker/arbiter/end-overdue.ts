import type { ErrorLog } from '../logs/error-log.ts';
import { stackText } from './stack-text.ts';
import type { WorkerDeadline } from './worker-deadline.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** Ends a worker that has missed its deadline, and says why. */
export function endOverdue(
  worker: WorkerHandle,
  missing: WorkerDeadline['missing'],
  log: ErrorLog,
): void {
  const { timeout, bootTimeout, gracefulTimeout } = worker.generation.settings;
  switch (missing) {
    case 'ready': {
      const reason = `it was not ready within the bootTimeout of ${bootTimeout} s`;
      worker.kill('SIGKILL', reason, 'boot_timeout');
      break;
    }
    case 'beat':
      endBlocked(worker, timeout, log);
      break;
    case 'end': {
      const reason = `it did not end within the gracefulTimeout of ${gracefulTimeout} s`;
      worker.kill('SIGKILL', reason, 'graceful_timeout');
      break;
    }
    case 'death':
      worker.kill('SIGKILL', 'the first signal did not end it', 'killed');
      break;
  }
}

function endBlocked(worker: WorkerHandle, timeout: number, log: ErrorLog): void {
  const { pid, blocked } = worker;
  const where = blocked === null ? '' : ` in ${blocked.stack[0] ?? 'native code'}`;
  log.critical(
    `WORKER TIMEOUT (pid:${pid}): its event loop has been blocked for ${timeout} s${where}; move that work to a thread, or raise timeout`,
    { worker: pid, ...(blocked === null ? {} : { stack: stackText(blocked.stack) }) },
  );
  worker.kill('SIGABRT', `its event loop was blocked for ${timeout} s`, 'blocked');
}
