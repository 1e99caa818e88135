import { GudegError, invalidArgType } from '../../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
} from '../blocking-call.ts';
import { hub } from '../hub.ts';
import { isThenable } from '../promise-bridge.ts';
import { checkCount } from '../semaphore.ts';
import { expiredTimeout, Timeout } from '../timeout.ts';
import { type Waiter, WaitQueue } from '../wait-queue.ts';
import { IdleResources, type Resource } from './idle-resources.ts';
import type { ResourcePoolOptions, ResourcePoolStatistics } from './resource-pool-options.ts';

/** What whoever waits is handed: a resource, or leave to make one. */
type Grant<T> = Resource<T> | 'create';

const GET: BlockingCall<ResourcePool, Grant<unknown>> = {
  name: 'ResourcePool.get()',
  timedOut(_self, seconds) {
    throw expiredTimeout(seconds);
  },
  giveBack(self, grant) {
    self.giveBackGrant(grant);
  },
};

const CREATE: BlockingCall<ResourcePool, unknown> = {
  name: 'create() of a ResourcePool',
  timedOut(_self, seconds) {
    throw expiredTimeout(seconds);
  },
  giveBack(self, resource) {
    self.endQuietly(resource);
  },
};

/**
 * Things that are costly to make and used by one at a time: connections, sessions, parsers. They are
 * made when they are needed, at most `maxSize`; whoever has waited longest gets the next one. eventlet's
 * `Pool`, with an age.
 *
 * @example
 * const pool = new ResourcePool({ create: () => connect(address), destroy: (socket) => socket.close() });
 * pool.with((socket) => socket.sendall('ping'));
 */
export class ResourcePool<T = unknown> {
  readonly #create: () => T | PromiseLike<T>;
  readonly #destroy: ((resource: T) => unknown) | undefined;
  readonly #createSeconds: number | undefined;
  readonly #idle: IdleResources<T>;
  readonly #inUse = new Map<T, Resource<T>>();
  readonly #waiters = new WaitQueue();
  #maxSize: number;
  #size = 0;
  #created = 0;
  #destroyed = 0;
  #isClosed = false;

  constructor(options: ResourcePoolOptions<T>) {
    const { create, destroy, minSize = 0, maxSize = 4, orderAsStack = false } = options;
    if (typeof create !== 'function') throw invalidArgType('create', 'a function', create);
    if (destroy !== undefined && typeof destroy !== 'function') {
      throw invalidArgType('destroy', 'a function', destroy);
    }
    this.#create = create;
    this.#destroy = destroy;
    this.#createSeconds = checkSeconds('createTimeout', options.createTimeout);
    this.#maxSize = checkCount('maxSize', maxSize);
    this.#idle = new IdleResources<T>({
      minCount: checkCount('minSize', minSize),
      isStack: orderAsStack,
      maxIdleMs: (checkSeconds('maxIdle', options.maxIdle) ?? Infinity) * 1000,
      maxAgeMs: (checkSeconds('maxAge', options.maxAge) ?? Infinity) * 1000,
      onExpired: (resource) => {
        this.#end(resource);
      },
    });
  }

  /**
   * A resource, waiting for one if `maxSize` are in use. It goes back with `put` or `discard`.
   *
   * @param timeout seconds to wait for a free one, at most; then a `Timeout` is thrown
   */
  get(timeout?: number): T {
    hub.blocking(GET.name);
    const seconds = checkSeconds('timeout', timeout);
    const grant =
      this.#tryGrant() ?? block(this.#waiters, GET as BlockingCall<this, Grant<T>>, this, seconds);
    if (grant !== 'create') return this.#lend(grant);
    using _timeout = new Timeout(this.#createSeconds ?? null);
    try {
      const made = this.#create();
      if (!isThenable(made)) return this.#adopt(made);
      const call = CREATE as BlockingCall<this, T>;
      return this.#adopt(block(undefined, call, this, undefined, undefined, this.#arrive(made)));
    } catch (error) {
      this.giveBackGrant('create');
      throw error;
    }
  }

  /** The promise-returning twin of `get`. */
  async getAsync(options: AsyncOptions = {}): Promise<T> {
    options.signal?.throwIfAborted();
    const grant =
      this.#tryGrant() ??
      (await blockAsync(this.#waiters, GET as BlockingCall<this, Grant<T>>, this, options));
    if (grant !== 'create') return this.#lend(grant);
    try {
      const made = Promise.resolve(this.#create());
      const limits = { timeout: this.#createSeconds, signal: options.signal };
      const call = CREATE as BlockingCall<this, T>;
      return this.#adopt(
        await blockAsync(undefined, call, this, limits, undefined, this.#arrive(made)),
      );
    } catch (error) {
      this.giveBackGrant('create');
      throw error;
    }
  }

  /** Gives a resource back. One beyond `maxSize`, or too old, is ended. */
  put(resource: T): void {
    const entry = this.#takeBack(resource);
    if (this.#isClosed || this.#size > this.#maxSize || this.#idle.isTooOld(entry)) {
      this.#end(entry);
    } else {
      this.#pass(entry);
    }
  }

  /** Gives back a resource that is no use any more: it is ended, and another may be made. */
  discard(resource: T): void {
    this.#end(this.#takeBack(resource));
  }

  /** Runs `fn` with a resource, and puts it back. */
  with<R>(fn: (resource: T) => R, timeout?: number): R {
    const resource = this.get(timeout);
    try {
      return fn(resource);
    } finally {
      this.#putIfLent(resource);
    }
  }

  /** The promise-returning twin of `with`. */
  async withAsync<R>(
    fn: (resource: T) => R | PromiseLike<R>,
    options: AsyncOptions = {},
  ): Promise<R> {
    const resource = await this.getAsync(options);
    try {
      return await fn(resource);
    } finally {
      this.#putIfLent(resource);
    }
  }

  /** How many may exist from now on. What is idle beyond that is ended, what is in use when it comes back. */
  resize(maxSize: number): void {
    this.#maxSize = checkCount('maxSize', maxSize);
    while (this.#size > this.#maxSize) {
      const entry = this.#idle.take();
      if (entry === undefined) return;
      this.#end(entry);
    }
    this.#admit();
  }

  /** How many could be had at once; negative when more are in use than may be. */
  free(): number {
    return this.#maxSize - (this.#size - this.#idle.length);
  }

  /** How many wait for one. */
  waiting(): number {
    return this.#waiters.length;
  }

  /** Ends what is idle. */
  clear(): void {
    for (let entry = this.#idle.take(); entry !== undefined; entry = this.#idle.take()) {
      this.#end(entry);
    }
  }

  /** Ends what is idle now, and what is in use when it comes back; nobody gets one any more. */
  close(): void {
    this.#isClosed = true;
    this.clear();
    this.#waiters.failAll(closedError());
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** How it stands now, in figures. */
  statistics(): ResourcePoolStatistics {
    return {
      size: this.#size,
      idle: this.#idle.length,
      inUse: this.#size - this.#idle.length,
      waiting: this.#waiters.length,
      created: this.#created,
      destroyed: this.#destroyed,
    };
  }

  /** Whoever waited was killed after he was handed something. @internal */
  giveBackGrant(grant: Grant<T>): void {
    if (grant !== 'create') {
      this.#pass(grant);
      return;
    }
    this.#size--;
    this.#admit();
  }

  #tryGrant(): Grant<T> | undefined {
    if (this.#isClosed) throw closedError();
    const idle = this.#idle.take();
    if (idle !== undefined) return idle;
    if (this.#size >= this.#maxSize) return undefined;
    this.#size++;
    return 'create';
  }

  #lend(entry: Resource<T>): T {
    this.#inUse.set(entry.value, entry);
    return entry.value;
  }

  #adopt(value: T): T {
    this.#created++;
    return this.#lend({ value, createdMs: hub.timers.clock.now(), idleSinceMs: 0 });
  }

  /** Takes over what `create` promised; one that comes when nobody waits any more is ended. */
  #arrive(made: PromiseLike<T>): (waiter: Waiter) => void {
    return (waiter) => {
      made.then(
        (value) => {
          if (waiter.isClosed) this.endQuietly(value);
          else waiter.settle(value);
        },
        (error: unknown) => {
          waiter.fail(error);
        },
      );
    };
  }

  #takeBack(resource: T): Resource<T> {
    const entry = this.#inUse.get(resource);
    if (entry === undefined) {
      throw new GudegError(
        'GUDEG_ERR_HUB_STATE',
        'The resource is not lent by this pool; put() takes back what get() gave, once',
      );
    }
    this.#inUse.delete(resource);
    return entry;
  }

  #putIfLent(resource: T): void {
    if (this.#inUse.has(resource)) this.put(resource);
  }

  #pass(entry: Resource<T>): void {
    const { first } = this.#waiters;
    if (first === undefined) this.#idle.add(entry);
    else first.settle(entry);
  }

  /** Lets those who wait make resources, as many as may be. */
  #admit(): void {
    while (this.#size < this.#maxSize && this.#waiters.first !== undefined) {
      this.#size++;
      this.#waiters.first.settle('create');
    }
  }

  #end(entry: Resource<T>): void {
    this.#size--;
    this.#destroyed++;
    this.endQuietly(entry.value);
    if (!this.#isClosed) this.#admit();
  }

  /** Ends a resource; what goes wrong is reported. @internal */
  endQuietly(value: T): void {
    const report = (error: unknown): void => {
      hub.report(error, 'destroy() of a ResourcePool');
    };
    try {
      const ended = this.#destroy?.(value);
      if (isThenable(ended)) void ended.then(undefined, report);
    } catch (error) {
      report(error);
    }
  }
}

function closedError(): GudegError {
  return new GudegError('GUDEG_ERR_HUB_SHUT_DOWN', 'The ResourcePool is closed');
}
