import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { hub } from '../hub.ts';
import { setTimeout } from '../host-timers.ts';
import { waitForCallback } from '../wait-callback.ts';
import type { ChildPlan } from './child-plan.ts';

type SignalName = NodeJS.Signals;

interface Start {
  readonly pid: number;
  readonly pidfd: number;
  readonly ends: number[];
}

const readable = 1;
/** What `reapChild` says until the child has ended. */
const isRunning = -1;
/** How often to look where the system cannot tell. */
const lookMs = 10;
const { signals } = constants;

/**
 * Starts a child away from the event loop, which `child_process.spawn` stops until the child runs: fork(2) copies the tables of
 * all memory first, and a busy machine lets the child wait for its turn. Parks the green thread meanwhile.
 *
 * Undefined where that can't be done; nothing was started then.
 */
export function startOffLoop(plan: ChildPlan): OffLoopChild | undefined {
  const { file, args, environment, folder, streams, isDetached } = plan;
  const start = waitForCallback<Start | undefined>(
    (done) => {
      const status = hub.native.startChild(
        file,
        args,
        environment,
        folder,
        streams,
        isDetached,
        (pid, pidfd, ends) => {
          done(null, pid < 0 ? undefined : { pid, pidfd, ends });
        },
      );
      if (status !== 0) done(null);
    },
    'child_process.spawnSync()',
    (unwanted) => {
      if (unwanted !== undefined) new OffLoopChild(plan, unwanted).abandon();
    },
  );
  return start === undefined ? undefined : new OffLoopChild(plan, start);
}

/** A child that was started so: what `ChildProcess` has of it, as far as it is asked for here. */
export class OffLoopChild extends EventEmitter {
  readonly pid: number;
  readonly spawnfile: string;
  readonly spawnargs: string[];
  /** Our ends of its pipes; null for descriptors that are none. */
  readonly stdio: readonly (Socket | null)[];
  exitCode: number | null = null;
  signalCode: SignalName | null = null;
  readonly #pidfd: number;
  #unclosed = 1;

  constructor({ file, args, streams }: ChildPlan, { pid, pidfd, ends }: Start) {
    super();
    this.pid = pid;
    this.spawnfile = file;
    this.spawnargs = [...args];
    let next = 0;
    this.stdio = Array.from(streams, (stream, descriptor) => {
      const fd = stream === 'p' ? ends[next++] : undefined;
      if (fd === undefined) return null;
      const socket = new Socket({ fd, readable: descriptor > 0, writable: true });
      this.#unclosed++;
      socket.once('close', () => {
        this.#closed();
      });
      return socket;
    });
    this.#pidfd = pidfd;
    const slot =
      pidfd < 0
        ? pidfd
        : hub.native.openPoll(pidfd, () => {
            hub.native.closePoll(slot);
            this.#look();
          });
    if (slot >= 0) hub.native.watchPoll(slot, readable);
    else this.#lookLater();
  }

  get stdin(): Socket | null {
    return this.stdio[0] ?? null;
  }

  /** Sends it a signal. False when it has ended. */
  kill(signal: SignalName | number = 'SIGTERM'): boolean {
    // Until it is reaped its id is nobody else's.
    if (this.#hasEnded) return false;
    try {
      return process.kill(this.pid, signal);
    } catch {
      return false;
    }
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    this.kill();
    for (const stream of this.stdio) stream?.on('error', () => undefined).destroy();
  }

  get #hasEnded(): boolean {
    return this.exitCode !== null || this.signalCode !== null;
  }

  #lookLater(): void {
    setTimeout(() => {
      this.#look();
    }, lookMs);
  }

  #look(): void {
    const status = hub.native.reapChild(this.pid, this.#pidfd);
    if (status === isRunning) {
      this.#lookLater();
      return;
    }
    const signal = status & 0x7f;
    if (status < 0) this.exitCode = status;
    else if (signal === 0) this.exitCode = status >> 8;
    else this.signalCode = nameOf(signal);
    this.stdin?.destroy();
    this.#closed();
  }

  #closed(): void {
    if (--this.#unclosed === 0) this.emit('close', this.exitCode, this.signalCode);
  }
}

function nameOf(number: number): SignalName {
  const names = Object.keys(signals) as SignalName[];
  return names.find((name) => signals[name] === number) ?? 'SIGKILL';
}
