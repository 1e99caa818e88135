import { pino } from 'pino';
import type { Request, Response, Session } from '../../core/index.ts';
import {
  bodyBytes,
  compileAccessFormat,
  hostOf,
  userOf,
  type AccessEntry,
} from './access-log-format.ts';
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

  add(session: Session, request: Request, response: Response | null, durationMs: number): void {
    this.#add({ session, request, response, durationMs, at: new Date() });
  }

  reopen(): void {
    this.#file.reopen();
  }

  flush(): void {
    this.#file.flush();
  }
}

function jsonEntry(entry: AccessEntry): object {
  const { session, request, response, durationMs } = entry;
  return {
    remote: hostOf(session.address),
    user: userOf(entry) || undefined,
    method: request.method,
    uri: request.uri,
    status: response?.[0] ?? 500,
    bytes: bodyBytes(entry),
    durationMs: Math.round(durationMs * 1000) / 1000,
    referer: request.headers['referer'],
    userAgent: request.headers['user-agent'],
  };
}
