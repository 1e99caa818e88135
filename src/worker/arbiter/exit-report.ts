import type { LogLevel } from '../logs/error-log.ts';
import { exitReason, type ProcessExit } from './exit-reason.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** What is to be said of a worker that is gone. */
export interface ExitReport {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: object;
  /** One of few words, for counting: `ended`, `max_requests`, `blocked`, `code_1`, `SIGKILL`, … */
  readonly label: string;
}

/** Says how a worker ended, and why. */
export function exitReport(worker: WorkerHandle, exit: ProcessExit): ExitReport {
  const { pid, bootFailure, killReason, killLabel } = worker;
  const fields = { worker: pid, code: exit.code, signal: exit.signal };
  if (bootFailure !== null) {
    const { message, stack } = bootFailure;
    return {
      level: 'error',
      message,
      fields: { ...fields, ...(stack === null ? {} : { stack }) },
      label: 'boot_failure',
    };
  }
  if (killReason !== null) {
    const message = `worker (pid:${pid}) was killed: ${killReason}`;
    return { level: 'error', message, fields, label: killLabel ?? 'killed' };
  }
  if (worker.endedAsTold && exit.code === 0) {
    const message = `worker (pid:${pid}) has ended`;
    return { level: 'info', message, fields, label: worker.recycleLabel ?? 'ended' };
  }
  const level = exit.signal === 'SIGTERM' || exit.code === 0 ? 'info' : 'error';
  const when = worker.wasReady ? '' : ' before it served';
  const message = `worker (pid:${pid}) ${exitReason(exit)}${when}`;
  return { level, message, fields, label: exit.signal ?? `code_${exit.code ?? 0}` };
}
