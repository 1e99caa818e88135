import { GudegError, HttpProtocolError } from '../errors.ts';
import { shield, wait } from '../hub/index.ts';
import { Body, ChunkedBody, reasonPhrase } from '../http/index.ts';
import type { ResponseBody, ResponseHeaders } from '../rgi/index.ts';
import { badResult, isItem, itemBytes, itemLength, joinItems } from './body-item.ts';
import { BodyFeed, over } from './body-feed.ts';
import { FileWrapper } from './file-wrapper.ts';
import type { GatewayHeaders, GatewayItem, Write } from './gateway-app.ts';
import { PendingAnswer } from './pending-answer.ts';
import { responseHead, type ResponseHead } from './response-head.ts';

/** A body up to here leaves with its head, in one record. */
const WHOLE_BYTES = 32_768;

/** How a response is made of what an app gives. */
export interface ResponseSettings {
  readonly minimumChunkSize: number;
  readonly capitalizeResponseHeaders: boolean;
}

/**
 * The response to one request, made in a green thread. Small bodies of known length are answered
 * whole; anything else begins with its first piece and is fed to the server from there on.
 */
export class GatewayResponse {
  /** What the server gets. */
  readonly answer: PendingAnswer = new PendingAnswer();
  readonly #settings: ResponseSettings;
  readonly #isToHead: boolean;
  #head: ResponseHead | null = null;
  #feed: BodyFeed | null = null;
  #sentBytes = 0;
  #status: number | null = null;
  /** Pieces that wait for `minimumChunkSize`. */
  #collected: Uint8Array[] = [];
  #collectedBytes = 0;

  constructor(settings: ResponseSettings, method: string) {
    this.#settings = settings;
    this.#isToHead = method === 'HEAD';
  }

  /** What was said how it begins; null before. */
  get head(): ResponseHead | null {
    return this.#head;
  }

  /** The status that the client gets; null before that is known, or when it is gone. */
  get status(): number | null {
    return this.#status;
  }

  /** Bytes of the body so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** `startResponse`. */
  readonly start = (status: string | number, headers: GatewayHeaders, excInfo?: unknown): Write => {
    const isReplacing = excInfo !== undefined && excInfo !== null;
    if (this.answer.isGiven && isReplacing) throw excInfo as Error;
    if (this.#head !== null && !isReplacing) {
      throw new GudegError(
        'GUDEG_ERR_GATEWAY_RESPONSE',
        'startResponse was called a second time; to replace a response that has not begun, give it the error as third argument',
      );
    }
    this.#head = responseHead(status, headers, this.#settings.capitalizeResponseHeaders);
    return this.#write;
  };

  readonly #write = (data: GatewayItem): void => {
    if (!isItem(data)) throw badResult('write() a string or a Uint8Array', data);
    this.#push(itemBytes(data));
  };

  /** Sends what the app gave; returns when all of it is sent, or where that needs no more of the app. */
  send(result: unknown): void {
    if (isItem(result)) this.#sendSized([result]);
    else if (Array.isArray(result)) this.#sendSized(result);
    else if (result instanceof FileWrapper) this.#sendFile(result);
    else if (isObject(result) && Symbol.iterator in result) {
      this.#sendIterable(result as Iterable<unknown>);
    } else if (isObject(result) && Symbol.asyncIterator in result) {
      this.#sendAsyncIterable(result as AsyncIterable<unknown>);
    } else throw badResult('an iterable of strings or bytes, or one of them', result);
  }

  /** Replaces the answer by an error, or cuts it off; false when it has left. */
  fail(error: unknown): boolean {
    if (this.#feed !== null) return this.#feed.fail(error);
    if (this.answer.isGiven) return false;
    this.#status = isGone(error) ? null : (clientFault(error)?.status ?? 500);
    this.answer.fail(error);
    return true;
  }

  /** Answers with this text in place of what the app gave; only where nothing has left. */
  replace(status: number, text: string): void {
    this.#give(status, reasonPhrase(status), { 'content-type': 'text/plain; charset=utf-8' }, text);
  }

  #sendSized(items: readonly unknown[]): void {
    let length = 0;
    for (const item of items) length += itemLength(item);
    if (this.#feed === null && length <= WHOLE_BYTES) {
      this.#giveWhole(items as readonly GatewayItem[], length);
      return;
    }
    if (this.#feed === null) this.#begin(length);
    for (const item of items) this.#push(itemBytes(item));
    this.#end();
  }

  #giveWhole(items: readonly GatewayItem[], length: number): void {
    const { status, reason, headers, contentLength } = this.#needHead();
    let body: ResponseBody = null;
    if (length > 0) {
      if (isBodiless(status)) throw noBody(status);
      body = joinItems(items, length);
    }
    if (contentLength !== null && contentLength !== length) {
      // It may speak of the body that GET would have got.
      if (this.#isToHead || status === 304) body = null;
      else throw wrongLength(contentLength, length);
    }
    this.#sentBytes = length;
    this.#give(status, reason, headers, body);
  }

  #give(status: number, reason: string, headers: ResponseHeaders, body: ResponseBody): void {
    this.#status = status;
    this.answer.give([status, reason, headers, body]);
  }

  /** The kernel sends what has a descriptor. */
  #sendFile(wrapper: FileWrapper): void {
    const file = this.#feed === null ? wrapper.source() : null;
    if (file === null) {
      this.#sendIterable(wrapper);
      return;
    }
    const { status, reason, headers, contentLength } = this.#needHead();
    const length = contentLength ?? file.length;
    if (isBodiless(status) && length > 0) throw noBody(status);
    if (length > file.length) throw wrongLength(length, file.length);
    this.#sentBytes = length;
    this.#give(status, reason, headers, new Body(file, length));
    // The kernel still reads from it: nothing may close it before.
    shield(() => {
      wait(file.released);
    });
  }

  #sendIterable(result: Iterable<unknown>): void {
    for (const item of result) if (!this.#collect(item)) break;
    this.#sendRest();
  }

  #sendAsyncIterable(result: AsyncIterable<unknown>): void {
    const iterator = result[Symbol.asyncIterator]();
    let isDone = false;
    try {
      for (;;) {
        const step = wait(iterator.next());
        isDone = step.done === true;
        if (isDone || !this.#collect(step.value)) break;
      }
    } finally {
      if (!isDone) shield(() => wait(Promise.resolve(iterator.return?.())));
    }
    this.#sendRest();
  }

  /** Takes the next piece of an iterable; false when no more is wanted. */
  #collect(item: unknown): boolean {
    const piece = itemBytes(item);
    if (piece.length === 0) return true;
    this.#collected.push(piece);
    this.#collectedBytes += piece.length;
    // The head is known now, and to HEAD nothing else is sent.
    if (this.#isToHead) return false;
    if (this.#collectedBytes >= this.#settings.minimumChunkSize) this.#flush();
    return true;
  }

  #flush(): void {
    const pieces = this.#collected;
    const length = this.#collectedBytes;
    if (length === 0) return;
    this.#collected = [];
    this.#collectedBytes = 0;
    this.#push(pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, length));
  }

  #sendRest(): void {
    this.#flush();
    if (this.#feed === null) this.#giveWhole([], 0);
    else this.#end();
  }

  #push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    if (this.#feed === null) this.#begin(null);
    const feed = this.#feed as unknown as BodyFeed;
    const length = this.#sentBytes + piece.length;
    if (feed.contentLength !== null && length > feed.contentLength) {
      throw wrongLength(feed.contentLength, length);
    }
    if (!this.#isToHead) feed.push(piece);
    this.#sentBytes = length;
  }

  /** Gives the server the head, and a body that the pieces will go through. */
  #begin(length: number | null): void {
    if (this.answer.isGiven) throw over();
    const { status, reason, headers, contentLength } = this.#needHead();
    if (isBodiless(status)) throw noBody(status);
    if (contentLength !== null && length !== null && contentLength !== length && !this.#isToHead) {
      throw wrongLength(contentLength, length);
    }
    const feed = new BodyFeed(contentLength ?? length);
    this.#feed = feed;
    const body =
      feed.contentLength === null ? new ChunkedBody(feed) : new Body(feed, feed.contentLength);
    this.#give(status, reason, headers, body);
  }

  #end(): void {
    const feed = this.#feed as unknown as BodyFeed;
    if (this.#isToHead) return;
    if (feed.contentLength !== null && this.#sentBytes < feed.contentLength) {
      throw wrongLength(feed.contentLength, this.#sentBytes);
    }
    feed.finish();
  }

  #needHead(): ResponseHead {
    if (this.#head !== null) return this.#head;
    throw new GudegError(
      'GUDEG_ERR_GATEWAY_RESPONSE',
      'the app gave its response without having called startResponse(status, headers)',
    );
  }
}

/** Whether it says that the client went away. */
export function isGone(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'GUDEG_ERR_CONNECTION_CLOSED';
}

/** The error as what the client did wrong, which it is told; null when it is somebody else's. */
export function clientFault(error: unknown): HttpProtocolError | null {
  return error instanceof HttpProtocolError && error.status < 500 ? error : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** RFC 9110 section 6.4.1. */
function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}

function noBody(status: number): GudegError {
  return new GudegError(
    'GUDEG_ERR_GATEWAY_RESPONSE',
    `a response with status ${status} has no body; give none`,
  );
}

function wrongLength(announced: number, length: number): GudegError {
  const verb = length > announced ? 'more' : 'fewer';
  return new GudegError(
    'GUDEG_ERR_GATEWAY_RESPONSE',
    `content-length announces ${announced} bytes and the app gave ${verb}, ${length}`,
  );
}
