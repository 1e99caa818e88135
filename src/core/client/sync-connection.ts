import { GudegError, GudegTypeError, HttpProtocolError, describeValue } from '../errors.ts';
import { BodyIter, ChunkedBodyIter, Range } from '../http/index.ts';
import { Framing, RequestIndex, ResponseFlag } from '../native/index.ts';
import type { SocketAddress } from '../rgi/index.ts';
import type { TlsSession } from '../tls/index.ts';
import { BaseHeaders } from './base-headers.ts';
import { checkClientAddress } from './client-address.ts';
import type { ClientOptions } from './client-options.ts';
import { ResponseHead } from './client-response.ts';
import { copyBytes } from './copy-bytes.ts';
import { engineOptions } from './engine-options.ts';
import type { OutgoingHeaders } from './render-request.ts';
import { RequestRenderer } from './request-renderer.ts';
import { SyncBody } from './sync-body.ts';
import { SyncChannel } from './sync-channel.ts';

/** What a blocking request can carry. The iterables of body objects must not be asynchronous. */
export type SyncRequestBody = null | string | Uint8Array | BodyIter | ChunkedBodyIter;

/** Options of a `SyncConnection`: those of a client without `onConnect`. */
export type SyncConnectionOptions = Omit<ClientOptions, 'onConnect'>;

/** A response of a `SyncConnection`. */
export class SyncResponse extends ResponseHead {
  /** The body; null without. */
  body: SyncBody | null = null;
}

/**
 * A connection whose calls block the thread, outside of the event loop: for command lines, build
 * tools and worker threads. A server in the same thread cannot answer it. Requests throw what those of
 * `Connection` reject with; there are no tunnels, and interim responses are skipped.
 *
 * @example
 * const connection = new SyncConnection('/run/app.sock');
 * const { status, body } = connection.get('/example');
 * console.log(status, body?.text());
 * connection.close();
 */
export class SyncConnection {
  readonly #channel: SyncChannel;
  readonly #renderer: RequestRenderer;
  #unread: SyncBody | null = null;

  /**
   * Connects.
   * @param address as for `Client`
   * @throws ClientError GUDEG_ERR_CLIENT_CONNECT, GUDEG_ERR_CLIENT_CONNECT_TIMEOUT, one of the
   *   GUDEG_ERR_TLS_ codes for a failed handshake; else as the constructor of `Client`
   */
  constructor(address: SocketAddress, options: SyncConnectionOptions = {}) {
    checkClientAddress(address);
    this.#renderer = new RequestRenderer(
      BaseHeaders.of(address, options),
      options.profile === 'degu',
    );
    this.#channel = new SyncChannel(address, engineOptions(address, options));
  }

  /** Fields that every request has. */
  get baseHeaders(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#renderer.base.values);
  }

  /** What TLS negotiated, and the server's certificate; null on plain connections and on closed ones. */
  get tls(): TlsSession | null {
    return this.#channel.tls;
  }

  /** True when no request can be made any more. */
  get closed(): boolean {
    return !this.#channel.isOpen;
  }

  /** Makes a GET request. */
  get(uri: string, headers?: OutgoingHeaders): SyncResponse {
    return this.request('GET', uri, headers);
  }

  /** Makes a HEAD request. */
  head(uri: string, headers?: OutgoingHeaders): SyncResponse {
    return this.request('HEAD', uri, headers);
  }

  /** Makes a DELETE request. */
  delete(uri: string, headers?: OutgoingHeaders): SyncResponse {
    return this.request('DELETE', uri, headers);
  }

  /** Makes a PUT request. */
  put(uri: string, headers: OutgoingHeaders, body: SyncRequestBody): SyncResponse {
    return this.request('PUT', uri, headers, body);
  }

  /** Makes a POST request. */
  post(uri: string, headers: OutgoingHeaders, body: SyncRequestBody): SyncResponse {
    return this.request('POST', uri, headers, body);
  }

  /** Makes a GET request for the bytes `start` up to, not including, `stop`. */
  getRange(uri: string, headers: OutgoingHeaders, start: number, stop: number): SyncResponse {
    return this.request('GET', uri, { ...headers, range: new Range(start, stop) });
  }

  /** Makes a request and gives its response when the head is there. */
  request(
    method: string,
    uri: string,
    headers: OutgoingHeaders = {},
    body: SyncRequestBody = null,
  ): SyncResponse {
    const channel = this.#channel;
    if (this.#unread?.isHere === false && channel.isOpen) {
      throw new GudegError(
        'GUDEG_ERR_CLIENT_BUSY',
        'the body of the last response was not read; read it, or close the connection',
      );
    }
    this.#unread = null;
    const given = body instanceof BodyIter ? Buffer.concat(piecesOf(body)) : body;
    const rendered = this.#renderer.render(method, uri, headers, given);
    const chunks = rendered.later === null ? null : chunksOf(rendered.later);
    channel.send(rendered.head, rendered.fieldCount, rendered.bytes);
    if (chunks !== null) this.#sendChunks(chunks);
    channel.receive();
    return this.#response();
  }

  /** Closes the connection. Does nothing when it is closed. */
  close(): void {
    this.#channel.close();
  }

  #sendChunks(chunks: Iterable<readonly [readonly [string, string] | null, Uint8Array]>): void {
    try {
      for (const [extension, data] of chunks) {
        const [key, value] = extension ?? ['', ''];
        if (this.#channel.writeChunk(key, value, data)) continue;
        throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_OUTPUT_CHUNK', `${key}=${value}`);
      }
    } catch (error) {
      this.#channel.close();
      throw error;
    }
  }

  #response(): SyncResponse {
    const channel = this.#channel;
    const { events, arena } = channel.memory;
    const response = new SyncResponse(channel.memory, 0, this.#renderer.isDegu);
    const bits = events[0] as number;
    const framing = (bits >> 18) & 3;
    if (framing === Framing.NONE) return response;
    const high = (events[RequestIndex.LENGTH_HIGH] as number) >>> 0;
    const length = high * 0x1_0000_0000 + ((events[RequestIndex.LENGTH_LOW] as number) >>> 0);
    const start = events[RequestIndex.BODY_OFFSET] as number;
    const isWhole = ((bits >>> 20) & ResponseFlag.COMPLETE) !== 0;
    response.body = this.#unread = new SyncBody(
      channel,
      framing === Framing.CHUNKED,
      framing === Framing.LENGTH ? length : null,
      isWhole ? copyBytes(arena, start, length) : null,
    );
    return response;
  }
}

function piecesOf(body: BodyIter): Uint8Array[] {
  return [...syncSource(body)].map((item) => (typeof item === 'string' ? Buffer.from(item) : item));
}

function* chunksOf(
  body: object,
): Generator<readonly [readonly [string, string] | null, Uint8Array]> {
  if (!(body instanceof ChunkedBodyIter)) throw asynchronous(body);
  for (const [extension, data] of syncSource(body)) {
    yield [extension, typeof data === 'string' ? Buffer.from(data) : data];
  }
}

function syncSource<T>(body: { readonly source: Iterable<T> | AsyncIterable<T> }): Iterable<T> {
  if (Symbol.iterator in body.source) return body.source;
  throw asynchronous(body);
}

function asynchronous(body: unknown): GudegTypeError {
  return new GudegTypeError(
    'GUDEG_ERR_INVALID_ARG_TYPE',
    `a blocking request takes null, a string, bytes, or BodyIter or ChunkedBodyIter over an iterable that is not asynchronous; got ${describeValue(body)}`,
  );
}
