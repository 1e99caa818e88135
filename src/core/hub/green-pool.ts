import { GudegError } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
} from './blocking-call.ts';
import { GreenMap, zip } from './green-map.ts';
import { GreenThread, runningThread } from './green-thread.ts';
import type { KillOptions } from './kill-options.ts';
import { hub } from './hub.ts';
import { Full } from './queue-errors.ts';
import { checkCount } from './semaphore.ts';
import { type GreenFunction, makeGreen } from './spawn.ts';
import { killall } from './wait.ts';
import { WaitQueue } from './wait-queue.ts';

/** What a pool looks like from outside. */
export interface PoolStatistics {
  readonly size: number;
  readonly running: number;
  readonly free: number;
  readonly waiting: number;
}

const SPAWN: BlockingCall<GreenPool, undefined> = {
  name: 'GreenPool.spawn()',
  timedOut: () => undefined,
  giveBack(self) {
    self.giveBackSlot();
  },
};
const JOIN: BlockingCall<GreenPool, boolean> = {
  name: 'GreenPool.waitall()',
  timedOut: () => false,
};

/** Runs at most `size` green threads at a time; whoever spawns one more waits for a slot, in order. */
export class GreenPool {
  readonly #members = new Set<GreenThread>();
  readonly #spawners = new WaitQueue();
  readonly #allDone = new WaitQueue();
  #size: number;
  /** Slots handed to spawners that have not run yet. */
  #reserved = 0;

  /** @throws RangeError GUDEG_ERR_OUT_OF_RANGE for a negative size */
  constructor(size = 1000) {
    this.#size = checkCount('size', size);
  }

  /** How many may run at a time. */
  get size(): number {
    return this.#size;
  }

  /** Members that have not ended. */
  running(): number {
    return this.#members.size;
  }

  /** Free slots; negative after shrinking below what runs. */
  free(): number {
    return this.#size - this.#members.size - this.#reserved;
  }

  /** True when a `spawn` would have to wait. */
  full(): boolean {
    return this.free() <= 0;
  }

  /** Those who wait to spawn. */
  waiting(): number {
    return this.#spawners.length + this.#reserved;
  }

  /** Changes the size: members that run finish, and spawners that fit now go on. */
  resize(size: number): void {
    this.#size = checkCount('size', size);
    this.#admit();
  }

  /**
   * Like `spawn`, waiting for a slot. A member of a full pool that spawns runs the function itself,
   * so that nesting cannot deadlock.
   */
  spawn<A extends unknown[], T>(fn: GreenFunction<A, T>, ...args: A): GreenThread<T> {
    if (this.full() || this.#spawners.length > 0) {
      if (this.#members.has(runningThread(SPAWN.name))) return runInline(fn, args);
      this.#waitForSlot();
    }
    return this.#start(fn, args);
  }

  /** The promise-returning twin of `spawn`. */
  async spawnAsync<A extends unknown[], T>(
    fn: GreenFunction<A, T>,
    args: A,
    options: AsyncOptions = {},
  ): Promise<{ thread: GreenThread<T> }> {
    if (this.full() || this.#spawners.length > 0) {
      await blockAsync(this.#spawners, SPAWN, this as GreenPool, { signal: options.signal });
      this.#reserved--;
    }
    // Wrapped: a promise of a thenable would wait for the thread's end.
    return { thread: this.#start(fn, args) };
  }

  /** Like `spawn` for a function whose result nobody wants: an error is reported at once. */
  spawnN<A extends unknown[], T>(fn: GreenFunction<A, T>, ...args: A): void {
    this.spawn(fn, ...args).isDetached = true;
  }

  /**
   * Like `spawn` where a slot is free, for code of the event loop: where nothing else waits to run, the
   * function runs until it parks or ends before this returns. Undefined without a free slot.
   *
   * @internal
   */
  trySpawnNow<A extends unknown[], T>(
    fn: GreenFunction<A, T>,
    ...args: A
  ): GreenThread<T> | undefined {
    if (this.full() || this.#spawners.length > 0) return undefined;
    const thread = this.#makeMember(fn, args);
    hub.startNow(thread);
    return thread;
  }

  /**
   * Waits until no member and nobody who waits to spawn is left.
   *
   * @throws GudegError GUDEG_ERR_HUB_STATE in a member
   */
  waitall(): void {
    this.join();
  }

  /** The promise-returning twin of `waitall`. */
  async waitallAsync(options: AsyncOptions = {}): Promise<undefined> {
    await this.joinAsync(options);
  }

  /** Like `waitall`. False when `timeout` seconds passed before. */
  join(timeout?: number): boolean {
    const { current } = hub;
    if (current instanceof GreenThread && this.#members.has(current)) {
      throw new GudegError(
        'GUDEG_ERR_HUB_STATE',
        "Calling waitall() from within one of the GreenPool's green threads will never terminate",
      );
    }
    const seconds = checkSeconds('timeout', timeout);
    return this.#isIdle() || block(this.#allDone, JOIN, this as GreenPool, seconds);
  }

  /** The promise-returning twin of `join`. */
  joinAsync(options: AsyncOptions = {}): Promise<boolean> {
    if (this.#isIdle()) return Promise.resolve(true);
    return blockAsync(this.#allDone, JOIN, this as GreenPool, options);
  }

  /** `fn(...args)` for each array of arguments, at most `size` at a time; results in order. */
  starmap<A extends unknown[], T>(
    fn: GreenFunction<A, T> | null,
    argumentLists: Iterable<A>,
  ): GreenMap<T> {
    return new GreenMap<T>(
      new GreenPool(this.#size),
      fn as GreenFunction<unknown[], T> | null,
      argumentLists,
    );
  }

  /** `fn(a, b, ...)` for the items of the iterables side by side; results in order. */
  imap<T>(fn: GreenFunction<never[], T>, ...iterables: Iterable<unknown>[]): GreenMap<T> {
    return this.starmap(fn as unknown as GreenFunction<unknown[], T>, zip(iterables));
  }

  /** All results of `imap` in an array. */
  map<T>(fn: GreenFunction<never[], T>, ...iterables: Iterable<unknown>[]): T[] {
    return [...this.imap(fn, ...iterables)];
  }

  /** The promise-returning twin of `map`: the iterables come in an array. */
  mapAsync<T>(
    fn: GreenFunction<never[], T>,
    iterables: Iterable<unknown>[],
    options: Pick<AsyncOptions, 'signal'> = {},
  ): Promise<T[]> {
    return this.imap(fn, ...iterables).toArrayAsync(options);
  }

  /** Like `imap`, results as they come. */
  imapUnordered<T>(fn: GreenFunction<never[], T>, ...iterables: Iterable<unknown>[]): GreenMap<T> {
    return new GreenMap<T>(
      new GreenPool(this.#size),
      fn as unknown as GreenFunction<unknown[], T>,
      zip(iterables),
      false,
    );
  }

  /**
   * Makes a green thread that runs already a member, waiting for a slot.
   *
   * @param isBlocking false: throws `Full` instead of waiting
   */
  add<T>(thread: GreenThread<T>, isBlocking = true): void {
    if (thread.dead || this.has(thread)) return;
    if (this.full() || this.#spawners.length > 0) {
      if (!isBlocking) throw new Full('the pool is full');
      this.#waitForSlot();
    }
    this.#admitMember(thread);
  }

  /** Kills all members and, in a green thread, waits for their end (`block: false`: does not). */
  kill(error?: unknown, options: KillOptions = {}): void {
    killall([...this.#members], error, options);
  }

  /** Whether the thread runs in this pool. */
  has<T>(thread: GreenThread<T>): boolean {
    return this.#members.has(thread);
  }

  /** How it stands now, in figures. */
  statistics(): PoolStatistics {
    return {
      size: this.#size,
      running: this.running(),
      free: this.free(),
      waiting: this.waiting(),
    };
  }

  /** A spawner was killed after it was handed a slot. @internal */
  giveBackSlot(): void {
    this.#reserved--;
    this.#admit();
  }

  #waitForSlot(): void {
    block(this.#spawners, SPAWN, this as GreenPool);
    this.#reserved--;
  }

  #start<A extends unknown[], T>(fn: GreenFunction<A, T>, args: A): GreenThread<T> {
    const thread = this.#makeMember(fn, args);
    hub.start(thread);
    return thread;
  }

  #makeMember<A extends unknown[], T>(fn: GreenFunction<A, T>, args: A): GreenThread<T> {
    const thread = makeGreen(fn, args);
    this.#admitMember(thread);
    return thread;
  }

  #admitMember(member: GreenThread): void {
    // It may have ended while somebody waited for a slot for it.
    if (member.dead) {
      this.#admit();
      return;
    }
    this.#members.add(member);
    (member.cleanups ??= new Set()).add(() => {
      this.#members.delete(member);
      this.#admit();
    });
  }

  #isIdle(): boolean {
    return this.#members.size === 0 && this.#spawners.length === 0 && this.#reserved === 0;
  }

  #admit(): void {
    while (this.free() > 0 && this.#spawners.first !== undefined) {
      this.#reserved++;
      this.#spawners.first.settle(undefined);
    }
    if (this.#isIdle()) this.#allDone.settleAll(true);
  }
}

function runInline<A extends unknown[], T>(fn: GreenFunction<A, T>, args: A): GreenThread<T> {
  const thread = new GreenThread<T>(
    fn as unknown as (...args: never[]) => T | Promise<T>,
    args,
    runInline,
  );
  thread.execute();
  hub.forget(thread);
  return thread;
}
