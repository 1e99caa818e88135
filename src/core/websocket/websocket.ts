import { GudegError, describeValue, invalidArgType } from '../errors.ts';
import { wait } from '../hub/index.ts';
import { CloseCode, checkClose } from './close-code.ts';
import { Opcode, type FrameTransport, type Message } from '../http/index.ts';
import { MessageReceiver, requireGreenThread } from './message-receiver.ts';
import { Outbox } from './outbox.ts';
import { SocketEnding } from './socket-ending.ts';
import type { WebSocketEnviron, WebSocketHead } from './upgrade-head.ts';
import type {
  ControlListener,
  EachOptions,
  SendOptions,
  WebSocketEnd,
  WebSocketTerms,
} from './websocket-facts.ts';

const SENT = Promise.resolve();

/**
 * One WebSocket, as its handler sees it (guv's `WebSocket`). Messages are strings (text) or Buffers
 * (binary). Pings are answered and the closing handshake is done without the handler.
 */
export class WebSocket {
  readonly #head: WebSocketHead;
  readonly #terms: WebSocketTerms;
  #transport!: FrameTransport;
  readonly #receiver: MessageReceiver;
  /** What waits while the peer is slow. */
  #outbox: Outbox | null = null;
  /** Where it begins to end, or somebody waits for that. */
  #ending: SocketEnding | null = null;
  #control: ControlListener | null = null;

  /** @internal */
  constructor(head: WebSocketHead, terms: WebSocketTerms) {
    this.#head = head;
    this.#terms = terms;
    this.#receiver = new MessageReceiver(this);
  }

  /** Who carries its frames. @internal */
  get transport(): FrameTransport {
    return this.#transport;
  }

  /** Before anything else: who carries its frames. @internal */
  attach(transport: FrameTransport): void {
    this.#transport = transport;
  }

  /** PATH_INFO: what routing left of the path, percent-decoded. */
  get path(): string {
    return this.#head.path;
  }

  /** The sub-protocol that was agreed on; null: none. */
  get protocol(): string | null {
    return this.#terms.protocol;
  }

  /** The `origin` of the page that opened it; null where the client is no browser. */
  get origin(): string | null {
    const { headers } = this.#head;
    return headers['origin'] ?? headers['sec-websocket-origin'] ?? null;
  }

  /** The request it began with as CGI variables; made anew by each access. */
  get environ(): WebSocketEnviron {
    return this.#head.environ;
  }

  /** Fields of the request it began with, by lower-case name; made anew by each access. */
  get headers(): Readonly<Record<string, string>> {
    return this.#head.headers;
  }

  /** The request target as received, with the query. */
  get uri(): string {
    return this.#head.uri;
  }

  /** The version of the protocol that was asked for: 13, or 8, which has the same frames. */
  get version(): number {
    return this.#terms.version;
  }

  /** Whether permessage-deflate was agreed on. */
  get isCompressed(): boolean {
    return this.#terms.compressFromBytes !== Infinity;
  }

  /** True once either side has begun to close; `wait()` gives what has come before, and that may be answered. */
  get isClosed(): boolean {
    return this.#ending?.hasBegun === true;
  }

  /** How it ended; null before. */
  get end(): WebSocketEnd | null {
    return this.#ending?.end ?? null;
  }

  /** @internal */
  get hasEnded(): boolean {
    return this.end !== null;
  }

  /** Bytes that wait to leave. */
  get bufferedBytes(): number {
    return this.hasEnded ? 0 : this.#transport.bufferedBytes();
  }

  /** Resolves when it has ended, with how. */
  get closed(): Promise<WebSocketEnd> {
    return new Promise((resolve) => {
      this.onEnd(resolve);
    });
  }

  /**
   * Waits for the next message; null once there is none any more. Blocks the green thread.
   * @throws GUDEG_ERR_HUB_BLOCKING outside a green thread when it would have to wait
   */
  wait(): Message | null {
    return this.#receiver.wait();
  }

  /** The promise-returning twin of `wait()`. An aborted signal rejects it, and no message is lost. */
  waitAsync(options: { signal?: AbortSignal } = {}): Promise<Message | null> {
    return this.#receiver.waitAsync(options.signal);
  }

  /**
   * Sends a string as text, bytes as binary. Waits first while the peer is slow to take what was sent
   * before: blocks the green thread.
   * @throws GUDEG_ERR_WEBSOCKET_CLOSED, GUDEG_ERR_INVALID_ARG_TYPE; GUDEG_ERR_HUB_BLOCKING outside a
   *   green thread when it would have to wait
   */
  send(message: string | Uint8Array, options?: SendOptions): void {
    const isCompressed = this.#checkMessage(message, options);
    if (!this.#mustWait) {
      this.#post(message, isCompressed);
      return;
    }
    requireGreenThread('send()', 'await ws.sendAsync()');
    const outbox = (this.#outbox ??= new Outbox());
    const { entry, sent } = outbox.add(this.#receiver.own(message), isCompressed);
    try {
      wait(sent);
    } catch (error) {
      outbox.remove(entry);
      throw error;
    }
  }

  /** The promise-returning twin of `send()`: resolves when the next message may be sent. */
  sendAsync(message: string | Uint8Array, options?: SendOptions): Promise<void> {
    try {
      const isCompressed = this.#checkMessage(message, options);
      if (this.#mustWait) {
        this.#outbox ??= new Outbox();
        return this.#outbox.add(this.#receiver.own(message), isCompressed).sent;
      }
      this.#post(message, isCompressed);
      return SENT;
    } catch (error) {
      const reason = error as Error;
      return Promise.reject(reason);
    }
  }

  /**
   * Sends without ever waiting: what a slow peer doesn't take is buffered, up to `maxBufferedBytes`;
   * beyond, the socket is closed with 1008. For broadcasts, where one slow peer must not hold up others.
   * @returns false when it is closed
   */
  post(message: string | Uint8Array, options?: SendOptions): boolean {
    if (this.isClosed) return false;
    const isCompressed = this.#checkMessage(message, options);
    if (this.#transport.isAbove(this.#transport.maxBufferedBytes)) {
      this.close(CloseCode.POLICY_VIOLATION, 'too slow');
      return false;
    }
    this.#post(message, isCompressed);
    return true;
  }

  /**
   * Begins the closing handshake; `wait()` still gives what the peer sent before it answered.
   * @param code 1000..1003, 1007..1014 or 3000..4999
   * @param reason at most 123 bytes of UTF-8
   * @throws GUDEG_ERR_OUT_OF_RANGE, GUDEG_ERR_INVALID_ARG_TYPE
   */
  close(code: number = CloseCode.NORMAL, reason = ''): void {
    checkClose(code, reason);
    this.answerClose();
    if (this.isClosed) return;
    this.#openEnding().isClosing = true;
    this.#failOutbox();
    this.#transport.close(code, reason);
  }

  /** Cuts the connection without a closing handshake. */
  terminate(): void {
    if (!this.hasEnded) this.#transport.terminate();
  }

  /**
   * Sends a ping with at most 125 bytes. Its pong goes to `onControl()`'s listener.
   * @throws GUDEG_ERR_WEBSOCKET_CLOSED, GUDEG_ERR_OUT_OF_RANGE
   */
  ping(data: string | Uint8Array = ''): void {
    this.#sendControl(Opcode.PING, data);
  }

  /** Has `listener` called once, when it has ended; at once where it has. */
  onEnd(listener: (end: WebSocketEnd) => void): void {
    const { end } = this;
    if (end !== null) listener(end);
    else this.#openEnding().listeners.push(listener);
  }

  /** Sends a pong that nobody asked for (RFC 6455 section 5.5.3). */
  pong(data: string | Uint8Array = ''): void {
    this.#sendControl(Opcode.PONG, data);
  }

  /** Has pings and pongs told, which are answered or dropped without. */
  onControl(listener: ControlListener): void {
    this.#control = listener;
    if (!this.hasEnded) this.#transport.watchControl();
  }

  /**
   * Calls `listener` with each message, the next one when a promise that it gives is settled; resolves
   * when there are no more. Cheaper than iterating: no promise for a message.
   *
   * With `{ borrow: true }` binary messages on the engine are not copied out of the memory they were read
   * into: one is good until `listener` returns or awaits for the first time. `send()` and `post()` of this
   * socket take what they need of it; whatever else keeps it, keeps a copy: `Buffer.from(message)`.
   * @throws GUDEG_ERR_WEBSOCKET_BUSY while another `each()` has the messages, GUDEG_ERR_INVALID_ARG_TYPE
   */
  each(listener: (message: Message) => unknown, options?: EachOptions): Promise<void> {
    return this.#receiver.each(listener, options);
  }

  /** Every message until it is closed, blocking the green thread. */
  *[Symbol.iterator](): Generator<Message, void, undefined> {
    for (let message = this.wait(); message !== null; message = this.wait()) yield message;
  }

  /** Every message until it is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    const iterator: AsyncIterableIterator<Message> = {
      next: async () => {
        const message = await this.waitAsync();
        return message === null
          ? { done: true, value: undefined }
          : { done: false, value: message };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  // --- called by the transport ---

  /** @internal */
  onMessage(message: Message): void {
    this.#receiver.put(message);
  }

  /** @internal */
  onClose(code: number, reason: string, reply: string | null): void {
    const ending = this.#openEnding();
    if (ending.end !== null) return;
    const end = ending.due?.end ?? { code, reason };
    ending.due = reply === null ? null : { end, reply };
    if (reply === null) this.#finish(end);
    else if (!this.#receiver.isBusy) this.answerClose();
  }

  /** Sends the close frame that is due. @internal */
  answerClose(): void {
    const due = this.#ending?.due ?? null;
    if (due === null) return;
    this.#openEnding().due = null;
    this.#transport.close(due.end.code, due.reply);
    this.#finish(due.end);
  }

  #finish(end: WebSocketEnd): void {
    const ending = this.#openEnding();
    ending.end = end;
    this.#failOutbox();
    this.#receiver.end();
    ending.tell(end);
  }

  #openEnding(): SocketEnding {
    return (this.#ending ??= new SocketEnding());
  }

  #failOutbox(): void {
    if (this.#outbox?.isEmpty === false) this.#outbox.fail(this.#closedError());
  }

  /** @internal */
  onDrain(): void {
    const transport = this.#transport;
    this.#outbox?.drain((data, isCompressed) => {
      if (transport.isAbove(transport.highWaterBytes)) return false;
      this.#post(data, isCompressed);
      return true;
    });
  }

  /** @internal */
  onPing(data: Buffer): void {
    this.#control?.('ping', data);
  }

  /** @internal */
  onPong(data: Buffer): void {
    this.#control?.('pong', data);
  }

  #checkMessage(message: unknown, options: SendOptions | undefined): boolean {
    if (typeof message !== 'string' && !(message instanceof Uint8Array)) {
      throw invalidArgType('message', 'a string or a Uint8Array', message);
    }
    const ending = this.#ending;
    if (ending !== null && (ending.isClosing || ending.end !== null)) throw this.#closedError();
    return options?.compress ?? message.length >= this.#terms.compressFromBytes;
  }

  /** Whether the next message has to wait until the peer has taken some. */
  get #mustWait(): boolean {
    const transport = this.#transport;
    return this.#outbox?.isEmpty === false || transport.isAbove(transport.highWaterBytes);
  }

  #post(message: string | Uint8Array, isCompressed: boolean): void {
    const opcode = typeof message === 'string' ? Opcode.TEXT : Opcode.BINARY;
    if (!this.#transport.send(opcode, message, isCompressed)) throw this.#closedError();
  }

  #sendControl(opcode: number, data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    if (!(bytes instanceof Uint8Array)) throw invalidArgType('data', 'a string or bytes', data);
    if (bytes.length > 125) {
      throw new GudegError(
        'GUDEG_ERR_OUT_OF_RANGE',
        `a ping or pong must have at most 125 bytes; got ${bytes.length}`,
      );
    }
    if (this.isClosed) throw this.#closedError();
    this.#transport.send(opcode, bytes, false);
  }

  #closedError(): GudegError {
    const { end } = this;
    const how = end === null ? 'is closing' : `has closed (${end.code} ${end.reason})`;
    return new GudegError(
      'GUDEG_ERR_WEBSOCKET_CLOSED',
      `the WebSocket ${describeValue(this.uri)} ${how}; look at isClosed before sending`,
    );
  }
}
