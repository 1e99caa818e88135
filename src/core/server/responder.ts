import { HttpProtocolError } from '../errors.ts';
import { reasonPhrase } from '../http/index.ts';
import { api, badResponse, type App, type Response } from '../rgi/index.ts';
import { requestError, requestStart } from './diagnostics.ts';
import type { EngineRequest } from './engine-request.ts';
import type { EngineSession } from './engine-session.ts';
import type { Exchange } from './exchange.ts';
import type { Report } from './report.ts';
import { ResponseSender } from './response-sender.ts';
import type { CompleteServerOptions } from './server-options.ts';

/** Calls the app of a server and turns what it gives into an answer. */
export class Responder {
  readonly #exchange: Exchange;
  readonly #app: App;
  readonly #sender: ResponseSender;
  readonly #errorResponses: boolean;
  readonly #report: Report;

  constructor(exchange: Exchange, app: App, options: CompleteServerOptions, report: Report) {
    this.#exchange = exchange;
    this.#app = app;
    this.#sender = new ResponseSender(exchange, options);
    this.#errorResponses = options.errorResponses;
    this.#report = (error, session, request) => {
      if (requestError.hasSubscribers) requestError.publish({ session, request, error });
      report(error, session, request);
    };
  }

  respond(session: EngineSession, request: EngineRequest): void {
    session.running = request;
    if (requestStart.hasSubscribers) requestStart.publish({ session, request });
    try {
      const app = this.#app;
      const given = app(session, request, api);
      if (Array.isArray(given)) this.#send(session, request, given as unknown as Response);
      else this.#await(session, request, given as PromiseLike<Response>);
    } catch (error) {
      this.fail(session, request, error);
    }
  }

  #await(session: EngineSession, request: EngineRequest, given: PromiseLike<Response>): void {
    if (typeof (given as PromiseLike<Response> | undefined)?.then !== 'function') {
      throw badResponse('a promise or an array of [status, reason, headers, body]', given);
    }
    given.then(
      (response) => {
        try {
          this.#send(session, request, response);
        } catch (error) {
          this.fail(session, request, error);
        }
      },
      (error: unknown) => {
        this.fail(session, request, error);
      },
    );
  }

  #send(session: EngineSession, request: EngineRequest, response: Response): void {
    this.#sender.send(session, request, response, this.#report);
  }

  /** The app failed before it answered: the client gets an error, if it may. */
  fail(session: EngineSession, request: EngineRequest, error: unknown): void {
    const isRunning = session.running === request;
    if (isRunning) {
      session.running = null;
      session.requests++;
      if (this.#errorResponses) this.#answerError(session, error);
      else this.#exchange.engine.giveUp(session.slot);
    } else if ((error as { code?: unknown } | null)?.code === 'GUDEG_ERR_CONNECTION_CLOSED') {
      return;
    }
    this.#report(error, session, request);
  }

  /** Only what the client did wrong is explained to it. */
  #answerError(session: EngineSession, error: unknown): void {
    const isClients = error instanceof HttpProtocolError && error.status < 500;
    const status = isClients ? error.status : 500;
    const reason = reasonPhrase(status);
    const text = isClients ? `${error.message}\n` : `${reason}\n`;
    const headers = { 'content-type': 'text/plain' };
    this.#exchange.answers.write(session.slot, status, reason, headers, text, 0);
  }
}
