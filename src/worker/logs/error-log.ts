import { pino, type Logger } from 'pino';
import type { LogCounts } from '../arbiter/messages.ts';
import { LogFile } from './log-file.ts';

/** Least important first; the names are gunicorn's. */
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

const pinoLevels = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
  critical: 'fatal',
} as const;

/** How a log is set up; settings of the same names. */
export interface ErrorLogOptions {
  readonly errorlog: string;
  readonly loglevel: LogLevel;
  readonly logFormat: 'text' | 'json';
}

/** What arbiter and workers have to say. */
export class ErrorLog {
  #file: LogFile;
  #threshold = 0;
  #json: Logger | null = null;
  readonly #counts = { critical: 0, error: 0, exception: 0, warning: 0 };

  /** @throws a system error when the file cannot be opened */
  constructor(options: ErrorLogOptions) {
    this.#file = new LogFile(options.errorlog, 2, false);
    this.#setUp(options);
  }

  /**
   * Logs otherwise, or elsewhere, from now on.
   * @throws a system error when the file cannot be opened; then everything stays as it was
   */
  adopt(options: ErrorLogOptions): void {
    const file = new LogFile(options.errorlog, 2, false);
    this.#file.close();
    this.#file = file;
    this.#setUp(options);
  }

  #setUp({ loglevel, logFormat }: ErrorLogOptions): void {
    this.#threshold = LOG_LEVELS.indexOf(loglevel);
    this.#json =
      logFormat === 'json'
        ? pino(
            {
              level: pinoLevels[loglevel],
              base: { pid: process.pid },
              timestamp: pino.stdTimeFunctions.isoTime,
              formatters: { level: (label) => ({ level: label }) },
            },
            this.#file,
          )
        : null;
  }

  /** How many lines it has had, also those below its level. */
  get counts(): LogCounts {
    return { ...this.#counts };
  }

  /** What only its developer wants to know. `fields` stand in JSON only, but for a `stack`. */
  debug(message: string, fields?: object): void {
    this.#log('debug', message, fields);
  }

  /** What happens in the ordinary way. `fields` stand in JSON only, but for a `stack`. */
  info(message: string, fields?: object): void {
    this.#log('info', message, fields);
  }

  /** What may become a fault. `fields` stand in JSON only, but for a `stack`. */
  warning(message: string, fields?: object): void {
    this.#log('warning', message, fields);
  }

  /** A fault that one request or one worker suffers from. `fields` stand in JSON only, but for a `stack`. */
  error(message: string, fields?: object): void {
    this.#log('error', message, fields);
  }

  /** A fault that everybody suffers from. `fields` stand in JSON only, but for a `stack`. */
  critical(message: string, fields?: object): void {
    this.#log('critical', message, fields);
  }

  /** Opens its file anew. */
  reopen(): void {
    this.#file.reopen();
  }

  /** Writes what waits. */
  flush(): void {
    this.#file.flush();
  }

  /** In text only the message counts; `fields` are for JSON, but for a `stack`, which follows the message. */
  #log(level: LogLevel, message: string, fields: object & { stack?: string } = {}): void {
    if (level === 'error' && fields.stack !== undefined) this.#counts.exception++;
    else if (level !== 'debug' && level !== 'info') this.#counts[level]++;
    if (LOG_LEVELS.indexOf(level) < this.#threshold) return;
    if (this.#json !== null) {
      this.#json[pinoLevels[level]](fields, message);
      return;
    }
    const time = new Date().toISOString().replace('T', ' ').replace('Z', ' +0000');
    const stack = fields.stack === undefined ? '' : `${fields.stack}\n`;
    this.#file.write(`[${time}] [${process.pid}] [${level.toUpperCase()}] ${message}\n${stack}`);
  }
}
