import type { IncomingMessage } from 'node:http';
import type { App, Request, Response, Session } from '../../core/index.ts';
import type { AccessEntry } from '../logs/access-entry.ts';

/** Is told of requests. */
export interface RequestObserver {
  /** Before the app is called. */
  onRequest(session: Session, request: Request): void;
  /** Behind the answer, or what the app threw; `startedAt` by `performance.now()`. */
  onAnswer(session: Session, request: Request, response: Response | null, startedAt: number): void;
  /** `-k node`: before the app is called. */
  onNodeRequest(request: IncomingMessage): void;
  /** `-k node`: behind the answer, or when the client has gone without it. */
  onNodeAnswer(request: IncomingMessage, entry: AccessEntry): void;
}

/** The app with an observer around it. */
export function observedApp(app: App, observer: RequestObserver): App {
  const observed: App = (session, request, api) => {
    const startedAt = performance.now();
    observer.onRequest(session, request);
    let answered: Response | PromiseLike<Response>;
    try {
      answered = app(session, request, api);
    } catch (error) {
      observer.onAnswer(session, request, null, startedAt);
      throw error;
    }
    if (Array.isArray(answered)) {
      observer.onAnswer(session, request, answered as unknown as Response, startedAt);
      return answered;
    }
    return (answered as PromiseLike<Response>).then(
      (response) => {
        observer.onAnswer(session, request, response, startedAt);
        return response;
      },
      (error: unknown) => {
        observer.onAnswer(session, request, null, startedAt);
        throw error;
      },
    );
  };
  observed.onConnect = app.onConnect ?? null;
  return observed;
}
