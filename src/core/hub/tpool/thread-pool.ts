import { availableParallelism } from 'node:os';
import { type AsyncOptions } from '../blocking-call.ts';
import { waitForPromise } from '../promise-bridge.ts';
import { ResourcePool } from '../pools/resource-pool.ts';
import type { ResourcePoolStatistics } from '../pools/resource-pool-options.ts';
import { checkCount } from '../semaphore.ts';
import { jobFunction, type PortableFunction } from './job-function.ts';
import { JobThread } from './job-thread.ts';

/**
 * Worker threads for work that keeps a processor busy. A thread has one job at a time; whoever has waited
 * longest gets the next thread. Threads that have no job do not keep the process alive.
 */
export class ThreadPool {
  readonly #threads: ResourcePool<JobThread>;

  /** @param size threads at a time, at most; default: as many as there are processors */
  constructor(size: number = availableParallelism()) {
    this.#threads = new ResourcePool<JobThread>({
      create: () => new JobThread(),
      destroy: (thread) => {
        thread.terminate();
      },
      maxSize: checkCount('size', size),
      orderAsStack: true,
    });
  }

  /**
   * Runs `fn(...args)` in another thread, and gives its value or throws its error. Arguments and value are
   * cloned (`structuredClone`). The thread of a job whose green thread is killed or timed out is stopped.
   *
   * @param fn a function that needs nothing from around it but globals, `require` and `import()`; or the URL
   *   of a module, with the name of an export behind `#`
   */
  execute<A extends unknown[], T>(fn: PortableFunction<A, T>, ...args: A): T {
    const run = jobFunction('fn', fn);
    const thread = this.#threads.get();
    try {
      return waitForPromise(thread.ask({ run, args }), 'tpool.execute()') as T;
    } finally {
      this.#giveBack(thread);
    }
  }

  /** The promise-returning twin of `execute`. */
  async executeAsync<A extends unknown[], T>(
    fn: PortableFunction<A, T>,
    args: A,
    options: Pick<AsyncOptions, 'signal'> = {},
  ): Promise<T> {
    const run = jobFunction('fn', fn);
    const { signal } = options;
    const thread = await this.#threads.getAsync(options);
    const stop = (): void => {
      thread.terminate();
    };
    signal?.addEventListener('abort', stop);
    try {
      return (await thread.ask({ run, args })) as T;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#giveBack(thread);
    }
  }

  /** How many threads there may be from now on. */
  resize(size: number): void {
    this.#threads.resize(size);
  }

  /** Ends the threads: those that work when they have done so. */
  close(): void {
    this.#threads.close();
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** How it stands now, in figures. */
  statistics(): ResourcePoolStatistics {
    return this.#threads.statistics();
  }

  /** One that still works has nobody who waits for it. */
  #giveBack(thread: JobThread): void {
    if (thread.isEnded || thread.jobCount > 0) this.#threads.discard(thread);
    else this.#threads.put(thread);
  }
}
