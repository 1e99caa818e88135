/** What the hub has done and has to do. */
export interface HubStatistics {
  /** Green threads that have not finished. */
  readonly unfinished: number;
  /** Fibers and callbacks that wait for their turn. */
  readonly runnable: number;
  /** Deadlines that are armed: sleeps, timeouts, delayed spawns. */
  readonly timers: number;
  /** Stacks that exist, running, parked and idle. */
  readonly stacks: number;
  readonly idleStacks: number;
  /** Switches from one stack to another so far. */
  readonly switches: number;
  /** Turns of the event loop in which the hub had something to run. */
  readonly turns: number;
}
