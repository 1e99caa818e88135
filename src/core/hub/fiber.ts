import type { Waiter } from './wait-queue.ts';

/** Where a fiber is in its life. */
export type FiberState = 'created' | 'ready' | 'running' | 'parked' | 'finished';

/** An error that is to be thrown in a fiber where it parks. */
export interface Interrupt {
  readonly error: unknown;
  /** Thrown at every park until it is taken back; else once. */
  readonly isSticky: boolean;
  /** How many shields were up when its source was made; more shields now keep it out. */
  readonly level: number;
  /** Sources that were made earlier are further out, and go first. */
  readonly order: number;
  /** It has been thrown at least once. */
  wasThrown?: boolean;
}

let nextOrder = 1;

/** The order of a new source of interrupts. @internal */
export function sourceOrder(): number {
  return nextOrder++;
}

/**
 * What the hub schedules: the part of a green thread that knows nothing of results and links. Its
 * fields belong to the hub.
 */
export abstract class Fiber {
  /** @internal */
  state: FiberState = 'created';
  /** The stack it runs on; -1 before it has one and after. @internal */
  stack = -1;
  /** What it waits for while it is parked. @internal */
  waiter: Waiter | undefined;
  /** @internal */
  interrupts: Interrupt[] | undefined;
  /** @internal */
  shields = 0;
  /** Its entries of Node's async id stack while it is not running. @internal */
  asyncEntries: unknown[] | undefined;
  /** AsyncLocalStorage's frame at the time of the spawn, where Node keeps it in V8. @internal */
  frame: unknown;
  /** @internal */
  asyncId = 0;
  /** @internal */
  triggerAsyncId = 0;
  /** @internal */
  asyncResource: object | undefined;
  /** Neighbours in the hub's list of unfinished fibers. @internal */
  previous: Fiber | undefined;
  /** @internal */
  next: Fiber | undefined;

  /** Called when it ends: what must not outlive it. @internal */
  cleanups: Set<() => void> | undefined;

  /** Runs the body to its end and settles the result. Throws nothing. @internal */
  abstract execute(): void;
  /** Settles the result as a failure without having run. @internal */
  abstract abandon(error: unknown): void;
}

/** The interrupt that must be thrown now, outermost source first; taken off the list unless it is sticky. @internal */
export function takeInterrupt(fiber: Fiber): Interrupt | undefined {
  const { interrupts } = fiber;
  if (interrupts === undefined) return undefined;
  const index = interrupts.findIndex((each) => each.level >= fiber.shields);
  const interrupt = interrupts[index];
  if (interrupt === undefined) return undefined;
  interrupt.wasThrown = true;
  if (!interrupt.isSticky) removeInterrupt(fiber, interrupt);
  return interrupt;
}

/** @internal */
export function removeInterrupt(fiber: Fiber, interrupt: Interrupt): void {
  const { interrupts } = fiber;
  const index = interrupts?.indexOf(interrupt) ?? -1;
  if (interrupts === undefined || index < 0) return;
  if (interrupts.length === 1) fiber.interrupts = undefined;
  else interrupts.splice(index, 1);
}
