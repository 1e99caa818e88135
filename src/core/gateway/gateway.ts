import { invalidArgType, outOfRange } from '../errors.ts';
import {
  type GreenPool,
  type GreenThread,
  loadGreenThreads,
  type StopServe,
} from '../hub/index.ts';
import { CallableApp, type Request, type Response, type Session } from '../rgi/index.ts';
import { AccessLog } from './access-log.ts';
import type { GatewayApp } from './gateway-app.ts';
import { makeEnviron } from './environ.ts';
import { GatewayCall } from './gateway-call.ts';
import { completeGatewayOptions, type GatewayOptions } from './gateway-options.ts';
import type { GatewaySettings } from './gateway-settings.ts';

/** Options of `Gateway.close()`. */
export interface GatewayCloseOptions {
  /** How long calls of the app that run may take, in ms; then they are killed. Default Infinity. */
  graceMs?: number;
}

/** What a timer of Node can wait at most; nobody lives to see the difference. */
const MAX_TIMER_MS = 0x7fff_ffff;

const runCall = (call: GatewayCall): void => {
  call.run();
};

/**
 * A gateway app as an RGI app: each request runs in a green thread from a pool. It goes wherever an RGI
 * app goes: into a `Server`, a `Router`, an adapter, a worker.
 *
 * @example
 * const hello = (environ, startResponse) => {
 *   startResponse('200 OK', [['content-type', 'text/plain']]);
 *   return ['hello, world'];
 * };
 * const server = new Server(['127.0.0.1', 8000], new Gateway(hello));
 */
export class Gateway extends CallableApp {
  /** The green threads that run the app. */
  readonly pool: GreenPool;
  /** Called when the app has thrown a `StopServe`, whose request gets 503; set by whoever can stop serving. */
  onStopServe: ((stop: StopServe) => void) | null = null;
  readonly #settings: GatewaySettings;
  /** Those that did not end at once. */
  readonly #threads = new Set<GreenThread<void>>();
  #waiting = 0;
  #isClosing = false;
  #isKilling = false;
  #onIdle: (() => void)[] = [];

  /**
   * @throws GUDEG_ERR_NATIVE_UNAVAILABLE where there are no green threads, GUDEG_ERR_INVALID_ARG_TYPE,
   *   GUDEG_ERR_INVALID_OPTION
   */
  constructor(app: GatewayApp, options: GatewayOptions = {}) {
    super((session, request) => this.#handle(session, request));
    if (typeof app !== 'function') {
      throw invalidArgType('app', 'a gateway app, (environ, startResponse) => iterable', app);
    }
    const complete = completeGatewayOptions(options);
    loadGreenThreads();
    this.pool = complete.pool;
    const { logOutput, logFormat, log, logXForwardedFor } = complete;
    this.#settings = {
      ...complete,
      app,
      accessLog: logOutput ? new AccessLog(logFormat, log, logXForwardedFor) : null,
      stopServe: (stop) => {
        this.onStopServe?.(stop);
        return this.onStopServe !== null;
      },
    };
  }

  /** Calls of the app that run, and requests that wait for a place in the pool. */
  statistics(): { readonly running: number; readonly waiting: number } {
    return { running: this.#threads.size, waiting: this.#waiting };
  }

  /**
   * Answers 503 from now on, waits for the calls that run, and kills those that are left after
   * `graceMs`: `finally` blocks run, and nothing they do keeps them alive. Resolves when none is left.
   * Close the server first, so that there is nobody to get a 503.
   */
  close(options: GatewayCloseOptions = {}): Promise<void> {
    const { graceMs = Infinity } = options;
    if (typeof graceMs !== 'number' || !(graceMs >= 0)) {
      throw outOfRange('graceMs', 'a number from 0', graceMs);
    }
    this.#isClosing = true;
    if (this.#isIdle()) return Promise.resolve();
    if (graceMs === 0) this.#killAll();
    else if (graceMs <= MAX_TIMER_MS) {
      const timer = setTimeout(() => {
        this.#killAll();
      }, graceMs);
      this.#onIdle.push(() => {
        clearTimeout(timer);
      });
    }
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  /** `close()` without a limit of time. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #handle(session: Session, request: Request): Response | Promise<Response> {
    if (this.#isClosing) return unavailable('the server is stopping');
    const environ = makeEnviron(this.#settings, session, request);
    if (environ === null) return contradiction();
    const call = new GatewayCall(this.#settings, session, request, environ);
    const thread = this.pool.trySpawnNow(runCall, call);
    if (thread !== undefined) this.#track(call, thread);
    else if (this.#waiting < this.#settings.maxWaiting) void this.#queue(call);
    else return unavailable('the server is busy');
    return call.takeAnswer();
  }

  async #queue(call: GatewayCall): Promise<void> {
    this.#waiting++;
    const { thread } = await this.pool.spawnAsync(runCall, [call]);
    this.#waiting--;
    this.#track(call, thread);
    if (this.#isKilling) kill(thread);
  }

  #killAll(): void {
    this.#isKilling = true;
    for (const thread of [...this.#threads]) kill(thread);
  }

  #isIdle(): boolean {
    return this.#threads.size === 0 && this.#waiting === 0;
  }

  #track(call: GatewayCall, thread: GreenThread<void>): void {
    if (thread.dead && call.isAnswered) return;
    this.#threads.add(thread);
    // It looks at no result: what a log throws is reported as unhandled.
    thread.rawlink(() => {
      if (!call.isAnswered) call.abandon(thread.exception);
      this.#threads.delete(thread);
      if (this.#isIdle()) for (const settle of this.#onIdle.splice(0)) settle();
    });
  }
}

function kill(thread: GreenThread<void>): void {
  thread.kill(undefined, { sticky: true });
}

function contradiction(): Response {
  const headers = { 'content-type': 'text/plain', connection: 'close' };
  return [400, 'Bad Request', headers, 'the fields about the scheme contradict each other\n'];
}

function unavailable(why: string): Response {
  const headers = { 'content-type': 'text/plain', 'retry-after': '1', connection: 'close' };
  return [503, 'Service Unavailable', headers, `Service Unavailable: ${why}\n`];
}
