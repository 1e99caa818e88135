import { loadEngine } from '../../core/native/index.ts';

/** By then libuv has taken the status of its own children, which it wants itself. */
const DELAY_MS = 100;

/**
 * As the first process of a container, an arbiter inherits everybody's children: whenever children have died, those
 * that `ownPids` does not list are reaped. Elsewhere nothing happens.
 */
export function reapOrphans(ownPids: () => readonly number[]): void {
  if (process.pid !== 1) return;
  let timer: NodeJS.Timeout | null = null;
  process.on('SIGCHLD', () => {
    timer ??= setTimeout(() => {
      timer = null;
      loadEngine().reapOrphans(ownPids());
    }, DELAY_MS);
  });
}
