import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { GudegError } from '../../core/index.ts';

/** The file that names the arbiter's process. */
export class Pidfile {
  #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Writes the file. One that names a process that is gone is replaced.
   * @throws GUDEG_ERR_PIDFILE
   */
  static create(path: string): Pidfile {
    const pid = readPid(path);
    if (pid !== null && pid !== process.pid && isRunning(pid)) {
      throw new GudegError(
        'GUDEG_ERR_PIDFILE',
        `${path} says that process ${pid} serves already, and it runs; stop it, or choose another pidfile`,
      );
    }
    try {
      writeFileSync(`${path}.new`, `${process.pid}\n`, { mode: 0o644 });
      renameSync(`${path}.new`, path);
    } catch (cause) {
      throw new GudegError(
        'GUDEG_ERR_PIDFILE',
        `the pidfile ${path} cannot be written: ${(cause as Error).message}`,
        { cause },
      );
    }
    return new Pidfile(path);
  }

  get path(): string {
    return this.#path;
  }

  /** Gives it another name, replacing what has it. */
  rename(path: string): void {
    renameSync(this.#path, path);
    this.#path = path;
  }

  /** Removes it, if it still names this process. */
  remove(): void {
    if (readPid(this.#path) === process.pid) rmSync(this.#path, { force: true });
  }
}

function readPid(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Whether a process lives, be it somebody else's. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
