import { blockingError } from './blocking-error.ts';
import { type Clock, SystemClock } from './clock.ts';
import { type Fiber, type Interrupt, removeInterrupt, takeInterrupt } from './fiber.ts';
import type { HubStatistics } from './hub-statistics.ts';
import { Scheduler } from './scheduler.ts';
import { TimerHeap } from './timer-heap.ts';
import type { Waiter } from './wait-queue.ts';

/** What blocking calls stand on: parking until something has come, time, and errors that are thrown into fibers. */
class Hub extends Scheduler {
  readonly timers: TimerHeap = new TimerHeap(new SystemClock());

  statistics(): HubStatistics {
    return {
      unfinished: this.unfinished,
      runnable: this.runnable,
      timers: this.timers.length,
      stacks: this.stackCount,
      idleStacks: this.idleStackCount,
      switches: this.switches,
      turns: this.turns,
    };
  }

  useClock(clock: Clock): Clock {
    const before = this.timers.clock;
    this.timers.useClock(clock);
    return before;
  }

  /** The fiber that a blocking call blocks. */
  blocking(what: string): Fiber {
    const { current } = this;
    if (current === undefined) throw blockingError(what);
    return current;
  }

  /** Throws an error in a fiber where it parks, at once if it is parked. */
  interrupt(fiber: Fiber, interrupt: Interrupt): void {
    if (fiber.state === 'finished') return;
    // Outer sources first: an inner one's scope ends on the way anyhow.
    const interrupts = (fiber.interrupts ??= []);
    const index = interrupts.findIndex((each) => each.order > interrupt.order);
    interrupts.splice(index < 0 ? interrupts.length : index, 0, interrupt);
    if (interrupt.level >= fiber.shields) this.ready(fiber);
  }

  takeBack(fiber: Fiber, interrupt: Interrupt): void {
    removeInterrupt(fiber, interrupt);
  }

  /** Parks the running fiber until the waiter is settled. Throws what interrupts it. */
  park(waiter: Waiter): void {
    const self = this.current;
    if (self === undefined) throw blockingError(waiter.what);
    this.checkInterrupt(self);
    self.waiter = waiter;
    do {
      self.state = 'parked';
      this.switchAway(self);
      if (self.interrupts !== undefined) {
        const interrupt = takeInterrupt(self);
        if (interrupt !== undefined) {
          self.waiter = undefined;
          throw interrupt.error;
        }
      }
    } while (!waiter.isSettled);
    self.waiter = undefined;
  }

  /** Lets everything else that can run now run once. */
  yieldTurn(what: string): void {
    const self = this.blocking(what);
    this.checkInterrupt(self);
    this.passTurn(self);
    this.checkInterrupt(self);
  }

  checkInterrupt(self: Fiber): void {
    if (self.interrupts === undefined) return;
    const interrupt = takeInterrupt(self);
    if (interrupt !== undefined) throw interrupt.error;
  }
}

/** The hub of this thread. There is one per environment: a worker thread has its own. */
export const hub: Hub = new Hub();
