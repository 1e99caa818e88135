import { GudegError, invalidArgType } from '../../errors.ts';
import { type AsyncOptions, block, blockAsync, type BlockingCall } from '../blocking-call.ts';
import type { GreenThread } from '../green-thread.ts';
import { GreenletExit } from '../greenlet-exit.ts';
import { hub } from '../hub.ts';
import { startGreen } from '../spawn.ts';
import { WaitQueue } from '../wait-queue.ts';

/** A key was spawned or posted that has a value or a thread already. */
export class Collision extends GudegError {
  constructor(key: unknown) {
    super('GUDEG_ERR_HUB_STATE', `The DAGPool has the key ${String(key)} already`);
    this.name = 'Collision';
  }
}

/** A value that was asked for is not there, because what makes it failed; `cause` is the error of the one that did. */
export class PropagateError<K = unknown> extends GudegError {
  /** Whose value was asked for. */
  readonly key: K;

  constructor(key: K, cause: unknown) {
    const said = cause instanceof Error ? cause.message : String(cause);
    super('GUDEG_ERR_HUB_DEPENDENCY', `${String(key)} has no value, since it failed: ${said}`);
    this.name = 'PropagateError';
    this.key = key;
    this.cause = cause;
  }
}

/** What a DAGPool runs for a key: `results` gives the values of what it depends on, as they come. */
export type DagFunction<K, V> = (key: K, results: IterableIterator<[K, V]>) => V | Promise<V>;

type Outcome<V> = { readonly value: V } | { readonly error: unknown };

/** What a DAGPool looks like from outside. */
export interface DagPoolStatistics {
  readonly running: number;
  readonly finished: number;
  /** Green threads and promises that wait for values. */
  readonly waiting: number;
}

const WAIT: BlockingCall<DAGPool, unknown> = {
  name: 'DAGPool.wait()',
  timedOut: () => undefined,
};

/**
 * Runs functions whose inputs are the results of others, each in a green thread of its own: it says what it
 * depends on, and reads those values as they come. The graph may grow while it runs. eventlet's `DAGPool`.
 *
 * @example
 * const pool = new DAGPool([['source', readSource()]]);
 * pool.spawn('parsed', ['source'], (key, results) => parse(new Map(results).get('source')));
 * pool.spawn('page', ['parsed', 'style'], (key, results) => render(new Map(results)));
 * pool.post('style', readStyle());
 * const page = pool.get('page');
 */
export class DAGPool<K = unknown, V = unknown> {
  readonly #outcomes = new Map<K, Outcome<V>>();
  readonly #threads = new Map<K, GreenThread>();
  /** What each running function has not read yet. */
  readonly #missing = new Map<K, Set<K>>();
  readonly #changed = new WaitQueue();

  /** @param preload keys that have a value from the beginning */
  constructor(preload: Iterable<readonly [K, V]> = []) {
    for (const [key, value] of preload) this.#outcomes.set(key, { value });
  }

  /**
   * Runs `fn(key, results)` in a green thread; what it gives is the value of `key`.
   *
   * @param depends keys of the values that `results` gives, known or not yet
   * @throws Collision
   */
  spawn(key: K, depends: Iterable<K>, fn: DagFunction<K, V>): void {
    if (typeof fn !== 'function') throw invalidArgType('fn', 'a function', fn);
    if (this.#threads.has(key) || this.#outcomes.has(key)) throw new Collision(key);
    const missing = new Set(depends);
    const thread = startGreen(fn, [key, this.#values(missing)]);
    this.#threads.set(key, thread);
    this.#missing.set(key, missing);
    thread.link(() => {
      this.#threads.delete(key);
      this.#missing.delete(key);
      this.#settle(
        key,
        thread.successful() ? { value: thread.value as V } : { error: thread.exception },
      );
    });
  }

  /** `spawn` for each `[key, depends]`, all with the same function. */
  spawnMany(dependencies: Iterable<readonly [K, Iterable<K>]>, fn: DagFunction<K, V>): void {
    for (const [key, depends] of dependencies) this.spawn(key, depends, fn);
  }

  /**
   * Gives a key its value from outside.
   *
   * @param options `replace`: also where it has one already; default false
   * @throws Collision
   */
  post(key: K, value: V, options: { replace?: boolean } = {}): void {
    const isTaken = this.#outcomes.has(key) && options.replace !== true;
    if (this.#threads.has(key) || isTaken) throw new Collision(key);
    this.#settle(key, { value });
  }

  /**
   * Waits for the values of keys, known or not yet.
   *
   * @param keys default: all that are known now
   * @throws PropagateError as soon as one of them has failed
   */
  wait(keys: Iterable<K> = this.keys()): Map<K, V> {
    return new Map(this.waitEach(keys));
  }

  /** The promise-returning twin of `wait`. */
  async waitAsync(keys: Iterable<K> = this.keys(), options: AsyncOptions = {}): Promise<Map<K, V>> {
    const missing = new Set(keys);
    const values = new Map<K, V>();
    while (missing.size > 0) {
      const [ready] = this.#ready(missing);
      if (ready === undefined) await blockAsync(this.#changed, WAIT, this as DAGPool, options);
      else values.set(...ready);
    }
    return values;
  }

  /** Gives `[key, value]` as the values come. @throws PropagateError in place of a value that failed */
  waitEach(keys: Iterable<K> = this.keys()): IterableIterator<[K, V]> {
    hub.blocking(WAIT.name);
    return this.#values(new Set(keys));
  }

  /** `wait()` for everything, also what is spawned meanwhile. */
  waitall(): Map<K, V> {
    while (this.#threads.size > 0) this.wait();
    return this.wait();
  }

  /** Waits for one value. */
  get(key: K): V {
    return this.wait([key]).get(key) as V;
  }

  /** Kills the function that makes a value; who asks for the value gets a PropagateError. False if none runs. */
  kill(key: K): boolean {
    const thread = this.#threads.get(key);
    thread?.kill(new GreenletExit());
    return thread !== undefined;
  }

  /** Keys that have a value, failed, or are being made. */
  keys(): K[] {
    return [...new Set([...this.#outcomes.keys(), ...this.#threads.keys()])];
  }

  /** Keys whose function runs. */
  runningKeys(): K[] {
    return [...this.#threads.keys()];
  }

  /** What a running function has not read yet and is not there; empty for any other key. */
  waitingFor(key: K): K[] {
    return [...(this.#missing.get(key) ?? [])].filter((each) => !this.#outcomes.has(each));
  }

  /** How it stands now, in figures. */
  statistics(): DagPoolStatistics {
    return {
      running: this.#threads.size,
      finished: this.#outcomes.size,
      waiting: this.#changed.length,
    };
  }

  /** Takes keys out of `missing` as they get values. */
  *#values(missing: Set<K>): Generator<[K, V], void, undefined> {
    while (missing.size > 0) {
      const [ready] = this.#ready(missing);
      if (ready === undefined) block(this.#changed, WAIT, this as DAGPool);
      else yield ready;
    }
  }

  /** Takes keys that have a value out of `missing`, in the order in which they got it. */
  *#ready(missing: Set<K>): Generator<[K, V], void, undefined> {
    for (const key of this.#outcomes.keys()) {
      if (missing.delete(key)) yield [key, this.#valueOf(key)];
    }
  }

  #valueOf(key: K): V {
    const outcome = this.#outcomes.get(key);
    if (outcome !== undefined && 'value' in outcome) return outcome.value;
    throw new PropagateError(key, outcome?.error);
  }

  #settle(key: K, outcome: Outcome<V>): void {
    this.#outcomes.set(key, outcome);
    this.#changed.settleAll(undefined);
  }
}
