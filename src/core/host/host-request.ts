import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { GudegError } from '../errors.ts';
import { Body, ChunkedBody } from '../http/index.ts';
import { Request, requestFields, type RequestHeaders, type ResponseHeaders } from '../rgi/index.ts';
import { hostHeaders } from './host-headers.ts';
import { MessageReader } from './message-reader.ts';

/** What body parsers leave on a message: theirs, and the bytes where they keep them. */
interface ParsedMessage extends IncomingMessage {
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

/** A request of a host server that isn't ours, or one that the host has changed on its way to the app. */
export class HostRequest extends Request {
  override readonly method: string;
  override readonly uri: string;
  readonly #message: ParsedMessage;
  readonly #response: ServerResponse;
  #headers: RequestHeaders | null = null;
  #body: Body | ChunkedBody | null | undefined = undefined;

  constructor(message: IncomingMessage, response: ServerResponse, uri: string) {
    super();
    this.#message = message;
    this.#response = response;
    this.method = message.method ?? 'GET';
    this.uri = uri;
  }

  override get headers(): RequestHeaders {
    return (this.#headers ??= requestFields(this.#message.rawHeaders));
  }

  override get rawHeaders(): readonly string[] {
    return this.#message.rawHeaders;
  }

  override get httpVersion(): '1.0' | '1.1' {
    return this.#message.httpVersion === '1.0' ? '1.0' : '1.1';
  }

  /** @throws GUDEG_ERR_HOST_BODY_READ */
  override get body(): Body | ChunkedBody | null {
    if (this.#body === undefined) this.#body = this.#openBody();
    return this.#body;
  }

  /** Node can send these two; 100 it sends by itself. */
  protected override sendInterim(status: number, headers: ResponseHeaders): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed || this.#message.httpVersion === '1.0') return;
    if (status === 102) response.writeProcessing();
    else if (status === 103 && headers['link'] !== undefined) {
      const fields = hostHeaders(headers, {}) as Record<string, string | string[]>;
      response.writeEarlyHints(fields);
    }
  }

  #openBody(): Body | ChunkedBody | null {
    const message = this.#message;
    const length = message.headers['content-length'];
    const isChunked = message.headers['transfer-encoding'] !== undefined;
    if (length === undefined && !isChunked) return null;
    const wasRead = message.readableDidRead || message.readableEnded;
    if (isChunked) {
      return new ChunkedBody(
        wasRead ? Readable.from([this.#bytesOfHost(null)]) : new MessageReader(message),
      );
    }
    const bytes = Number(length);
    const source = wasRead && bytes > 0 ? this.#bytesOfHost(bytes) : new MessageReader(message);
    return new Body(source, bytes);
  }

  /** Parsers that keep bytes leave them in `rawBody` or, like `express.raw()`, in `body`. */
  #bytesOfHost(length: number | null): Uint8Array {
    const { body, rawBody, method = '', url = '' } = this.#message;
    for (const bytes of [rawBody, body]) {
      if (bytes instanceof Uint8Array && bytes.length === (length ?? bytes.length)) return bytes;
    }
    throw new GudegError(
      'GUDEG_ERR_HOST_BODY_READ',
      `the body of ${method} ${url} was read before the mounted app was called; mount the app above body parsers such as express.json(), or have them keep the bytes in req.rawBody`,
    );
  }
}
