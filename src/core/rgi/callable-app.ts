import type { Api } from './api.ts';
import type { App, Response, Session } from './app.ts';
import type { Request } from './request.ts';

/** The function at the heart of an application. */
export type Handler = (
  session: Session,
  request: Request,
  api: Api,
) => Response | PromiseLike<Response>;

export interface CallableApp extends App {}

/**
 * Lets a class make applications: its instances are functions, so that they go wherever an `App`
 * goes, and still are `instanceof` their class.
 */
export abstract class CallableApp {
  constructor(handle: Handler) {
    return Object.setPrototypeOf(handle, new.target.prototype) as CallableApp;
  }

  /** Hands the connections of a middleware to the app behind it. */
  protected forwardOnConnect(inner: App): void {
    const { onConnect } = inner;
    if (onConnect !== undefined && onConnect !== null) {
      this.onConnect = (session) => onConnect.call(inner, session);
    }
  }
}

// Instances are functions: let them keep call, apply, bind and the rest.
Object.setPrototypeOf(CallableApp.prototype, Function.prototype);
