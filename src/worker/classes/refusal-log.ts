import type { ErrorLog } from '../logs/error-log.ts';

/** Between two lines about the same fault; whoever connects could fill the disk otherwise. */
const QUIET_MS = 10_000;

/** Logs connections that were refused, each kind of fault now and then. */
export class RefusalLog {
  readonly #log: ErrorLog;
  readonly #last = new Map<string, { at: number; unsaid: number }>();

  constructor(log: ErrorLog) {
    this.#log = log;
  }

  /** @param cure what to do about it, where the message does not say it */
  add(code: string, message: string, cure?: string): void {
    const now = performance.now();
    const last = this.#last.get(code);
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.unsaid++;
      return;
    }
    const more = last === undefined || last.unsaid === 0 ? '' : ` (and ${last.unsaid} before it)`;
    this.#last.set(code, { at: now, unsaid: 0 });
    this.#log.warning(
      `a connection was refused${more}: ${message}${cure === undefined ? '' : `; ${cure}`}`,
    );
  }
}
