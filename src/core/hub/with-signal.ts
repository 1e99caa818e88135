import { type Interrupt, sourceOrder } from './fiber.ts';
import { hub } from './hub.ts';

/**
 * Runs `fn`; once the signal is aborted, every park inside throws the signal's reason. The listener
 * is gone when it ends.
 */
export function withSignal<T>(signal: AbortSignal, fn: () => T): T {
  const fiber = hub.blocking('withSignal()');
  signal.throwIfAborted();
  const order = sourceOrder();
  const level = fiber.shields;
  let interrupt: Interrupt | undefined;
  const onAbort = (): void => {
    interrupt = { error: signal.reason, isSticky: true, level, order };
    hub.interrupt(fiber, interrupt);
  };
  signal.addEventListener('abort', onAbort);
  try {
    return fn();
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (interrupt !== undefined) hub.takeBack(fiber, interrupt);
  }
}
