import { GudegError, HttpProtocolError } from '../errors.ts';
import {
  Body,
  BodyIter,
  BodyState,
  ChunkedBody,
  ChunkedBodyIter,
  FileSource,
  Tunnel,
  reasonPhrase,
} from '../http/index.ts';
import { AnswerFlag } from '../native/index.ts';
import {
  api,
  badResponse,
  checkResponseShape,
  type App,
  type Response,
  type ResponseHeaders,
} from '../rgi/index.ts';
import { INLINE_BODY_BYTES } from './answer-writer.ts';
import { ConnectionSink } from './connection-sink.ts';
import { requestError, requestFinish, requestStart } from './diagnostics.ts';
import type { EngineRequest } from './engine-request.ts';
import type { EngineSession } from './engine-session.ts';
import type { Exchange } from './exchange.ts';
import { RawStream } from './raw-stream.ts';
import type { CompleteServerOptions } from './server-options.ts';

type StreamedBody = Body | ChunkedBody | BodyIter | ChunkedBodyIter;

/** Degu keeps the connection after these errors only. */
const KEPT_ERRORS = new Set([404, 409, 412]);
const MAX_DEGU_FIELDS = 20;

/** Calls the app of a server and turns what it gives into an answer. */
export class Responder {
  readonly #exchange: Exchange;
  readonly #app: App;
  readonly #isDegu: boolean;
  readonly #maxRequests: number;
  readonly #errorResponses: boolean;
  readonly #report: (error: unknown, session: EngineSession, request: EngineRequest) => void;

  constructor(
    exchange: Exchange,
    app: App,
    options: CompleteServerOptions,
    report: (error: unknown, session: EngineSession, request: EngineRequest) => void,
  ) {
    this.#exchange = exchange;
    this.#app = app;
    this.#isDegu = options.profile === 'degu';
    this.#maxRequests = options.maxRequests === 0 ? Infinity : options.maxRequests;
    this.#errorResponses = options.errorResponses;
    this.#report = report;
  }

  respond(session: EngineSession, request: EngineRequest): void {
    session.running = request;
    if (requestStart.hasSubscribers) requestStart.publish({ session, request });
    try {
      const app = this.#app;
      const given = app(session, request, api);
      if (Array.isArray(given)) this.#answer(session, request, given as unknown as Response);
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
          this.#answer(session, request, response);
        } catch (error) {
          this.fail(session, request, error);
        }
      },
      (error: unknown) => {
        this.fail(session, request, error);
      },
    );
  }

  #answer(session: EngineSession, request: EngineRequest, response: Response): void {
    // The connection closed meanwhile: there is nobody to answer.
    if (session.running !== request) {
      closeBody(response);
      return;
    }
    try {
      this.#send(session, request, response);
    } catch (error) {
      closeBody(response);
      throw error;
    }
  }

  #send(session: EngineSession, request: EngineRequest, response: Response): void {
    checkResponseShape(response);
    const [status, reason, headers, body] = response;
    if (this.#isDegu) this.#checkDegu(request, body);
    if (session.requests + 1 >= this.#maxRequests) session.closeAfterResponse('max_requests');
    if (this.#isDegu && status >= 400 && !KEPT_ERRORS.has(status)) {
      session.message = null;
      session.closeAfterResponse(`${status} ${reason}`);
    }
    const { answers } = this.#exchange;
    const flags = session.closed ? status | AnswerFlag.CLOSE : status;
    const { slot } = session;
    if (typeof body === 'string') {
      if (body.length * 3 > INLINE_BODY_BYTES) {
        this.#stream(session, request, flags, reason, headers, Buffer.from(body));
        return;
      }
      answers.write(slot, flags, reason, headers, body, 0);
    } else if (body === null) {
      const fields = this.#isDegu ? deguHeaders(headers, null) : headers;
      answers.write(slot, flags | AnswerFlag.NO_BODY, reason, fields, null, 0);
    } else if (body instanceof Uint8Array) {
      const fields = this.#isDegu ? deguHeaders(headers, body.length) : headers;
      if (body.length > INLINE_BODY_BYTES) {
        this.#stream(session, request, flags, reason, fields, body);
        return;
      }
      answers.write(slot, flags, reason, fields, body, 0);
    } else if (body instanceof Tunnel) {
      this.#tunnel(session, request, flags, reason, headers, body);
      return;
    } else if (isStreamed(body)) {
      const length = 'contentLength' in body ? body.contentLength : 'chunked';
      const fields = this.#isDegu ? deguHeaders(headers, length) : headers;
      this.#stream(session, request, flags, reason, fields, body);
      return;
    } else {
      throw badResponse(
        'a body that is null, a string, a Uint8Array, Body, ChunkedBody, BodyIter, ChunkedBodyIter or Tunnel',
        body,
      );
    }
    this.#finish(session, request, status);
  }

  #checkDegu(request: EngineRequest, body: unknown): void {
    if (request.hasBody && request.openedBody?.state !== BodyState.CONSUMED) {
      throw new GudegError(
        'GUDEG_ERR_APP_BODY_UNREAD',
        `the app answered ${request.method} ${request.uri} before it had read the request body to its end`,
      );
    }
    if (typeof body === 'string') throw badResponse('a body of bytes', body);
    if (request.method === 'HEAD' && body !== null) {
      throw badResponse('a null body to HEAD', body);
    }
  }

  #finish(session: EngineSession, request: EngineRequest, status: number): void {
    session.running = null;
    session.requests++;
    if (requestFinish.hasSubscribers) requestFinish.publish({ session, request, status });
  }

  /** The head goes first; the body follows as fast as the client takes it. */
  #stream(
    session: EngineSession,
    request: EngineRequest,
    flags: number,
    reason: string,
    headers: ResponseHeaders,
    body: StreamedBody | Uint8Array,
  ): void {
    const isBytes = body instanceof Uint8Array;
    const length = isBytes ? body.length : 'contentLength' in body ? body.contentLength : null;
    const framing = length === null ? AnswerFlag.CHUNKED : AnswerFlag.LENGTH;
    this.#exchange.answers.write(session.slot, flags | framing, reason, headers, null, length ?? 0);
    const status = flags & 0xffff;
    // To HEAD only the head goes out. An empty body is complete with its head.
    if (request.method === 'HEAD' || length === 0) {
      if (!isBytes) body.close();
      this.#finish(session, request, status);
      return;
    }
    const sink = new ConnectionSink(session, request, this.#exchange.engine, length, () => {
      this.#finish(session, request, status);
    });
    this.#writeBody(sink, body).catch((error: unknown) => {
      this.#cut(session, request, error);
    });
  }

  async #writeBody(sink: ConnectionSink, body: StreamedBody | Uint8Array): Promise<void> {
    if (body instanceof Uint8Array) {
      await sink.write(body);
    } else if (body instanceof Body && body.source instanceof FileSource) {
      const { source } = body;
      body.takeSource();
      try {
        await sink.sendFile(source.fd, source.offset, body.contentLength);
      } finally {
        source.close();
      }
    } else if (this.#isDegu && body instanceof ChunkedBodyIter) {
      await this.#writeDeguChunks(sink, body);
    } else {
      await body.writeTo(sink);
    }
  }

  /** Degu sends the last chunk as it comes, and closes when another one follows it. */
  async #writeDeguChunks(sink: ConnectionSink, body: ChunkedBodyIter): Promise<void> {
    try {
      await body.writeTo(sink);
    } catch (error) {
      const { lastChunk } = body;
      const isTooMany = (error as { code?: unknown } | null)?.code === 'GUDEG_ERR_BODY_CHUNKS';
      if (isTooMany && lastChunk !== null) await sink.writeChunk(...lastChunk);
      throw error;
    }
  }

  /** The head goes out, then the connection belongs to the tunnel. */
  #tunnel(
    session: EngineSession,
    request: EngineRequest,
    flags: number,
    reason: string,
    headers: ResponseHeaders,
    tunnel: Tunnel,
  ): void {
    const status = flags & 0xffff;
    const isConnected = request.method === 'CONNECT' && status >= 200 && status < 300;
    if (this.#isDegu || (status !== 101 && !isConnected)) {
      throw badResponse('a Tunnel with 101, or with 2xx to CONNECT, in the profile rfc', status);
    }
    const { answers, engine } = this.#exchange;
    answers.write(
      session.slot,
      flags | AnswerFlag.TUNNEL | AnswerFlag.NO_BODY,
      reason,
      headers,
      null,
      0,
    );
    // Unless the head was refused.
    if (!engine.takeOver(session.slot, tunnel.idleTimeoutMs)) {
      session.running = null;
      return;
    }
    this.#finish(session, request, status);
    session.closeAfterResponse('tunnel');
    const stream = new RawStream(session, engine);
    tunnel.open(stream).then(
      () => {
        stream.finish();
      },
      (error: unknown) => {
        stream.destroy();
        if ((error as { code?: unknown } | null)?.code === 'GUDEG_ERR_CONNECTION_CLOSED') return;
        this.#reportError(session, request, error);
      },
    );
  }

  /** An answer that began can only be ended by closing the connection. */
  #cut(session: EngineSession, request: EngineRequest, error: unknown): void {
    if (session.running === request) session.running = null;
    // The answer may be complete nevertheless, and the next request running.
    if (session.closeReason === null && session.running === null) {
      this.#exchange.engine.giveUp(session.slot);
    }
    if ((error as { code?: unknown } | null)?.code === 'GUDEG_ERR_CONNECTION_CLOSED') return;
    this.#reportError(session, request, error);
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
    this.#reportError(session, request, error);
  }

  #reportError(session: EngineSession, request: EngineRequest, error: unknown): void {
    if (requestError.hasSubscribers) requestError.publish({ session, request, error });
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

function isStreamed(body: unknown): body is StreamedBody {
  return (
    body instanceof Body ||
    body instanceof ChunkedBody ||
    body instanceof BodyIter ||
    body instanceof ChunkedBodyIter
  );
}

/** Frees what a body holds, such as an open file, that will not be written. */
function closeBody(response: unknown): void {
  const body: unknown = Array.isArray(response) ? response[3] : null;
  if (isStreamed(body)) body.close();
}

/** Degu's order and limits: sorted by name, the length among the others, at most 20. */
function deguHeaders(headers: ResponseHeaders, length: number | 'chunked' | null): ResponseHeaders {
  const all: ResponseHeaders = { ...headers };
  if (length === 'chunked') all['transfer-encoding'] ??= 'chunked';
  else if (length !== null) all['content-length'] ??= length;
  const names = Object.keys(all).sort();
  if (names.length > MAX_DEGU_FIELDS) {
    throw new HttpProtocolError(
      'GUDEG_ERR_HTTP_TOO_MANY_FIELDS',
      `${names.length} of at most ${MAX_DEGU_FIELDS}`,
    );
  }
  const sorted: ResponseHeaders = {};
  for (const name of names) sorted[name] = all[name] as string;
  return sorted;
}
