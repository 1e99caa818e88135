import { GudegError, invalidArgType } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
} from './blocking-call.ts';
import { hub } from './hub.ts';
import { Empty, Full, ShutDown } from './queue-errors.ts';
import { RunQueue } from './run-queue.ts';
import { WaitQueue } from './wait-queue.ts';

/** What a queue looks like from outside. */
export interface QueueStatistics {
  readonly size: number;
  readonly maxSize: number | null;
  readonly getting: number;
  readonly putting: number;
}

/** Keeps a queue's items, in the order in which they leave. */
export interface ItemStore<T> {
  readonly length: number;
  /** Takes an item in. */
  push(item: T): void;
  /** Gives the next item. */
  shift(): T | undefined;
  /** Puts an item back so that it is the next to leave. */
  unshift(item: T): void;
}

const GET: BlockingCall<LightQueue, unknown> = {
  name: 'LightQueue.get()',
  timedOut() {
    throw new Empty();
  },
  giveBack(self, item) {
    self.giveBackItem(item);
  },
};

const PUT: BlockingCall<LightQueue, undefined> = {
  name: 'LightQueue.put()',
  timedOut() {
    throw new Full();
  },
};

/**
 * A FIFO queue between green threads, without `join`. An item goes to the getter that has waited
 * longest, at the time of the `put`.
 */
export class LightQueue<T = unknown> {
  readonly #getters = new WaitQueue();
  readonly #putters = new WaitQueue();
  readonly #items: ItemStore<T>;
  #maxSize: number;
  #isShutDown = false;

  /**
   * @param maxSize items it holds at most; null, undefined or negative: any number; 0: a channel
   * @param items keeps the items in the order in which they leave
   */
  constructor(maxSize?: number | null, items: ItemStore<T> = new RunQueue<T>()) {
    this.#maxSize = checkSize(maxSize);
    this.#items = items;
  }

  /** Called with every item that is accepted. @internal */
  protected onPut(): void {
    // A plain queue does not count its items.
  }

  /** Items it holds at most; null for any number. */
  get maxsize(): number | null {
    return this.#maxSize === Infinity ? null : this.#maxSize;
  }

  /** Items in it now. */
  qsize(): number {
    return this.#items.length;
  }

  /** True when a `get` would find no item; a channel is always empty. */
  empty(): boolean {
    return this.#items.length === 0;
  }

  /** True when a `put` would find no slot; a channel is always full. */
  full(): boolean {
    return this.#items.length >= this.#maxSize;
  }

  /** Those who wait in `get`. */
  getting(): number {
    return this.#getters.length;
  }

  /** Those who wait in `put`. */
  putting(): number {
    return this.#putters.length;
  }

  /** Changes the size. Putters that fit now go on; items that do not fit any more stay. */
  resize(maxSize: number | null): void {
    this.#maxSize = checkSize(maxSize);
    this.#admit();
  }

  /**
   * Puts an item in, waiting for a free slot; in a channel, for a getter.
   *
   * @param isBlocking false: throws `Full` instead of waiting
   * @param timeout seconds to wait at most; then `Full`
   */
  put(item: T, isBlocking = true, timeout?: number): void {
    const isHandedOver = this.#maxSize === 0 && this.#getters.length > 0;
    if (this.#tryPut(item)) {
      // A channel's putter goes on after the getter has the item.
      if (isHandedOver && isBlocking && hub.current !== undefined) hub.yieldTurn(PUT.name);
      return;
    }
    if (!isBlocking) throw new Full();
    const seconds = checkSeconds('timeout', timeout);
    block(this.#putters, PUT as BlockingCall<this, undefined>, this, seconds, item);
  }

  /** Puts an item without waiting. @throws Full */
  putNowait(item: T): void {
    this.put(item, false);
  }

  /** The promise-returning twin of `put`. */
  putAsync(item: T, options: AsyncOptions = {}): Promise<undefined> {
    if (this.#isShutDown) return Promise.reject(new ShutDown());
    if (options.signal?.aborted !== true && this.#tryPut(item)) return Promise.resolve(undefined);
    return blockAsync(this.#putters, PUT as BlockingCall<this, undefined>, this, options, item);
  }

  /**
   * Takes the next item out, waiting for one.
   *
   * @param isBlocking false: throws `Empty` instead of waiting
   * @param timeout seconds to wait at most; then `Empty`
   */
  get(isBlocking = true, timeout?: number): T {
    if (this.#canGet()) return this.#take();
    // A channel's putter hands over only to a getter that waits for it.
    if (!isBlocking) throw new Empty();
    const seconds = checkSeconds('timeout', timeout);
    if (this.#maxSize === 0 && this.#putters.length > 0) return this.#takeFromPutter();
    return block(this.#getters, GET as BlockingCall<this, T>, this, seconds);
  }

  /** Takes an item without waiting. @throws Empty */
  getNowait(): T {
    return this.get(false);
  }

  /** The promise-returning twin of `get`. An item that is a promise or a green thread gives its result. */
  getAsync(options: AsyncOptions = {}): Promise<T> {
    if (options.signal?.aborted !== true) {
      if (this.#isShutDown && this.#items.length === 0) return Promise.reject(new ShutDown());
      if (this.#canGet()) return Promise.resolve(this.#take());
      if (this.#putters.length > 0) return Promise.resolve(this.#takeFromPutter());
    }
    return blockAsync(this.#getters, GET as BlockingCall<this, T>, this, options);
  }

  /**
   * Ends the queue: `put` throws `ShutDown`, and so does `get` once it is empty.
   *
   * @param isImmediate true: items that are left are dropped
   */
  shutdown(isImmediate = false): void {
    this.#isShutDown = true;
    if (isImmediate) while (this.#items.shift() !== undefined);
    this.#putters.failAll(new ShutDown());
    if (this.#items.length === 0) this.#getters.failAll(new ShutDown());
  }

  /** Every item until the queue is shut down. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (;;) {
      try {
        yield this.get();
      } catch (error) {
        if (error instanceof ShutDown) return;
        throw error;
      }
    }
  }

  /** How it stands now, in figures. */
  statistics(): QueueStatistics {
    return {
      size: this.#items.length,
      maxSize: this.maxsize,
      getting: this.#getters.length,
      putting: this.#putters.length,
    };
  }

  /** The getter that was handed this item was killed before it ran. @internal */
  giveBackItem(item: T): void {
    const getter = this.#getters.first;
    if (getter === undefined) this.#items.unshift(item);
    else getter.settle(item);
  }

  #tryPut(item: T): boolean {
    if (this.#isShutDown) throw new ShutDown();
    const getter = this.#getters.first;
    if (getter !== undefined) {
      this.onPut();
      getter.settle(item);
      return true;
    }
    if (this.#items.length >= this.#maxSize) return false;
    this.onPut();
    this.#items.push(item);
    return true;
  }

  #canGet(): boolean {
    if (this.#items.length > 0) return true;
    if (this.#isShutDown) throw new ShutDown();
    return false;
  }

  #take(): T {
    const item = this.#items.shift() as T;
    this.#admit();
    return item;
  }

  #takeFromPutter(): T {
    const putter = this.#putters.first;
    if (putter === undefined) throw new GudegError('GUDEG_ERR_HUB_STATE', 'no putter waits');
    this.onPut();
    const item = putter.payload as T;
    putter.settle(undefined);
    return item;
  }

  /** Lets putters in for whom there is a slot now. */
  #admit(): void {
    while (this.#putters.length > 0 && this.#items.length < this.#maxSize) {
      this.#items.push(this.#takeFromPutter());
    }
  }
}

function checkSize(maxSize: unknown): number {
  if (maxSize === undefined || maxSize === null) return Infinity;
  if (typeof maxSize !== 'number' || Number.isNaN(maxSize)) {
    throw invalidArgType('maxSize', 'a number, null or undefined', maxSize);
  }
  return maxSize < 0 ? Infinity : Math.floor(maxSize);
}
