import { invalidArgType } from '../errors.ts';
import { block, type BlockingCall, checkSeconds } from './blocking-call.ts';
import { watchForDeadlock } from './deadlock.ts';
import { GreenThread } from './green-thread.ts';
import type { KillOptions } from './kill-options.ts';
import { hub } from './hub.ts';

const SLEEP: BlockingCall<undefined, undefined> = { name: 'sleep()', timedOut: () => undefined };

/** Any function a green thread can run. A promise that it gives is waited for. */
export type GreenFunction<A extends unknown[], T> = (...args: A) => T | Promise<T>;

/**
 * Starts `fn(...args)` in a green thread of its own, on the hub's next turn, in the order of spawning.
 * Inside it every call of the hub blocks that green thread and never the event loop.
 *
 * @throws GudegError GUDEG_ERR_NATIVE_UNAVAILABLE where the addon cannot be loaded
 */
export function spawn<A extends unknown[], T>(fn: GreenFunction<A, T>, ...args: A): GreenThread<T> {
  const thread = make(fn, args, spawn);
  hub.start(thread);
  return thread;
}

/** Like `spawn` for a function whose result nobody wants: an error is reported at once. */
export function spawnN<A extends unknown[], T>(
  fn: GreenFunction<A, T>,
  ...args: A
): GreenThread<T> {
  const thread = make(fn, args, spawnN);
  thread.isDetached = true;
  hub.start(thread);
  return thread;
}

/** Like `spawn`, not before `seconds` have passed; `cancel()` takes it back until then. */
export function spawnAfter<A extends unknown[], T>(
  seconds: number,
  fn: GreenFunction<A, T>,
  ...args: A
): GreenThread<T> {
  const delay = checkDelay(seconds);
  const thread = make(fn, args, spawnAfter);
  thread.startAfter(delay);
  return thread;
}

/** Like `spawnAfter`, and cancelled when the green thread that called has ended by then. */
export function spawnAfterLocal<A extends unknown[], T>(
  seconds: number,
  fn: GreenFunction<A, T>,
  ...args: A
): GreenThread<T> {
  const delay = checkDelay(seconds);
  const thread = make(fn, args, spawnAfterLocal);
  thread.startAfter(delay);
  const cancel = (): void => {
    thread.cancel();
  };
  const cleanups = hub.current === undefined ? undefined : (hub.current.cleanups ??= new Set());
  cleanups?.add(cancel);
  thread.cleanups = new Set([() => cleanups?.delete(cancel)]);
  return thread;
}

/**
 * Makes a function that runs `fn` in a green thread and gives the `GreenThread`, which is awaitable:
 * a handler for anything that takes async functions.
 */
export function green<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => T | Promise<T>,
): (this: This, ...args: A) => GreenThread<T> {
  if (typeof fn !== 'function') throw invalidArgType('fn', 'a function', fn);
  return function greenFunction(this: This, ...args: A): GreenThread<T> {
    const thread = make(fn.bind(this) as GreenFunction<A, T>, args, greenFunction);
    hub.start(thread);
    return thread;
  };
}

/** Parks for `seconds`. 0 and less lets everything else that can run now run once. */
export function sleep(seconds = 0): void {
  if (typeof seconds !== 'number' || Number.isNaN(seconds)) {
    throw invalidArgType('seconds', 'a number', seconds);
  }
  if (seconds <= 0) {
    hub.yieldTurn(SLEEP.name);
    return;
  }
  block(undefined, SLEEP, undefined, seconds === Infinity ? undefined : seconds);
}

/**
 * Lets everything else that can run now run once.
 *
 * @param switchBack false: parks until killed or timed out
 */
export function gyield(switchBack = true): void {
  if (switchBack) hub.yieldTurn('gyield()');
  else block(undefined, { name: 'gyield(false)', timedOut: () => undefined }, undefined);
}

/** The running green thread; undefined on the event loop's own stack. */
export function getcurrent(): GreenThread | undefined {
  return hub.current as GreenThread | undefined;
}

/** `thread.kill(error, options)`. */
export function kill<T>(thread: GreenThread<T>, error?: unknown, options?: KillOptions): void {
  if (!(thread instanceof GreenThread)) throw invalidArgType('thread', 'a GreenThread', thread);
  thread.kill(error, options);
}

/** `spawn` for what spawns on somebody's behalf, and starts it itself. @internal */
export function makeGreen<A extends unknown[], T>(
  fn: GreenFunction<A, T>,
  args: A,
): GreenThread<T> {
  return make(fn, args, makeGreen);
}

/** `spawn` for what spawns on somebody's behalf. @internal */
export function startGreen<A extends unknown[], T>(
  fn: GreenFunction<A, T>,
  args: A,
): GreenThread<T> {
  const thread = make(fn, args, startGreen);
  hub.start(thread);
  return thread;
}

function make<A extends unknown[], T>(
  fn: GreenFunction<A, T>,
  args: A,
  below: (...args: never[]) => unknown,
): GreenThread<T> {
  watchForDeadlock();
  return new GreenThread<T>(fn as unknown as (...args: never[]) => T | Promise<T>, args, below);
}

function checkDelay(seconds: number): number {
  return checkSeconds('seconds', seconds) ?? Infinity;
}
