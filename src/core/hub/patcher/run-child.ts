import { spawn, type SpawnSyncOptions } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import { clearTimeout, setTimeout } from '../host-timers.ts';
import { waitForCallback } from '../wait-callback.ts';
import { planChild } from './child-plan.ts';
import { startOffLoop } from './off-loop-child.ts';

export type RunOptions = SpawnSyncOptions;

/** What `spawnSync` gives. */
export interface ChildOutcome {
  error?: NodeJS.ErrnoException & { path?: string; spawnargs?: string[] };
  status: number | null;
  signal: NodeJS.Signals | null;
  output: (Buffer | string | null)[] | null;
  pid: number;
  stdout: Buffer | string | null;
  stderr: Buffer | string | null;
}

/** What is asked for here of a `ChildProcess`. */
interface RunningChild {
  readonly pid?: number | undefined;
  readonly stdin: Writable | null;
  readonly stdio: readonly (Readable | Writable | null | undefined)[];
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  readonly spawnfile: string;
  readonly spawnargs: readonly string[];
  kill(signal?: NodeJS.Signals | number): boolean;
  on(event: 'error', listener: () => void): unknown;
  on(
    event: 'close',
    listener: (code: number | null, signal: NodeJS.Signals | null) => void,
  ): unknown;
}

const defaultMaxBuffer = 1024 * 1024;
const { errno } = constants;

/** Whether the options are such that the original would start a child, and need nothing of its own. */
export function canRunGreen({ input, killSignal, maxBuffer, stdio, timeout }: RunOptions): boolean {
  return (
    (maxBuffer === undefined || (typeof maxBuffer === 'number' && maxBuffer >= 0)) &&
    (timeout === undefined || (Number.isInteger(timeout) && timeout >= 0)) &&
    (killSignal === undefined || killSignal in constants.signals) &&
    (input === undefined || typeof input === 'string' || ArrayBuffer.isView(input)) &&
    !(Array.isArray(stdio) && stdio.includes('ipc'))
  );
}

/**
 * Runs a child process like `spawnSync`, parking the green thread; it is killed when the thread is.
 * Undefined when none can be started: the original says why, and without waiting.
 */
export function runChild(
  file: string,
  args: readonly string[],
  options: RunOptions,
): ChildOutcome | undefined {
  const { input, maxBuffer = defaultMaxBuffer, killSignal, encoding, timeout = 0 } = options;
  const child = start(file, args, options);
  if (child === undefined) return undefined;
  const run = new ChildRun(child, maxBuffer, killSignal);
  const deadline = timeout > 0 ? setTimeout(() => run.end(errno.ETIMEDOUT), timeout) : undefined;
  const hasInput = typeof input === 'string' ? input !== '' : (input?.byteLength ?? 0) > 0;
  try {
    child.stdin?.on('error', ({ errno: number }: NodeJS.ErrnoException) => {
      if (hasInput) run.inputFailed(number);
    });
    if (hasInput) child.stdin?.end(input);
    else child.stdin?.end();
    return waitForCallback<ChildOutcome | undefined>((done) => {
      child.on('error', () => {
        if (child.pid === undefined) done(null);
      });
      child.on('close', (status, signal) => {
        if (child.pid !== undefined) done(null, run.outcome(status, signal, encoding));
      });
    }, 'child_process.spawnSync()');
  } finally {
    clearTimeout(deadline);
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) run.end();
  }
}

function start(
  file: string,
  args: readonly string[],
  options: RunOptions,
): RunningChild | undefined {
  const plan = planChild(file, args, options);
  const offLoop = plan === undefined ? undefined : startOffLoop(plan);
  // What could not be started so fails here too, and in node's own way.
  if (offLoop !== undefined) return offLoop;
  try {
    return spawn(file, args, {
      ...options,
      stdio: options.stdio ?? 'pipe',
      timeout: undefined,
      signal: undefined,
    });
  } catch {
    return undefined;
  }
}

/** A child that runs, and what it has written so far. */
class ChildRun {
  readonly #child: RunningChild;
  readonly #killSignal: NodeJS.Signals | number | undefined;
  readonly #chunks: (Buffer[] | undefined)[];
  #bytesLeft: number;
  #errno = 0;
  #inputErrno = 0;

  constructor(
    child: RunningChild,
    maxBuffer: number,
    killSignal: NodeJS.Signals | number | undefined,
  ) {
    this.#child = child;
    this.#killSignal = killSignal;
    this.#bytesLeft = maxBuffer === 0 ? Infinity : maxBuffer;
    this.#chunks = child.stdio.map((stream, i) => {
      if (i === 0 || !stream) return undefined;
      const chunks: Buffer[] = [];
      (stream as Readable).on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        this.#bytesLeft -= chunk.length;
        // All of a chunk is kept, like in the original: it was read by then.
        if (this.#bytesLeft < 0) this.end(errno.ENOBUFS);
      });
      (stream as Readable).on('error', () => undefined);
      return chunks;
    });
  }

  /** Kills it, and reads no more. */
  end(errorNumber = 0): void {
    if (this.#errno === 0) this.#errno = -errorNumber;
    this.#child.kill(this.#killSignal);
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  /** The child did not read all of its input: told, where nothing worse happens. */
  inputFailed(errorNumber: number | undefined): void {
    if (this.#inputErrno === 0) this.#inputErrno = errorNumber ?? 0;
  }

  outcome(
    status: number | null,
    signal: NodeJS.Signals | null,
    encoding: BufferEncoding | 'buffer' | null | undefined,
  ): ChildOutcome {
    const { pid = 0, spawnfile, spawnargs } = this.#child;
    const isText = encoding !== undefined && encoding !== null && encoding !== 'buffer';
    const output = this.#chunks.map((chunks) => {
      if (chunks === undefined) return null;
      const bytes = Buffer.concat(chunks);
      return isText ? bytes.toString(encoding) : bytes;
    });
    const [, stdout = null, stderr = null] = output;
    const rest = { status, signal, output, pid, stdout, stderr };
    const errorNumber = this.#errno || this.#inputErrno;
    if (errorNumber === 0) return rest;
    return { error: systemError(errorNumber, spawnfile, spawnargs.slice(1)), ...rest };
  }
}

function systemError(errorNumber: number, file: string, spawnargs: string[]) {
  const code = getSystemErrorName(errorNumber);
  const syscall = `spawnSync ${file}`;
  return Object.assign(new Error(`${syscall} ${code}`), {
    errno: errorNumber,
    code,
    syscall,
    path: file,
    spawnargs,
  });
}
