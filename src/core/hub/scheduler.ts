import { setFlagsFromString } from 'node:v8';
import { type GreenStack, loadGreenStack } from '../native/index.ts';
import { type AsyncContext, asyncContextFor, whenOnGreenStack } from './async-context.ts';
import type { Fiber } from './fiber.ts';
import { FiberList } from './fiber-list.ts';
import { setImmediate } from './host-timers.ts';
import { keepOnLoopStack } from './per-thread-state.ts';
import { printUnhandled } from './print-unhandled.ts';
import { RunQueue } from './run-queue.ts';
import { StackPool } from './stack-pool.ts';
import { StackVisits } from './stack-visits.ts';
import { StringifyOrder } from './stringify-order.ts';
import { TurnBudget } from './turn-budget.ts';

// Theory of operation
//
// Everything that can run is in one FIFO queue: fibers that start or go on, and callbacks. Once per
// turn of the event loop the loop's side drains it, for a bounded time, so that timers and I/O get
// their turn however much there is to run.
//
// A fiber that parks takes the next item itself and hands over to that fiber's stack directly; the
// loop's side gets control back when the queue is empty, the time is up, or a callback comes, since
// callbacks run on the loop's own stack. A fiber that has finished leaves its stack to the next one
// that starts: a spawn that does not park costs no switch at all.

const mainStack = 0;

/** Who runs, when, and on which stack. It knows nothing of what fibers wait for. */
export class Scheduler {
  /** The fiber that runs; undefined on the event loop's own stack. */
  current: Fiber | undefined;
  /** What is done with an error that nobody can take. */
  report: (error: unknown, where: string) => void = printUnhandled;

  readonly #queue = new RunQueue<Fiber | (() => void)>();
  readonly #fibers = new FiberList();
  readonly #budget = new TurnBudget();
  readonly #visits = new StackVisits();
  #native: GreenStack | undefined;
  #stacks: StackPool | undefined;
  #order: StringifyOrder | undefined;
  #context: AsyncContext | undefined;
  #assigned: Fiber | undefined;
  #isArmed = false;
  #isDraining = false;
  #turns = 0;
  #switches = 0;

  /** The addon; loaded when the first green thread is made. */
  get native(): GreenStack {
    return this.#native ?? this.load();
  }

  /** Fibers that have not finished. */
  get unfinished(): number {
    return this.#fibers.length;
  }

  /** Fibers and callbacks that wait for their turn. */
  get runnable(): number {
    return this.#queue.length;
  }

  /** Switches from one stack to another so far. */
  get switches(): number {
    return this.#switches;
  }

  /** Turns of the event loop in which there was something to run. */
  get turns(): number {
    return this.#turns;
  }

  /** Stacks that exist. */
  get stackCount(): number {
    return this.#stacks?.liveCount ?? 0;
  }

  get idleStackCount(): number {
    return this.#stacks?.idleCount ?? 0;
  }

  /** All fibers that have not finished, newest first. */
  fibers(): Iterable<Fiber> {
    return this.#fibers;
  }

  /** Calls back on the event loop's stack, after everything that can run now. */
  schedule(callback: () => void): void {
    this.#queue.push(callback);
    this.#arm();
  }

  /** Makes the fiber known; `start` puts it in line. */
  register(fiber: Fiber): void {
    if (this.#native === undefined) this.load();
    this.#context?.inherit(fiber);
    this.#fibers.add(fiber);
  }

  start(fiber: Fiber): void {
    if (fiber.state !== 'created') return;
    fiber.state = 'ready';
    this.#queue.push(fiber);
    this.#arm();
  }

  /**
   * Starts the fiber and runs it until it parks or ends, before this returns. Only where nothing else
   * waits for its turn and the event loop's side runs; else it is put in line.
   */
  startNow(fiber: Fiber): void {
    if (this.#isDraining || this.current !== undefined || this.#queue.length > 0) {
      this.start(fiber);
      return;
    }
    if (fiber.state !== 'created') return;
    this.#isDraining = true;
    // Whoever it wakes, and itself when it yields, comes in the next turn.
    this.#budget.end();
    this.#context?.markBase();
    const stack = this.#stackFor(fiber);
    if (stack >= 0) this.#switchFromLoop(fiber, stack);
    this.#isDraining = false;
    if (this.#queue.length > 0) this.#arm();
    if (this.#stacks?.hasEnded) this.#stacks.reap();
  }

  /** Lets a parked fiber go on, after everything that can run now. */
  ready(fiber: Fiber): void {
    if (fiber.state !== 'parked') return;
    fiber.state = 'ready';
    this.#queue.push(fiber);
    this.#arm();
  }

  /** Puts the running fiber last in line, and gives control to whatever is next. */
  passTurn(self: Fiber): void {
    self.state = 'ready';
    this.#queue.push(self);
    this.switchAway(self);
  }

  /** Runs `look` on the stack of a parked fiber, which stays parked. */
  lookFrom(fiber: Fiber, look: () => void): void {
    if (fiber.stack < 0 || fiber === this.current) return;
    this.#visit(fiber.stack, this.current, look);
  }

  /**
   * Runs `errand` on the event loop's own stack and thread, while nothing else runs: for what keeps
   * its state per thread. It must not block.
   */
  onLoopStack<T>(errand: () => T): T {
    if (this.native.runningStack() === mainStack) return errand();
    return this.#visit(mainStack, undefined, errand);
  }

  #visit<T>(stack: number, currentThere: Fiber | undefined, visit: () => T): T {
    const { current } = this;
    this.current = currentThere;
    try {
      return this.#visits.run(this.native, stack, visit);
    } finally {
      this.current = current;
    }
  }

  /** Loads the addon and connects it, the first time. */
  load(): GreenStack {
    if (this.#native !== undefined) return this.#native;
    const native = loadGreenStack();
    // Collecting WebAssembly code (not objects) while a thread is parked is a fatal error in V8. What
    // is not collected is the unoptimized code of functions that were optimized since.
    setFlagsFromString('--no-wasm-code-gc');
    native.setEntry(() => this.#runStack());
    this.#context = asyncContextFor(native);
    whenOnGreenStack(() => this.current !== undefined);
    keepOnLoopStack((errand) => this.onLoopStack(errand));
    if (StringifyOrder.isNeeded) {
      this.#order = new StringifyOrder(
        () => this.current,
        (fiber) => {
          this.#queue.push(fiber);
          this.#arm();
        },
      );
    }
    this.#native = native;
    return native;
  }

  #arm(): void {
    if (this.#isArmed || this.#isDraining) return;
    this.#isArmed = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#isArmed = false;
    this.#isDraining = true;
    this.#turns++;
    this.#budget.begin();
    this.#context?.markBase();
    for (;;) {
      const item = this.#take();
      if (item === undefined) break;
      if (typeof item === 'function') {
        try {
          item();
        } catch (error) {
          this.report(error, 'a scheduled callback');
        }
      } else {
        const stack = this.#stackFor(item);
        if (stack >= 0) this.#switchFromLoop(item, stack);
      }
    }
    this.#isDraining = false;
    if (this.#queue.length > 0) this.#arm();
    if (this.#stacks?.hasEnded) this.#stacks.reap();
  };

  /** Hands over to a fiber; returns when the event loop's side is next. */
  #switchFromLoop(fiber: Fiber, stack: number): void {
    this.current = fiber;
    this.#context?.enter(fiber);
    fiber.state = 'running';
    this.#switches++;
    this.#native?.switchTo(stack);
    // Control may come back only for an errand.
    while (this.#visits.pending !== undefined) this.#visits.pending();
  }

  /** The next item, unless this turn has lasted long enough. */
  #take(): Fiber | (() => void) | undefined {
    if (this.#queue.length === 0 || this.#budget.isSpent()) return undefined;
    const item = this.#queue.shift();
    if (this.#order !== undefined && typeof item === 'object' && this.#order.holds(item)) {
      return this.#take();
    }
    return item;
  }

  /** The next fiber, set up to run; undefined if the event loop's side is next. */
  #takeFiber(): Fiber | undefined {
    for (;;) {
      const item = this.#take();
      if (item === undefined) return undefined;
      if (typeof item === 'function') {
        this.#queue.unshift(item);
        return undefined;
      }
      return item;
    }
  }

  /** Gives control to whatever is next; returns when the fiber is next. */
  switchAway(self: Fiber): void {
    let target = mainStack;
    let next: Fiber | undefined;
    while ((next = this.#takeFiber()) !== undefined) {
      if (next === self) {
        self.state = 'running';
        return;
      }
      target = this.#stackFor(next);
      if (target >= 0) break;
    }
    this.#context?.leave(self);
    this.current = next;
    if (next === undefined) {
      target = mainStack;
    } else {
      this.#context?.enter(next);
      next.state = 'running';
    }
    this.#switches++;
    this.#native?.switchTo(target);
    // Control may come back only for a look at this stack.
    while (this.#visits.pending !== undefined) this.#visits.pending();
  }

  /** The stack a fiber runs on. When there is none to be had it fails, and the answer is -1. */
  #stackFor(fiber: Fiber): number {
    if (fiber.stack >= 0) return fiber.stack;
    const stacks = this.#pool();
    const stack = stacks.take();
    if (stack < 0) {
      this.forget(fiber);
      fiber.abandon(stacks.refusal(stack));
      return -1;
    }
    fiber.stack = stack;
    this.#assigned = fiber;
    return stack;
  }

  #pool(): StackPool {
    return (this.#stacks ??= new StackPool(this.native));
  }

  /** What every stack runs: one fiber after the other. Gives the stack that runs after it. */
  #runStack(): number {
    for (;;) {
      const next = this.#runAssigned();
      if (next === undefined) continue;
      if (!this.#pool().keep(this.native.runningStack())) return next;
      this.#switches++;
      this.native.switchTo(next, true);
    }
  }

  /** Runs the fiber that was assigned; gives the stack to switch to, undefined for another fiber on this one. */
  #runAssigned(): number | undefined {
    const fiber = this.#assigned;
    this.#assigned = undefined;
    if (fiber === undefined) return mainStack;
    const { stack } = fiber;
    this.#context?.begin(fiber);
    fiber.execute();
    fiber.stack = -1;
    this.forget(fiber);
    this.#context?.discard();
    let next: Fiber | undefined;
    while ((next = this.#takeFiber()) !== undefined) {
      const isNew = next.stack < 0;
      if (isNew) {
        next.stack = stack;
        this.#assigned = next;
      }
      this.current = next;
      next.state = 'running';
      this.#context?.enter(next);
      return isNew ? undefined : next.stack;
    }
    this.current = undefined;
    return mainStack;
  }

  /** The fiber has ended, or never began. */
  forget(fiber: Fiber): void {
    fiber.state = 'finished';
    this.#fibers.remove(fiber);
  }
}
