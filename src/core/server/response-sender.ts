import { GudegError, HttpProtocolError } from '../errors.ts';
import {
  Body,
  BodyState,
  ChunkedBodyIter,
  FileSource,
  Tunnel,
  isFrameTunnel,
  isStreamedBody,
  type StreamedBody,
} from '../http/index.ts';
import { AnswerFlag } from '../native/index.ts';
import {
  badResponse,
  checkResponseShape,
  closeBody,
  type Response,
  type ResponseHeaders,
} from '../rgi/index.ts';
import { INLINE_BODY_BYTES } from './answer-writer.ts';
import { ConnectionSink } from './connection-sink.ts';
import { requestFinish } from './diagnostics.ts';
import type { EngineRequest } from './engine-request.ts';
import type { EngineSession } from './engine-session.ts';
import type { Exchange } from './exchange.ts';
import { RawStream } from './raw-stream.ts';
import type { Report } from './report.ts';
import type { Profile } from './server-options.ts';

/** What a sender has to know of its server. */
export interface SenderOptions {
  readonly profile: Profile;
  /** 0 = no limit. */
  readonly maxRequests: number;
}

/** Degu keeps the connection after these errors only. */
const KEPT_ERRORS = new Set([404, 409, 412]);
const MAX_DEGU_FIELDS = 20;

/** Hands the answers of apps to the engine. */
export class ResponseSender {
  readonly #exchange: Exchange;
  readonly #isDegu: boolean;
  readonly #maxRequests: number;

  constructor(exchange: Exchange, { profile, maxRequests }: SenderOptions) {
    this.#exchange = exchange;
    this.#isDegu = profile === 'degu';
    this.#maxRequests = maxRequests === 0 ? Infinity : maxRequests;
  }

  /**
   * Sends the answer to the running request of a session.
   * @param report gets what fails behind the head
   * @throws what is wrong with the answer; nothing is sent then
   */
  send(session: EngineSession, request: EngineRequest, response: Response, report: Report): void {
    // The connection closed meanwhile: there is nobody to answer.
    if (session.running !== request) {
      closeBody(response);
      return;
    }
    try {
      this.#send(session, request, response, report);
    } catch (error) {
      closeBody(response);
      throw error;
    }
  }

  #send(session: EngineSession, request: EngineRequest, response: Response, report: Report): void {
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
        this.#stream(session, request, flags, reason, headers, Buffer.from(body), report);
        return;
      }
      answers.write(slot, flags, reason, headers, body, 0);
    } else if (body === null) {
      const fields = this.#isDegu ? deguHeaders(headers, null) : headers;
      answers.write(slot, flags | AnswerFlag.NO_BODY, reason, fields, null, 0);
    } else if (body instanceof Uint8Array) {
      const fields = this.#isDegu ? deguHeaders(headers, body.length) : headers;
      if (body.length > INLINE_BODY_BYTES) {
        this.#stream(session, request, flags, reason, fields, body, report);
        return;
      }
      answers.write(slot, flags, reason, fields, body, 0);
    } else if (body instanceof Tunnel) {
      this.#tunnel(session, request, flags, reason, headers, body, report);
      return;
    } else if (isStreamedBody(body)) {
      const length = 'contentLength' in body ? body.contentLength : 'chunked';
      const fields = this.#isDegu ? deguHeaders(headers, length) : headers;
      this.#stream(session, request, flags, reason, fields, body, report);
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
    session.requestOver();
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
    report: Report,
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
      this.#cut(session, request, error, report);
    });
  }

  #writeBody(sink: ConnectionSink, body: StreamedBody | Uint8Array): Promise<unknown> {
    if (body instanceof Uint8Array) return writeBytes(sink, body);
    if (body instanceof Body && body.source instanceof FileSource) {
      return sendFile(sink, body, body.source);
    }
    if (this.#isDegu && body instanceof ChunkedBodyIter) return this.#writeDeguChunks(sink, body);
    return body.writeTo(sink);
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
    report: Report,
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
    const stream = new RawStream(session, engine, report);
    if (isFrameTunnel(tunnel)) {
      tunnel.openFrames(stream);
      return;
    }
    tunnel.open(stream).then(
      () => {
        stream.finish();
      },
      (error: unknown) => {
        stream.destroy();
        if ((error as { code?: unknown } | null)?.code === 'GUDEG_ERR_CONNECTION_CLOSED') return;
        report(error, session, request);
      },
    );
  }

  /** An answer that began can only be ended by closing the connection. */
  #cut(session: EngineSession, request: EngineRequest, error: unknown, report: Report): void {
    if (session.running === request) session.running = null;
    // The answer may be complete nevertheless, and the next request running.
    if (session.closeReason === null && session.running === null) {
      this.#exchange.engine.giveUp(session.slot);
    }
    if ((error as { code?: unknown } | null)?.code === 'GUDEG_ERR_CONNECTION_CLOSED') return;
    report(error, session, request);
  }
}

async function writeBytes(sink: ConnectionSink, bytes: Uint8Array): Promise<void> {
  await sink.write(bytes);
}

async function sendFile(sink: ConnectionSink, body: Body, source: FileSource): Promise<void> {
  body.takeSource();
  try {
    await sink.sendFile(source.fd, source.offset, body.contentLength);
  } finally {
    source.close();
  }
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
