import { Worker } from 'node:worker_threads';
import { GudegError } from '../../errors.ts';
import { jobThreadSource } from './job-thread-source.ts';

/** A function as it travels: its text, or where it is exported. */
export type JobFunction =
  { readonly text: string } | { readonly url: string; readonly exportName: string };

/** What a thread is asked. */
export type JobMessage =
  | { readonly make: JobFunction; readonly args: readonly unknown[] }
  | { readonly run: JobFunction; readonly args: readonly unknown[] }
  | { readonly name: string; readonly args: readonly unknown[] };

/** Its answer, or what a job says before that. */
type Answer =
  | { readonly value: unknown }
  | { readonly error: unknown; readonly more: Record<string, unknown> }
  | { readonly progress: unknown };

interface Job {
  readonly onProgress: ((progress: unknown) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One worker thread, and what was asked of it. It keeps the process alive only while it has something to do. */
export class JobThread {
  readonly #worker: Worker;
  readonly #jobs: Job[] = [];
  #isEnded = false;

  constructor(onEnd: (thread: JobThread) => void = () => undefined) {
    this.#worker = new Worker(jobThreadSource, { eval: true, name: 'gudeg tpool' });
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer) => {
      this.#answered(answer);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#worker.on('exit', (code) => {
      this.#fail(
        new GudegError('GUDEG_ERR_HUB_STATE', `The thread of the job ended with exit code ${code}`),
      );
      this.#isEnded = true;
      onEnd(this);
    });
  }

  /** Whether it takes no more jobs. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** What it does and has to do. */
  get jobCount(): number {
    return this.#jobs.length;
  }

  /**
   * Asks it something; jobs are done in the order in which they were asked for.
   *
   * @param onProgress is given what the job posts as `{ progress }` before its answer
   */
  ask(message: JobMessage, onProgress?: (progress: unknown) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isEnded)
        throw new GudegError('GUDEG_ERR_HUB_STATE', 'The thread of the job is ended');
      // Throws for what cannot be cloned.
      this.#worker.postMessage(message);
      if (this.#jobs.push({ onProgress, resolve, reject }) === 1) this.#worker.ref();
    });
  }

  /** Stops it, whatever it does. */
  terminate(): void {
    this.#isEnded = true;
    this.#fail(new GudegError('GUDEG_ERR_HUB_STATE', 'The thread of the job was stopped'));
    void this.#worker.terminate();
  }

  #answered(answer: Answer): void {
    if ('progress' in answer) {
      this.#jobs[0]?.onProgress?.(answer.progress);
      return;
    }
    const job = this.#jobs.shift();
    if (this.#jobs.length === 0) this.#worker.unref();
    if ('value' in answer) job?.resolve(answer.value);
    else if (answer.error instanceof Error) job?.reject(Object.assign(answer.error, answer.more));
    else job?.reject(answer.error);
  }

  #fail(error: unknown): void {
    for (const job of this.#jobs.splice(0)) job.reject(error);
    this.#worker.unref();
  }
}
