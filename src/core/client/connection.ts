import { GudegError, HttpProtocolError } from '../errors.ts';
import { Body, BodyState, ChunkedBody } from '../http/index.ts';
import { Framing, RequestIndex, RequestStatus, ResponseFlag } from '../native/index.ts';
import type { EngineFault } from '../native/index.ts';
import type { SocketAddress } from '../rgi/index.ts';
import { TlsSession } from '../tls/index.ts';
import type { BaseHeaders } from './base-headers.ts';
import type { ClientChannel, HeadReceiver } from './client-channel.ts';
import { ClientResponse } from './client-response.ts';
import type { OutgoingHeaders, RenderedRequest, RequestBody } from './render-request.ts';
import { RequestRenderer } from './request-renderer.ts';
import { copyBytes } from './copy-bytes.ts';
import { RequestSink } from './request-sink.ts';
import { Requester, type RequestOptions } from './requester.ts';
import { ResponseBodyReader, UntilCloseSource } from './response-body-reader.ts';
import { ClientTunnel } from './client-tunnel.ts';
import { WholeChunks } from './whole-chunks.ts';

/** How long a body waits for `100 Continue` before it goes out unasked (RFC 9110 section 10.1.1). */
const CONTINUE_MS = 1000;

interface PendingRequest {
  readonly options: RequestOptions;
  readonly resolve: (response: ClientResponse) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One connection to a server (Degu's `Connection`): one request at a time, and the next only when
 * the body of the last response was read or closed.
 *
 * Requests reject with a `ClientError`, whose `retry` says whether the request may be sent again, with
 * GUDEG_ERR_CLIENT_BUSY, or, before anything is sent, with what is wrong with the request.
 */
export class Connection extends Requester implements AsyncDisposable {
  readonly #channel: ClientChannel;
  readonly #renderer: RequestRenderer;
  #pending: PendingRequest | null = null;
  /** The body of the last response, until it is over. */
  #unread: Body | ChunkedBody | ClientTunnel | null = null;
  #goAhead: (() => void) | null = null;
  /** Undoes what the running request hung on its signal. */
  #release: (() => void) | null = null;
  #onIdle: (() => void) | null = null;

  /** @internal */
  constructor(channel: ClientChannel, base: BaseHeaders, isDegu: boolean) {
    super();
    this.#channel = channel;
    this.#renderer = new RequestRenderer(base, isDegu);
    const receiver: HeadReceiver = {
      onResponse: (record) => {
        this.#onResponse(record);
      },
      onInterim: (record) => {
        this.#onInterim(record);
      },
      onClosed: () => {
        this.#onClosed();
      },
    };
    channel.receiver = receiver;
  }

  /** Fields that every request of this connection has. */
  get baseHeaders(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#renderer.base.values);
  }

  /** True when no request can be made any more. */
  get closed(): boolean {
    return this.#channel.isClosed;
  }

  /** True when a request can be made now. */
  get isIdle(): boolean {
    return this.#pending === null && this.#unread === null && !this.#channel.isClosed;
  }

  /** The server's address; null when the connection is closed. */
  get peerAddress(): SocketAddress | null {
    const { slot, exchange } = this.#channel;
    return slot < 0 ? null : exchange.engine.peerAddress(slot);
  }

  /** Our own address; null when the connection is closed. */
  get localAddress(): SocketAddress | null {
    const { slot, exchange } = this.#channel;
    return slot < 0 ? null : exchange.engine.localAddress(slot);
  }

  /** What TLS negotiated, and the server's certificate; null on plain connections and on closed ones. */
  get tls(): TlsSession | null {
    const { slot, exchange } = this.#channel;
    const info = slot < 0 ? null : exchange.engine.tlsInfo(slot);
    return info === null ? null : new TlsSession(info);
  }

  /**
   * Makes a request and gives its response when the head is there.
   * @param uri the request target, as it is sent
   * @param body bytes, text (UTF-8) or a body object, whose framing fields are added
   */
  override request(
    method: string,
    uri: string,
    headers: OutgoingHeaders = {},
    body: RequestBody = null,
    options: RequestOptions = {},
  ): Promise<ClientResponse> {
    const channel = this.#channel;
    if (channel.isClosed) return Promise.reject(channel.closeError(false));
    if (this.#pending !== null || this.#unread !== null) return Promise.reject(this.#busy());
    const { signal } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const rendered = this.#renderer.render(method, uri, headers, body);
      this.#pending = { options, resolve, reject };
      try {
        this.#send(rendered);
      } catch (error) {
        this.#pending = null;
        throw error;
      }
      if (signal !== undefined) this.#listen(signal);
    });
  }

  /** Closes the connection; a running request rejects. Does nothing when it is closed. */
  close(): void {
    this.#channel.close();
  }

  /** `close()` at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** @internal Calls back once, when the running response is over or the connection is closed. */
  whenIdle(callback: () => void): void {
    if (this.closed || (this.#pending === null && this.#unread === null)) callback();
    else this.#onIdle = callback;
  }

  #busy(): GudegError {
    const what =
      this.#pending !== null
        ? 'a request is running on this connection'
        : 'the body of the last response was not read';
    return new GudegError(
      'GUDEG_ERR_CLIENT_BUSY',
      `${what}; a connection has one request at a time, a Pool has more`,
    );
  }

  #send({ head, fieldCount, bytes, later, expectsContinue }: RenderedRequest): void {
    const { slot, exchange } = this.#channel;
    const waits = expectsContinue && (bytes !== null || later !== null);
    const inline = waits || (bytes !== null && bytes.length > 262_144) ? null : bytes;
    const status = exchange.engine.request(slot, head, fieldCount, inline);
    if (status > 0) {
      const fault = exchange.engine.faults[status] as EngineFault;
      throw HttpProtocolError.fromFault(fault.name);
    }
    if (status !== RequestStatus.SENT) throw this.#channel.closeError(false);
    if (later !== null) void this.#sendBody(later, waits);
    else if (bytes !== null && inline === null) void this.#sendBody(bytes, waits);
  }

  async #sendBody(body: NonNullable<RequestBody>, waits: boolean): Promise<void> {
    const sink = new RequestSink(this.#channel);
    try {
      if (waits) await this.#whenToldToGoAhead();
      if (this.#pending === null) throw new Error('answered before its body was sent');
      if (body instanceof Uint8Array) await sink.write(body);
      else if (typeof body !== 'string') await body.writeTo(sink);
    } catch (error) {
      if (typeof body === 'object' && 'close' in body) body.close();
      // A server that answers early, or is gone, has said so itself, or is about to.
      if (this.#pending === null || this.#channel.isClosed || sink.isRefused) return;
      this.#channel.close(error);
    }
  }

  #whenToldToGoAhead(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CONTINUE_MS);
      this.#goAhead = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #listen(signal: AbortSignal): void {
    const abort = (): void => {
      this.#channel.close(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#release = () => {
      signal.removeEventListener('abort', abort);
    };
  }

  #onInterim(record: number): void {
    const { exchange } = this.#channel;
    const status = ((exchange.events[record] as number) >> 8) & 0x3ff;
    if (status === 100) this.#letGoAhead();
    this.#pending?.options.onInterim?.(new ClientResponse(exchange, record, this.#renderer.isDegu));
  }

  #letGoAhead(): void {
    const goAhead = this.#goAhead;
    this.#goAhead = null;
    goAhead?.();
  }

  #onResponse(record: number): void {
    const pending = this.#pending;
    if (pending === null) return;
    const response = new ClientResponse(this.#channel.exchange, record, this.#renderer.isDegu);
    this.#openBody(response, record);
    this.#pending = null;
    this.#letGoAhead();
    pending.resolve(response);
    if (this.#unread === null) this.#finish();
  }

  #openBody(response: ClientResponse, record: number): void {
    const channel = this.#channel;
    const { events, arena } = channel.exchange;
    const bits = events[record] as number;
    const framing = (bits >> 18) & 3;
    const flags = bits >>> 20;
    const at = (index: number): number => events[record + index] as number;
    if ((flags & ResponseFlag.COMPLETE) !== 0) {
      if (framing === Framing.NONE) return;
      const start = at(RequestIndex.BODY_OFFSET);
      const length = at(RequestIndex.BODY_AVAILABLE);
      if (framing === Framing.CHUNKED) {
        const table = channel.exchange.arenaInts.subarray(start / 4, start / 4 + 2 * length);
        response.body = new ChunkedBody(new WholeChunks(arena, table));
      } else response.body = new Body(copyBytes(arena, start, length), length);
      return;
    }
    const reader = new ResponseBodyReader(channel, null, () => {
      this.#onBodyOver();
    });
    if ((flags & ResponseFlag.TUNNEL) !== 0) {
      response.tunnel = this.#unread = new ClientTunnel(channel, reader);
    } else if (framing === Framing.LENGTH) {
      const high = at(RequestIndex.LENGTH_HIGH) >>> 0;
      const length = high * 0x1_0000_0000 + (at(RequestIndex.LENGTH_LOW) >>> 0);
      response.body = this.#unread = new Body(reader, length);
    } else {
      const source = framing === Framing.CHUNKED ? reader : new UntilCloseSource(reader);
      response.body = this.#unread = new ChunkedBody(source);
    }
  }

  /** A body that was given up, or failed, leaves bytes on the connection that nobody can use. */
  #onBodyOver(): void {
    const body = this.#unread;
    this.#unread = null;
    if (body !== null && !(body instanceof ClientTunnel) && !isConsumed(body))
      this.#channel.close();
    else this.#channel.notice();
    this.#finish();
  }

  #finish(): void {
    this.#release?.();
    this.#release = null;
    const callback = this.#onIdle;
    this.#onIdle = null;
    callback?.();
  }

  #onClosed(): void {
    const pending = this.#pending;
    this.#pending = null;
    this.#letGoAhead();
    if (pending !== null) pending.reject(this.#channel.endReason(true));
    this.#finish();
  }
}

function isConsumed(body: Body | ChunkedBody): boolean {
  return body.state === BodyState.CONSUMED;
}
