import { types } from 'node:util';
import { invalidArgType } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
  rejected,
} from './blocking-call.ts';
import { Fiber, sourceOrder } from './fiber.ts';
import type { GreenThreadStatistics } from './green-thread-statistics.ts';
import { GreenletExit } from './greenlet-exit.ts';
import { setImmediate } from './host-timers.ts';
import { hub } from './hub.ts';
import type { KillOptions } from './kill-options.ts';
import { captureSite, framesOf, type Site } from './spawn-site.ts';
import { Deadline } from './timer-heap.ts';
import { waitForPromise } from './promise-bridge.ts';
import { expiredTimeout } from './timeout.ts';
import { WaitQueue } from './wait-queue.ts';

/** A function called when a green thread has ended, in it, with it. */
export type Link<T, A extends unknown[] = unknown[]> = (thread: GreenThread<T>, ...args: A) => void;

const JOIN: BlockingCall<GreenThread, unknown> = {
  name: 'GreenThread.wait()',
  timedOut: (_self, seconds) => {
    throw expiredTimeout(seconds);
  },
};

const JOIN_QUIETLY: BlockingCall<GreenThread, unknown> = {
  name: 'GreenThread.join()',
  timedOut: () => undefined,
};

let nextId = 1;

/**
 * A function that runs on its own stack, and what became of it. Made by `spawn` and its like.
 *
 * Outside green threads `await thread` gives the function's value or throws its error; inside,
 * `thread.wait()` does.
 */
export class GreenThread<T = unknown> extends Fiber implements PromiseLike<T> {
  /** Unique in this hub; counts up. */
  readonly id: number = nextId++;
  #name: string | undefined;
  #fn: ((...args: never[]) => T | Promise<T>) | undefined;
  #args: readonly unknown[];
  #value: T | undefined;
  #error: unknown;
  #outcome: 'none' | 'value' | 'error' = 'none';
  // Without T: a GreenThread<number> is a GreenThread<unknown> to whoever only reads its result.
  #links: { fn: (...args: never[]) => void; args: unknown[] }[] | undefined;
  #joiners: WaitQueue | undefined;
  #promise: Promise<T> | undefined;
  #isTaken = false;
  #delay: Deadline | undefined;
  /** Where it was spawned. @internal */
  readonly site: Site | undefined;
  /** Nobody will ask for its result: an error is reported at once. @internal */
  isDetached = false;
  /** Values of `local()`s. @internal */
  locals: Map<object, unknown> | undefined;

  /** @internal */
  constructor(
    fn: (...args: never[]) => T | Promise<T>,
    args: readonly unknown[],
    below: (...args: never[]) => unknown,
  ) {
    super();
    if (typeof fn !== 'function') throw invalidArgType('fn', 'a function', fn);
    this.#fn = fn;
    this.#args = args;
    this.site = captureSite(below);
    hub.register(this);
  }

  /** The function's name unless it was set. */
  get name(): string {
    return this.#name ?? `green-${this.id}`;
  }

  /** A name for `dump()`. */
  set name(name: string) {
    this.#name = name;
  }

  /** True from its end on. */
  get dead(): boolean {
    return this.#outcome !== 'none';
  }

  /** True once there is a result, value or error. */
  ready(): boolean {
    return this.dead;
  }

  /** True when it ended with a value. */
  successful(): boolean {
    return this.#outcome === 'value';
  }

  /** Its value once it ended with one; else undefined. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Its error once it ended with one; else undefined. */
  get exception(): unknown {
    return this.#error;
  }

  /** True when it ended because it was killed with the default error. */
  get killed(): boolean {
    return this.#error instanceof GreenletExit;
  }

  /** Where it was spawned, nearest call first; empty when that was not recorded. */
  get spawnedAt(): string[] {
    return framesOf(this.site);
  }

  /** How it stands now, in figures. */
  statistics(): GreenThreadStatistics {
    return {
      name: this.name,
      state: this.state,
      waitsIn: this.waiter?.what,
      waiters: this.#joiners?.length ?? 0,
      links: this.#links?.length ?? 0,
    };
  }

  /**
   * Waits for its end: gives its value or throws its error, as often as asked.
   *
   * @param timeout seconds to wait at most; then a `Timeout` is thrown
   */
  wait(timeout?: number): T {
    this.#isTaken = true;
    if (this.dead) return this.#result();
    const seconds = checkSeconds('timeout', timeout);
    return block(this.#queue(), JOIN as BlockingCall<this, T>, this, seconds);
  }

  /** Waits for its end, and never throws its error. False when `timeout` seconds passed before. */
  join(timeout?: number): boolean {
    if (this.dead) return true;
    const seconds = checkSeconds('timeout', timeout);
    this.#isTaken = true;
    try {
      block(this.#queue(), JOIN_QUIETLY as BlockingCall<this, unknown>, this, seconds);
    } catch (error) {
      // Its own error, or one that was thrown into the one who waits.
      if (!this.dead || error !== this.#error) throw error;
    }
    return this.dead;
  }

  /** The promise-returning twin of `join`. */
  async joinAsync(options: AsyncOptions = {}): Promise<boolean> {
    if (this.dead) return true;
    this.#isTaken = true;
    const call = JOIN_QUIETLY as BlockingCall<this, unknown>;
    try {
      await blockAsync(this.#queue(), call, this, options);
    } catch (error) {
      if (!this.dead || error !== this.#error) throw error;
    }
    return this.dead;
  }

  /** The promise-returning twin of `wait`; `await thread` waits for it. */
  waitAsync(options: AsyncOptions = {}): Promise<T> {
    this.#isTaken = true;
    if (this.dead) return this.#settledPromise();
    return blockAsync(this.#queue(), JOIN as BlockingCall<this, T>, this, options);
  }

  /** Lets `await` take a green thread for a promise of its result. */
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    awaitedOutside.add(this);
    this.#promise ??= this.waitAsync();
    return this.#promise.then(onValue, onError);
  }

  /**
   * Raises an error where the thread is parked. One that has not started never runs, and has the
   * error for its result; for one that has ended nothing happens. Called in a green thread it
   * returns after the victim had its turn.
   *
   * @param error what is raised; default a new `GreenletExit`
   */
  kill(error: unknown = new GreenletExit(), options: KillOptions = {}): void {
    if (this.dead) return;
    if (this === (hub.current as unknown)) throw error;
    this.interruptWith(error, options.sticky ?? false);
    if (options.block) this.join(options.timeout);
    else if (hub.current !== undefined) hub.yieldTurn('kill()');
  }

  /** Raises the error and does not let it have its turn yet. @internal */
  interruptWith(error: unknown, isSticky: boolean): void {
    if (this.dead) return;
    if (this.#delay !== undefined) hub.timers.disarm(this.#delay);
    this.#delay = undefined;
    // What is sticky came to stay: nothing else may get in its way.
    hub.interrupt(this, { error, isSticky, level: 0, order: isSticky ? 0 : sourceOrder() });
    hub.start(this);
  }

  /** Kills it if it has not started; else nothing. */
  cancel(error: unknown = new GreenletExit()): void {
    if (this.#fn !== undefined && !this.dead) this.kill(error);
  }

  /** Calls `fn(thread, ...args)` when it ends, in it, in the order of linking; at once if it has ended. */
  link<A extends unknown[]>(fn: Link<T, A>, ...args: A): void {
    if (typeof fn !== 'function') throw invalidArgType('link', 'a function', fn);
    this.#isTaken = true;
    if (this.dead) fn(this, ...args);
    else (this.#links ??= []).push({ fn: fn as unknown as (...all: never[]) => void, args });
  }

  /** Like `link`, for whoever does not look at the result: an error is still reported as unhandled. */
  rawlink(callback: (thread: this) => void): void {
    if (this.dead) callback(this);
    else (this.#links ??= []).push({ fn: callback, args: [] });
  }

  /** Takes a link back: true when exactly this function with exactly these arguments was linked. */
  unlink<A extends unknown[]>(fn: Link<T, A>, ...args: A): boolean {
    const index =
      this.#links?.findIndex(
        (link) =>
          link.fn === (fn as unknown) &&
          link.args.length === args.length &&
          link.args.every((each, i) => Object.is(each, args[i])),
      ) ?? -1;
    if (index < 0) return false;
    this.#links?.splice(index, 1);
    return true;
  }

  /** Starts it after `seconds`; a kill or cancel before that takes the start back. @internal */
  startAfter(seconds: number): void {
    this.#delay = new Deadline(() => {
      hub.start(this);
    });
    hub.timers.arm(this.#delay, seconds * 1000);
  }

  /** @internal */
  execute(): void {
    const fn = this.#fn;
    this.#fn = undefined;
    try {
      hub.checkInterrupt(this);
      const args = this.#args;
      this.#args = noArguments;
      let value =
        fn === undefined
          ? undefined
          : args.length === 0
            ? Reflect.apply(fn, undefined, noArguments as [])
            : Reflect.apply(fn, undefined, args as never[]);
      if (types.isPromise(value)) value = waitForPromise(value, 'spawn()');
      this.#value = value;
      this.#outcome = 'value';
    } catch (error) {
      this.#error = error;
      this.#outcome = 'error';
    }
    this.#end();
  }

  /** @internal */
  abandon(error: unknown): void {
    this.#fn = undefined;
    this.#args = noArguments;
    this.#error = error;
    this.#outcome = 'error';
    this.#end();
  }

  #end(): void {
    this.interrupts = undefined;
    if (this.cleanups !== undefined) for (const cleanup of [...this.cleanups]) cleanup();
    awaitedOutside.delete(this);
    this.#runLinks();
    this.interrupts = undefined;
    const joiners = this.#joiners;
    this.#joiners = undefined;
    if (this.#outcome === 'value') joiners?.settleAll(this.#value);
    else joiners?.failAll(this.#error);
    this.locals = undefined;
    if (this.#outcome === 'error' && !this.#isTaken) this.#reportLater();
  }

  /** An error in a link is reported; the others still run. */
  #runLinks(): void {
    const links = this.#links;
    if (links === undefined) return;
    for (let link = links.shift(); link !== undefined; link = links.shift()) {
      try {
        Reflect.apply(link.fn, undefined, [this, ...link.args] as never[]);
      } catch (error) {
        if (!(error instanceof GreenletExit)) hub.report(error, `a link of ${this.name}`);
      }
    }
    this.#links = undefined;
  }

  /** Whoever spawned it may still ask for the result in this turn of the event loop. */
  #reportLater(): void {
    if (this.#error instanceof GreenletExit) return;
    const report = (): void => {
      if (this.#isTaken) return;
      this.#isTaken = true;
      const [frame] = this.spawnedAt;
      hub.report(this.#error, `${this.name}${frame === undefined ? '' : `, spawned ${frame}`}`);
    };
    if (this.isDetached) report();
    else setImmediate(report);
  }

  #result(): T {
    if (this.#outcome === 'error') throw this.#error;
    return this.#value as T;
  }

  #settledPromise(): Promise<T> {
    return this.#outcome === 'error' ? rejected(this.#error) : Promise.resolve(this.#value as T);
  }

  #queue(): WaitQueue {
    return (this.#joiners ??= new WaitQueue());
  }
}

/** The green thread that a blocking call blocks. @internal */
export function runningThread(what: string): GreenThread {
  const fiber = hub.blocking(what);
  if (fiber instanceof GreenThread) return fiber;
  throw new TypeError(`${what} needs a GreenThread`);
}

const noArguments: readonly unknown[] = [];

/** Threads that code outside waits for with `await`. @internal */
export const awaitedOutside: Set<GreenThread> = new Set<GreenThread>();
