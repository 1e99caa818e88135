import type { IncomingMessage, ServerResponse } from 'node:http';
import { GudegError, HttpProtocolError } from '../errors.ts';
import { Body } from '../http/index.ts';
import { engineRequestOf } from '../node-http/index.ts';
import {
  api,
  checkApp,
  type App,
  type Request,
  type Response,
  type Session,
} from '../rgi/index.ts';
import type { HostFields } from './host-headers.ts';
import { HostRequest } from './host-request.ts';
import { HostSession } from './host-session.ts';
import { sendResponse } from './send-response.ts';

/** How an app stands in its host. */
export interface MountOptions {
  /**
   * Bytes of a request body: an announced length beyond is refused with GUDEG_ERR_HTTP_BODY_TOO_LARGE,
   * and `read()` of a chunked body gives no more. Default no limit.
   */
  maxBodyBytes?: number;
}

/** One request of the host, and what the app says to it. */
export interface MountedCall {
  readonly session: Session;
  readonly response: Response | PromiseLike<Response>;
}

/** An app as a guest in a server that speaks node:http's `(request, response)`. */
export class MountedApp {
  readonly #app: App;
  readonly #maxBodyBytes: number;
  /** What `onConnect` said of each connection. */
  readonly #admitted = new WeakMap<Session, Promise<boolean>>();

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app */
  constructor(app: App, { maxBodyBytes = Infinity }: MountOptions = {}) {
    checkApp('app', app);
    this.#app = app;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /**
   * Calls the app. On our own server it gets the engine's request, unless the host has changed it.
   * @param uri the whole target that the host routes by
   * @param depth how many components of it, empty ones not counted, lead to the app
   * @throws what the app throws; GUDEG_ERR_HTTP_BODY_TOO_LARGE
   */
  call(message: IncomingMessage, target: ServerResponse, uri: string, depth: number): MountedCall {
    const own = engineRequestOf(message);
    const isUnchanged =
      own?.isUnread === true && own.request.uri === uri && own.request.method === message.method;
    const request = isUnchanged ? own.request : new HostRequest(message, target, uri);
    const session = own === null ? HostSession.of(message.socket) : own.session;
    request.mountAt(depth);
    if (this.#maxBodyBytes !== Infinity) this.#limitBody(request);
    const { onConnect } = this.#app;
    const response =
      onConnect === undefined || onConnect === null
        ? this.#app(session, request, api)
        : this.#callAdmitted(session, request);
    return { session, response };
  }

  /**
   * Sends what `call` gave, once it is there.
   * @param earlier the fields that the host has set
   * @param onFailure gets what fails behind the head; the connection is cut then
   * @throws GUDEG_ERR_APP_RESPONSE; nothing is sent then
   */
  answer(
    call: MountedCall,
    response: Response,
    target: ServerResponse,
    earlier: Readonly<HostFields>,
    onFailure: (error: unknown) => void,
  ): void {
    sendResponse(target, response, earlier, onFailure);
    this.finish(call);
  }

  /** The host has what the app answered. */
  finish({ session }: MountedCall): void {
    if (session instanceof HostSession) session.countRequest();
  }

  async #callAdmitted(session: Session, request: Request): Promise<Response> {
    let admitted = this.#admitted.get(session);
    if (admitted === undefined) {
      admitted = this.#admit(session);
      this.#admitted.set(session, admitted);
    }
    if (await admitted) return this.#app(session, request, api);
    throw new GudegError(
      'GUDEG_ERR_CONNECTION_REJECTED',
      'the connection was rejected by app.onConnect()',
    );
  }

  async #admit(session: Session): Promise<boolean> {
    const verdict: unknown = await this.#app.onConnect?.(session);
    return verdict === true;
  }

  #limitBody({ body, method, uri }: Request): void {
    if (body === null) return;
    const most = this.#maxBodyBytes;
    if (body instanceof Body) {
      if (body.contentLength <= most) return;
      throw new HttpProtocolError(
        'GUDEG_ERR_HTTP_BODY_TOO_LARGE',
        `${method} ${uri} announces ${body.contentLength} of at most ${most} bytes`,
      );
    }
    body.maxReadBytes = Math.min(most, body.maxReadBytes);
  }
}
