import { closeSync, openSync, write, writeSync } from 'node:fs';

/** How long a complaint about a file that cannot be written silences the next one. */
const COMPLAINT_MS = 60_000;

/** So many characters go out at once, or what there is after so long. */
const BATCH_CHARACTERS = 65_536;
const BATCH_MS = 500;

/** The most that waits in memory while the file takes nothing; beyond, lines are dropped. */
const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024;

/**
 * A file, stdout or stderr that lines are appended to. A disk that is full stops nobody: the fault is
 * reported on stderr, and lines are lost. (pino’s own destination hangs there.)
 */
export class LogFile {
  readonly #path: string;
  readonly #isFile: boolean;
  readonly #isBuffered: boolean;
  #fd: number;
  #waiting = '';
  #isWriting = false;
  #timer: NodeJS.Timeout | null = null;
  #complainedAt = -Infinity;

  /**
   * @param path where to; `-` means the descriptor `standardFd`
   * @param isBuffered lines may wait for half a second, to be written together
   * @throws a system error when the file cannot be opened
   */
  constructor(path: string, standardFd: 1 | 2, isBuffered: boolean) {
    this.#path = path;
    this.#isFile = path !== '-';
    this.#isBuffered = isBuffered;
    this.#fd = this.#isFile ? openSync(path, 'a') : standardFd;
  }

  /** Appends a line, with its end. */
  write(line: string): void {
    if (!this.#isBuffered) {
      this.#writeNow(line);
      return;
    }
    if (this.#waiting.length > MAX_WAITING_CHARACTERS) return;
    this.#waiting += line;
    this.#writeSoon();
  }

  #writeSoon(): void {
    if (this.#waiting.length >= BATCH_CHARACTERS) this.#writeBatch();
    else if (this.#waiting !== '') {
      this.#timer ??= setTimeout(() => {
        this.#writeBatch();
      }, BATCH_MS).unref();
    }
  }

  /** Opens the file anew, after something has renamed the old one. */
  reopen(): void {
    if (!this.#isFile) return;
    this.flush();
    try {
      const fd = openSync(this.#path, 'a');
      this.#closeSoon(this.#fd);
      this.#fd = fd;
    } catch (error) {
      this.#complain(error as NodeJS.ErrnoException);
    }
  }

  /** Writes what waits, and closes the file. */
  close(): void {
    this.flush();
    if (this.#isFile) this.#closeSoon(this.#fd);
  }

  /** A write that is under way keeps the number of its file. */
  #closeSoon(fd: number): void {
    setTimeout(() => {
      closeSync(fd);
    }, 1000).unref();
  }

  /** Writes what waits, now. */
  flush(): void {
    const text = this.#waiting;
    this.#waiting = '';
    if (text !== '') this.#writeNow(text);
  }

  #writeNow(text: string): void {
    try {
      let bytes: Uint8Array = Buffer.from(text);
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.#fd, bytes));
    } catch (error) {
      this.#complain(error as NodeJS.ErrnoException);
    }
  }

  #writeBatch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isWriting || this.#waiting === '') return;
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#isWriting = true;
    write(this.#fd, bytes, (error, written) => {
      this.#isWriting = false;
      if (error !== null) this.#complain(error);
      else if (written < bytes.length) {
        this.#waiting = bytes.toString('utf8', written) + this.#waiting;
      }
      // Lines that came meanwhile.
      this.#writeSoon();
    });
  }

  #complain(error: NodeJS.ErrnoException): void {
    // A reader that is gone, or not fast enough for a pipe that doesn't wait, cannot be told.
    if (!this.#isFile) return;
    const now = performance.now();
    if (now - this.#complainedAt < COMPLAINT_MS) return;
    this.#complainedAt = now;
    const cure = error.code === 'ENOSPC' ? '; free some space, meanwhile lines are lost' : '';
    process.stderr.write(
      `gudeg: the log file ${this.#path} cannot be written: ${error.message}${cure}\n`,
    );
  }
}
