import type { App, Response } from './app.ts';
import { CallableApp } from './callable-app.ts';
import { checkApp } from './check-app.ts';
import { demand } from './demand.ts';
import {
  checkConsumed,
  checkRequest,
  checkUriParts,
  type ContractProfile,
} from './request-contract.ts';
import { checkResponse } from './response-contract.ts';
import { checkSession } from './session-contract.ts';

/** Options of `Validator`. */
export interface ValidatorOptions {
  /** Whose rules hold for requests. Default `'rfc'`. */
  profile?: ContractProfile;
}

/**
 * Middleware that proves that the server and the app keep the RGI contract (Degu's `Validator`):
 * for tests, and to put between two apps of which one is in doubt. It throws, or rejects, with
 * GUDEG_ERR_APP_CONTRACT and names where the fault is and what it is.
 *
 * @example
 * await using server = new TempServer(['127.0.0.1', 0], new Validator(app));
 */
export class Validator extends CallableApp {
  /** @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app */
  constructor(app: App, options: ValidatorOptions = {}) {
    checkApp('app', app);
    const { profile = 'rfc' } = options;
    super((session, request, api) => {
      checkSession(session);
      checkRequest(request, profile);
      const { body } = request;
      const answered = app(session, request, api);
      const check = (response: unknown): Response => {
        checkUriParts('after the app answered, request', request);
        checkResponse(request.method, response);
        checkConsumed(body, response[3], profile);
        return response;
      };
      return isThenable(answered) ? answered.then(check) : check(answered);
    });
    this.onConnect = (session) => {
      checkSession(session);
      demand(session.requests === 0, 'session.requests in onConnect', '0', session.requests);
      const { onConnect } = app;
      if (onConnect === undefined || onConnect === null) return true;
      const answered = onConnect.call(app, session);
      return isThenable(answered) ? answered.then(checkConnected) : checkConnected(answered);
    };
  }
}

function isThenable(value: unknown): value is PromiseLike<never> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
  );
}

function checkConnected(answer: unknown): boolean {
  demand(typeof answer === 'boolean', 'what onConnect answers', 'true or false', answer);
  return answer;
}
