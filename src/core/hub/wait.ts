import { invalidArgType } from '../errors.ts';
import { type AsyncOptions, checkSeconds } from './blocking-call.ts';
import { GreenletExit } from './greenlet-exit.ts';
import { GreenThread } from './green-thread.ts';
import type { KillOptions } from './kill-options.ts';
import { hub } from './hub.ts';
import { LightQueue } from './light-queue.ts';
import { isThenable, waitForPromise } from './promise-bridge.ts';
import { Empty } from './queue-errors.ts';
import { withSignal } from './with-signal.ts';
import type { Waitable } from './waitable.ts';

/** When to stop waiting for several. */
export interface WaitOptions {
  /** Seconds to wait at most; default: forever. */
  timeout?: number | undefined;
  /** How many to wait for; default: all. */
  count?: number | undefined;
}

/**
 * Parks until a promise is settled: gives its value or throws its error.
 *
 * Given a function it is called with an `AbortSignal` that is aborted when the wait ends because the
 * green thread was killed or timed out: hand it to what makes the promise.
 *
 * @param options `signal`: ends the wait, its reason is thrown
 */
export function wait<T>(
  promise: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>),
  options?: { signal?: AbortSignal | undefined },
): T;
/** Parks until those objects are ready: gives them in the order in which they became so. */
export function wait<W extends Waitable>(objects: Iterable<W>, options?: WaitOptions): W[];
/** Parks until no other green thread is left: true; false when the time passed before. */
export function wait(objects?: undefined, options?: WaitOptions): boolean;
export function wait(
  subject?: unknown,
  options: WaitOptions & { signal?: AbortSignal | undefined } = {},
): unknown {
  hub.blocking('wait()');
  if (subject === undefined) return waitForAll(options.timeout);
  if (subject instanceof GreenThread) return (subject as GreenThread).wait();
  const { signal } = options;
  if (typeof subject === 'function') {
    return waitAborting(subject as (signal: AbortSignal) => PromiseLike<unknown>, signal);
  }
  if (isThenable(subject)) {
    const park = (): unknown => waitForPromise(subject, 'wait()');
    return signal === undefined ? park() : withSignal(signal, park);
  }
  if (isIterable(subject)) return [...iwait(subject as Iterable<Waitable>, options)];
  throw invalidArgType('promise', 'a promise, a function that gives one, or an iterable', subject);
}

function waitAborting(
  make: (signal: AbortSignal) => PromiseLike<unknown>,
  signal: AbortSignal | undefined,
): unknown {
  const controller = new AbortController();
  const promise = make(controller.signal);
  if (!isThenable(promise)) throw invalidArgType('what the function gives', 'a promise', promise);
  let isSettled = false;
  const park = (): unknown => {
    const done = (): void => {
      isSettled = true;
    };
    promise.then(done, done);
    return waitForPromise(promise, 'wait()');
  };
  try {
    return signal === undefined ? park() : withSignal(signal, park);
  } catch (error) {
    if (!isSettled) controller.abort(error);
    throw error;
  }
}

/** Gives objects as they become ready. Objects that are ready come first. */
export function* iwait<W extends Waitable>(
  objects: Iterable<W>,
  options: WaitOptions = {},
): Generator<W, void, undefined> {
  hub.blocking('iwait()');
  const finished = new Finished(objects, options);
  try {
    while (finished.isWaiting) yield finished.queue.get(true, finished.secondsLeft()).object;
  } catch (error) {
    if (!(error instanceof Empty)) throw error;
  } finally {
    finished.unlink();
  }
}

/**
 * The twin of `iwait` for `for await`; `signal` ends the wait, its reason is thrown.
 *
 * Each object comes wrapped, since a green thread by itself would give its result.
 */
export async function* iwaitAsync<W extends Waitable>(
  objects: Iterable<W>,
  options: WaitOptions & Pick<AsyncOptions, 'signal'> = {},
): AsyncGenerator<{ object: W }, void, undefined> {
  const finished = new Finished(objects, options);
  const { signal } = options;
  try {
    while (finished.isWaiting) {
      yield await finished.queue.getAsync({ timeout: finished.secondsLeft(), signal });
    }
  } catch (error) {
    if (!(error instanceof Empty)) throw error;
  } finally {
    finished.unlink();
  }
}

/** The twin of `wait` for several objects: resolves to them in the order in which they became ready. */
export async function waitAsync<W extends Waitable>(
  objects: Iterable<W>,
  options: WaitOptions & Pick<AsyncOptions, 'signal'> = {},
): Promise<W[]> {
  const done: W[] = [];
  for await (const { object } of iwaitAsync(objects, options)) done.push(object);
  return done;
}

/** Objects in the order in which they become ready. */
class Finished<W extends Waitable> {
  readonly queue = new LightQueue<{ object: W }>();
  readonly #links: { object: W; callback: () => void }[];
  readonly #endsMs: number | undefined;
  #left: number;

  constructor(objects: Iterable<W>, { timeout, count = Infinity }: WaitOptions) {
    const seconds = checkSeconds('timeout', timeout);
    if (seconds !== undefined) this.#endsMs = hub.timers.clock.now() + seconds * 1000;
    this.#links = [...objects].map((object) => {
      const callback = (): void => {
        this.queue.put({ object });
      };
      object.rawlink(callback);
      return { object, callback };
    });
    this.#left = Math.min(this.#links.length, count);
  }

  /** True once for each object that is to be waited for. */
  get isWaiting(): boolean {
    return this.#left-- > 0;
  }

  secondsLeft(): number | undefined {
    if (this.#endsMs === undefined) return undefined;
    return Math.max((this.#endsMs - hub.timers.clock.now()) / 1000, 0);
  }

  unlink(): void {
    for (const { object, callback } of this.#links) object.unlink(callback);
  }
}

/**
 * Waits for green threads to end; gives those that have, in the order in which they did.
 *
 * @param options `raiseError`: throw the first error of one of them, without waiting for the others
 */
export function joinall<T>(
  threads: Iterable<GreenThread<T>>,
  options: WaitOptions & { raiseError?: boolean | undefined } = {},
): GreenThread<T>[] {
  const done: GreenThread<T>[] = [];
  for (const thread of iwait(threads, options)) {
    if (options.raiseError && !thread.successful()) thread.wait();
    done.push(thread);
  }
  return done;
}

/** The promise-returning twin of `joinall`. */
export async function joinallAsync<T>(
  threads: Iterable<GreenThread<T>>,
  options: WaitOptions & Pick<AsyncOptions, 'signal'> & { raiseError?: boolean | undefined } = {},
): Promise<GreenThread<T>[]> {
  const done: GreenThread<T>[] = [];
  for await (const { object: thread } of iwaitAsync(threads, options)) {
    if (options.raiseError && !thread.successful()) await thread.waitAsync();
    done.push(thread);
  }
  return done;
}

/** Kills green threads and, in a green thread, waits for their end (`block: false`: does not). */
export function killall<T>(
  threads: Iterable<GreenThread<T>>,
  error: unknown = new GreenletExit(),
  options: KillOptions = {},
): void {
  const all = [...threads];
  const self = hub.current;
  for (const thread of all) {
    if (thread !== (self as unknown)) thread.interruptWith(error, options.sticky ?? false);
  }
  if (self === undefined) return;
  if (options.block ?? true) {
    joinall(
      all.filter((thread) => thread !== (self as unknown)),
      { timeout: options.timeout },
    );
  }
  if (all.includes(self as unknown as GreenThread<T>)) throw error;
}

function waitForAll(timeout: number | undefined): boolean {
  const seconds = checkSeconds('timeout', timeout);
  const endsMs = seconds === undefined ? undefined : hub.timers.clock.now() + seconds * 1000;
  for (;;) {
    const others = [...hub.fibers()].filter((fiber) => fiber !== hub.current);
    const [other] = others;
    if (!(other instanceof GreenThread)) return true;
    const left = endsMs === undefined ? undefined : (endsMs - hub.timers.clock.now()) / 1000;
    if (left !== undefined && left <= 0) return false;
    if (!other.join(left)) return false;
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
