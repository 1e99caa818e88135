import type { App, Response, Session } from './app.ts';
import { CallableApp } from './callable-app.ts';
import { checkApp } from './check-app.ts';
import type { Request } from './request.ts';

/** Options of `RequestLogger`. */
export interface RequestLoggerOptions {
  /** Takes one line per answer. Default: `console.log`. */
  log?: (line: string) => void;
}

/**
 * Middleware that logs one line per answer: the number of the request on its connection, method,
 * uri, status and reason (Degu's `RequestLogger`): `[0] GET /example --> 200 OK`.
 */
export class RequestLogger extends CallableApp {
  /** @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app */
  constructor(app: App, options: RequestLoggerOptions = {}) {
    checkApp('app', app);
    const log = options.log ?? ((line: string) => console.log(line));
    super((session, request, api) => {
      const answered = app(session, request, api);
      if (isResponse(answered)) return logged(log, session, request, answered);
      return answered.then((response) => logged(log, session, request, response));
    });
    this.forwardOnConnect(app);
  }
}

function isResponse(answered: Response | PromiseLike<Response>): answered is Response {
  return Array.isArray(answered);
}

function logged(
  log: (line: string) => void,
  session: Session,
  request: Request,
  response: Response,
): Response {
  const [status, reason] = response;
  log(`[${session.requests}] ${request.method} ${request.uri} --> ${status} ${reason}`);
  return response;
}
