import { pino } from 'pino';
import { userOf, type AccessEntry } from './access-entry.ts';
import { compileAccessFormat } from './access-log-format.ts';
import { LogFile } from './log-file.ts';

/** A line for each answered request: text in gunicorn's notation, or JSON. */
export class AccessLog {
  readonly #file: LogFile;
  readonly #add: (entry: AccessEntry) => void;

  /**
   * @param path `-` is stdout
   * @param format gunicorn's notation, or `json`
   * @throws a system error when the file cannot be opened
   */
  constructor(path: string, format: string) {
    const file = new LogFile(path, 1, true);
    this.#file = file;
    if (format === 'json') {
      const logger = pino(
        {
          base: { pid: process.pid },
          timestamp: pino.stdTimeFunctions.isoTime,
          formatters: { level: () => ({}) },
        },
        file,
      );
      this.#add = (entry) => {
        logger.info(jsonEntry(entry));
      };
    } else {
      const line = compileAccessFormat(format);
      this.#add = (entry) => {
        file.write(line(entry));
      };
    }
  }

  add(entry: AccessEntry): void {
    this.#add(entry);
  }

  reopen(): void {
    this.#file.reopen();
  }

  flush(): void {
    this.#file.flush();
  }
}

function jsonEntry(entry: AccessEntry): object {
  const { remote, method, uri, status, bodyBytes: bytes, durationMs } = entry;
  return {
    remote,
    user: userOf(entry) || undefined,
    method,
    uri,
    status,
    bytes,
    durationMs: Math.round(durationMs * 1000) / 1000,
    referer: entry.requestField('referer') || undefined,
    userAgent: entry.requestField('user-agent') || undefined,
  };
}
