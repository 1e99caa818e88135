import type { Request, Response, Session } from '../../core/index.ts';
import type { Worker } from '../classes/worker.ts';
import { AccessLog } from '../logs/access-log.ts';
import type { ErrorLog } from '../logs/error-log.ts';
import type { Settings } from '../settings/settings.ts';
import type { RequestObserver } from './request-observer.ts';

type PreRequest = (worker: Worker, request: Request) => void;
type PostRequest = (worker: Worker, request: Request, status: number) => void;

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
        this.#call('preRequest', () => this.#before?.(this.worker as Worker, request));
      },
      onAnswer: (session, request, response, startedAt) => {
        this.#onAnswer(session, request, response, startedAt);
      },
    };
  }

  reopen(): void {
    this.#access?.reopen();
  }

  flush(): void {
    this.#access?.flush();
  }

  #onAnswer(
    session: Session,
    request: Request,
    response: Response | null,
    startedAt: number,
  ): void {
    this.#access?.add(session, request, response, performance.now() - startedAt);
    this.#call('postRequest', () =>
      this.#behind?.(this.worker as Worker, request, response?.[0] ?? 500),
    );
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
