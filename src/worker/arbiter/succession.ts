import type { ChildProcess } from 'node:child_process';
import { isRunning } from './pidfile.ts';

/** How often one looks whether the predecessor lives. */
const LOOK_MS = 500;

/** Which arbiter served the same sockets before this one, and which one will behind it (SIGUSR2). */
export class Succession {
  #predecessor: number | null;
  #successor: number | null = null;

  /** @param predecessor the process that started this one by SIGUSR2; null = nobody did */
  constructor(predecessor: number | null) {
    this.#predecessor = predecessor;
  }

  /** Whether the predecessor has not been missed yet. */
  get hasPredecessor(): boolean {
    return this.#predecessor !== null;
  }

  get successor(): number | null {
    return this.#successor;
  }

  /** Whoever started this process, while it lives. */
  get livingPredecessor(): number | null {
    const pid = this.#predecessor;
    return pid !== null && process.ppid === pid && isRunning(pid) ? pid : null;
  }

  /** Whether somebody else serves the same sockets. */
  get isShared(): boolean {
    return this.#successor !== null || this.livingPredecessor !== null;
  }

  /** Why no successor may be started now; null when one may. */
  get obstacle(): string | null {
    if (this.#successor !== null) return `the successor (pid:${this.#successor}) lives already`;
    const predecessor = this.livingPredecessor;
    return predecessor === null ? null : `the predecessor (pid:${predecessor}) still lives`;
  }

  /** Takes note of a successor; `onEnd` says how it ended, or why it could not begin. */
  begin(child: ChildProcess, onEnd: (how: Error | string) => void): void {
    this.#successor = child.pid ?? null;
    const end = (how: Error | string): void => {
      this.#successor = null;
      onEnd(how);
    };
    child.on('error', end);
    child.on('exit', (code, signal) => {
      end(signal ?? String(code ?? 0));
    });
    child.unref();
  }

  /** Calls `onInherit` when the predecessor is gone; never without one. */
  awaitInheritance(onInherit: () => void): void {
    if (this.#predecessor === null) return;
    const timer = setInterval(() => {
      if (this.livingPredecessor !== null) return;
      clearInterval(timer);
      this.#predecessor = null;
      onInherit();
    }, LOOK_MS).unref();
  }
}
