import { GudegError } from '../errors.ts';
import {
  type AsyncOptions,
  block,
  blockAsync,
  type BlockingCall,
  checkSeconds,
} from './blocking-call.ts';
import { LightQueue } from './light-queue.ts';
import { WaitQueue } from './wait-queue.ts';

const JOIN: BlockingCall<Queue, boolean> = {
  name: 'Queue.join()',
  timedOut: () => false,
};

/** A FIFO queue that counts what was put and not yet done, so that `join` can wait for it. */
export class Queue<T = unknown> extends LightQueue<T> {
  readonly #joiners = new WaitQueue();
  #unfinished = 0;

  /** @internal */
  protected override onPut(): void {
    this.#unfinished++;
  }

  /** Items that were put and for which `taskDone` was not called yet. */
  get unfinishedTasks(): number {
    return this.#unfinished;
  }

  /**
   * Says that one item that was taken out has been dealt with.
   *
   * @throws GudegError GUDEG_ERR_HUB_STATE when it was called more often than items were put
   */
  taskDone(): void {
    if (this.#unfinished <= 0) {
      throw new GudegError('GUDEG_ERR_HUB_STATE', 'taskDone() called too many times');
    }
    this.#unfinished--;
    if (this.#unfinished === 0) this.#joiners.settleAll(true);
  }

  /** Waits until `taskDone` was called for every item. False when `timeout` seconds passed before. */
  join(timeout?: number): boolean {
    if (this.#unfinished === 0) return true;
    const seconds = checkSeconds('timeout', timeout);
    return block(this.#joiners, JOIN as BlockingCall<this, boolean>, this, seconds);
  }

  /** The promise-returning twin of `join`. */
  joinAsync(options: AsyncOptions = {}): Promise<boolean> {
    if (this.#unfinished === 0) return Promise.resolve(true);
    return blockAsync(this.#joiners, JOIN as BlockingCall<this, boolean>, this, options);
  }
}
