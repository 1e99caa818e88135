import { GudegError } from '../errors.ts';
import { sourceOrder } from './fiber.ts';
import { awaitedOutside, GreenThread } from './green-thread.ts';
import { hub } from './hub.ts';

/** Thrown into a green thread that somebody awaits, when nothing is left that could ever wake it. */
export class DeadlockError extends GudegError {
  /** The green threads that are parked for good. */
  readonly blocked: readonly GreenThread[];

  constructor(blocked: readonly GreenThread[]) {
    const lines = blocked.slice(0, 20).map((thread) => {
      const [frame] = thread.spawnedAt;
      const origin = frame === undefined ? '' : `, spawned ${frame}`;
      return `\n  ${thread.name}: in ${thread.waiter?.what ?? 'no call'}${origin}`;
    });
    if (blocked.length > 20) lines.push(`\n  and ${blocked.length - 20} more`);
    super(
      'GUDEG_ERR_HUB_DEADLOCK',
      `This would block forever: no timer, no I/O and no runnable green thread is left, and ` +
        `${blocked.length} blocked:${lines.join('')}`,
    );
    this.name = 'DeadlockError';
    this.blocked = blocked;
  }
}

let isWatching = false;

/** Looks for a deadlock whenever the event loop has run dry. @internal */
export function watchForDeadlock(): void {
  if (isWatching) return;
  isWatching = true;
  process.on('beforeExit', () => {
    const awaited = [...awaitedOutside];
    if (awaited.length === 0) return;
    const blocked: GreenThread[] = [];
    for (const fiber of hub.fibers()) {
      if (fiber instanceof GreenThread && fiber.state === 'parked') blocked.push(fiber);
    }
    if (blocked.length === 0) return;
    const error = new DeadlockError(blocked);
    for (const thread of awaited) {
      hub.interrupt(thread, {
        error,
        isSticky: false,
        level: thread.shields,
        order: sourceOrder(),
      });
    }
  });
}
