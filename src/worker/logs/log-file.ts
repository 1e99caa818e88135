import { closeSync, openSync } from 'node:fs';
import { pino } from 'pino';

type Destination = ReturnType<typeof pino.destination>;

/** How long a complaint about a file that cannot be written silences the next one. */
const COMPLAINT_MS = 60_000;

/** The most that waits in memory for a file that cannot be written; beyond, lines are dropped. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/**
 * A file, stdout or stderr that lines are appended to. A disk that is full stops nobody: the fault is
 * reported on stderr, lines that don't fit into memory are lost.
 */
export class LogFile {
  readonly #path: string;
  readonly #destination: Destination;
  readonly #isFile: boolean;
  #complainedAt = -Infinity;

  /**
   * @param path where to; `-` means the descriptor `standardFd`
   * @param isBuffered lines may wait up to a second before they are written
   * @throws a system error when the file cannot be opened
   */
  constructor(path: string, standardFd: 1 | 2, isBuffered: boolean) {
    this.#path = path;
    this.#isFile = path !== '-';
    // A file that is opened in the background would say too late that it can't be.
    if (this.#isFile) closeSync(openSync(path, 'a'));
    this.#destination = pino.destination({
      dest: path === '-' ? standardFd : path,
      sync: !isBuffered,
      minLength: isBuffered ? 8192 : 0,
      maxLength: MAX_WAITING_BYTES,
      ...(isBuffered ? { periodicFlush: 1000 } : {}),
    });
    this.#destination.on('error', (error: NodeJS.ErrnoException) => {
      this.#complain(error);
    });
  }

  /** What pino writes to. */
  get destination(): Destination {
    return this.#destination;
  }

  write(line: string): void {
    try {
      this.#destination.write(line);
    } catch (error) {
      this.#complain(error as NodeJS.ErrnoException);
    }
  }

  /** Opens the file anew, after something has renamed the old one. */
  reopen(): void {
    if (this.#isFile) this.#destination.reopen();
  }

  /** Writes what waits. */
  flush(): void {
    try {
      this.#destination.flushSync();
    } catch (error) {
      // Not open yet, or the disk is full: nothing more can be done for these lines.
      if ((error as NodeJS.ErrnoException).code !== undefined) {
        this.#complain(error as NodeJS.ErrnoException);
      }
    }
  }

  #complain(error: NodeJS.ErrnoException): void {
    const now = performance.now();
    if (now - this.#complainedAt < COMPLAINT_MS) return;
    this.#complainedAt = now;
    const what = this.#isFile ? `the log file ${this.#path}` : 'a standard stream';
    const cure = error.code === 'ENOSPC' ? '; free some space, meanwhile lines may be lost' : '';
    process.stderr.write(`gudeg: ${what} cannot be written: ${error.message}${cure}\n`);
  }
}
