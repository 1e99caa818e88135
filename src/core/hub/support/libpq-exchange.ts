import { trampoline } from '../trampoline.ts';
import type { Libpq } from './libpq.ts';

// libpq's calls that would block, made of those that do not and of waiting for the socket:
// https://www.postgresql.org/docs/current/libpq-async.html

/** Writes what is queued, parking until all of it is written. */
export function flushQueued(pq: Libpq): void {
  for (;;) {
    const left = pq.flush();
    if (left < 0) throw new Error(pq.errorMessage());
    if (left === 0) return;
    // The server may want to be read from before it reads on.
    trampoline(pq.socket(), { read: true, write: true });
    pq.consumeInput();
  }
}

/** Takes the next result, parking until it has come; false when there are no more. */
export function takeResult(pq: Libpq): boolean {
  while (pq.isBusy()) awaitInput(pq);
  return pq.getResult();
}

/** Whether the result that was taken last says that the server copies: then there is no next one before the end. */
export function isCopying(pq: Libpq): boolean {
  return pq.resultStatus().startsWith('PGRES_COPY_');
}

/** Ends a copy: what was to come is dropped, what was to be sent fails with `reason`. */
export function endCopy(pq: Libpq, reason: string): void {
  if (pq.resultStatus() === 'PGRES_COPY_OUT') {
    for (let line = pq.getCopyData(true); typeof line !== 'number' || line === 0;) {
      if (line === 0) awaitInput(pq);
      line = pq.getCopyData(true);
    }
    return;
  }
  while (pq.putCopyEnd(reason) === 0) trampoline(pq.socket(), { write: true });
  flushQueued(pq);
}

/** Stops the statement that is under way, and leaves nothing of it for the next one. */
export function cancelStatement(pq: Libpq): void {
  if (!pq.isBusy() && !pq.getResult()) return;
  pq.cancel();
  do {
    if (isCopying(pq)) endCopy(pq, 'cancelled');
  } while (takeResult(pq));
}

function awaitInput(pq: Libpq): void {
  trampoline(pq.socket(), { read: true });
  if (!pq.consumeInput()) throw new Error(pq.errorMessage());
}
