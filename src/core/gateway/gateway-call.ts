import { inspect } from 'node:util';
import { GudegError } from '../errors.ts';
import { GreenletExit, StopServe, wait } from '../hub/index.ts';
import type { Request, Response, Session } from '../rgi/index.ts';
import type { AccessLog } from './access-log.ts';
import type { Environ } from './gateway-app.ts';
import { clientFault, GatewayResponse, isGone } from './gateway-response.ts';
import type { GatewaySettings } from './gateway-settings.ts';

/** One request on its way through a gateway app. */
export class GatewayCall {
  readonly environ: Environ;
  readonly #settings: GatewaySettings;
  readonly #session: Session;
  readonly #response: GatewayResponse;
  readonly #startedMs: number;

  constructor(settings: GatewaySettings, session: Session, request: Request, environ: Environ) {
    this.#settings = settings;
    this.#session = session;
    this.#response = new GatewayResponse(settings, request.method);
    this.#startedMs = settings.accessLog === null ? 0 : performance.now();
    this.environ = environ;
  }

  /** Whether there is an answer, or an error in its place. */
  get isAnswered(): boolean {
    return this.#response.answer.isGiven;
  }

  /** The answer, or a promise of it. Called once. */
  takeAnswer(): Response | Promise<Response> {
    return this.#response.answer.take();
  }

  /** What its green thread does: calls the app and sends what it gives. Throws nothing. */
  run(): void {
    try {
      if (this.#session.isConnected === false) throw gone();
      this.#callApp();
    } catch (error) {
      this.#fail(error);
    }
    this.#runPosthooks();
    if (this.#settings.accessLog !== null) this.#writeLog(this.#settings.accessLog);
  }

  /** Its green thread ended before it answered. */
  abandon(error: unknown): void {
    this.#response.fail(error);
  }

  #callApp(): void {
    const { app } = this.#settings;
    const result = awaited(app(this.environ, this.#response.start));
    let isSent = false;
    try {
      this.#response.send(result);
      isSent = true;
    } finally {
      try {
        closeResult(result);
      } catch (error) {
        // What ended the sending says more.
        if (isSent) this.#fail(error);
        else this.#report(error);
      }
    }
  }

  #fail(error: unknown): void {
    const { debug } = this.#settings;
    const response = this.#response;
    if (error instanceof StopServe && this.#settings.stopServe(error)) {
      if (!response.answer.isGiven) response.replace(503, 'Service Unavailable\n');
      else response.fail(error);
    } else if (debug && !response.answer.isGiven && clientFault(error) === null) {
      response.replace(500, `${inspect(error)}\n`);
      this.#report(error);
    } else if (!response.fail(this.#isPointless(error) ? gone() : error)) {
      this.#report(error);
    }
  }

  /** Killed at the end, when nobody was there any more to get an answer. */
  #isPointless(error: unknown): boolean {
    return error instanceof GreenletExit && this.#session.isConnected === false;
  }

  #runPosthooks(): void {
    const posthooks = this.environ['gudeg.posthooks'];
    if (posthooks.length === 0) return;
    try {
      // The answer leaves first.
      wait(new Promise<void>((resolve) => setImmediate(resolve)));
    } catch (error) {
      this.#report(error);
    }
    for (const [fn, ...args] of posthooks) {
      try {
        awaited(Reflect.apply(fn, undefined, args));
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #writeLog(accessLog: AccessLog): void {
    try {
      accessLog.write(this.environ, this.#response, performance.now() - this.#startedMs);
    } catch (error) {
      this.#report(error);
    }
  }

  /** For what the server cannot report, because its answer has left. */
  #report(error: unknown): void {
    if (isGone(error) || error instanceof GreenletExit) return;
    const { REQUEST_METHOD, RAW_URI } = this.environ;
    this.environ['wsgi.errors'].write(`${REQUEST_METHOD} ${RAW_URI}: ${inspect(error)}\n`);
  }
}

function awaited(value: unknown): unknown {
  const isThenable =
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function';
  return isThenable ? wait(value as PromiseLike<unknown>) : value;
}

/** PEP 3333: whatever has a `close()` is closed, however the request ended. */
function closeResult(result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  const { close } = result as { close?: unknown };
  if (typeof close === 'function') awaited(close.call(result));
}

function gone(): GudegError {
  return new GudegError(
    'GUDEG_ERR_CONNECTION_CLOSED',
    'the client went away before its request was answered',
  );
}
