import type { IncomingMessage } from 'node:http';
import type { Request } from '../../core/index.ts';
import type { Worker } from '../classes/worker.ts';
import { RgiAccessEntry } from '../logs/access-entry.ts';
import { AccessLog } from '../logs/access-log.ts';
import type { ErrorLog } from '../logs/error-log.ts';
import type { Settings } from '../settings/settings.ts';
import type { RequestObserver } from './request-observer.ts';

type PreRequest = (worker: Worker, request: Request | IncomingMessage) => void;
type PostRequest = (worker: Worker, request: Request | IncomingMessage, status: number) => void;

/** What wants to know of each request in a worker: the access log and two hooks. */
export class Observers {
  readonly #access: AccessLog | null;
  readonly #before: PreRequest | null;
  readonly #behind: PostRequest | null;
  readonly #log: ErrorLog;
  /** Set before the first request. */
  worker: Worker | null = null;

  constructor(settings: Settings, log: ErrorLog) {
    const { accesslog, accessLogFormat, preRequest, postRequest } = settings;
    this.#access = accesslog === null ? null : new AccessLog(accesslog, accessLogFormat);
    this.#before = preRequest as PreRequest | null;
    this.#behind = postRequest as PostRequest | null;
    this.#log = log;
  }

  /** Null where nobody wants to know. */
  get observer(): RequestObserver | null {
    if (this.#access === null && this.#before === null && this.#behind === null) return null;
    return {
      onRequest: (_session, request) => {
        if (this.#before !== null) this.#callBefore(request);
      },
      onAnswer: (session, request, response, startedAt) => {
        const durationMs = performance.now() - startedAt;
        this.#access?.add(new RgiAccessEntry(session, request, response, durationMs));
        if (this.#behind !== null) this.#callBehind(request, response?.[0] ?? 500);
      },
      onNodeRequest: (request) => {
        if (this.#before !== null) this.#callBefore(request);
      },
      onNodeAnswer: (request, entry) => {
        this.#access?.add(entry);
        if (this.#behind !== null) this.#callBehind(request, entry.status);
      },
    };
  }

  reopen(): void {
    this.#access?.reopen();
  }

  flush(): void {
    this.#access?.flush();
  }

  #callBefore(request: Request | IncomingMessage): void {
    this.#call('preRequest', () => this.#before?.(this.worker as Worker, request));
  }

  #callBehind(request: Request | IncomingMessage, status: number): void {
    this.#call('postRequest', () => this.#behind?.(this.worker as Worker, request, status));
  }

  /** A hook that fails is no reason to fail a request. */
  #call(name: string, hook: () => void): void {
    try {
      hook();
    } catch (error) {
      this.#log.error(`the hook ${name} failed`, {
        stack: (error as Error).stack ?? String(error),
      });
    }
  }
}
