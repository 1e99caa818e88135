import type { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { Opcode, type FrameSettings } from '../../http/index.ts';
import { checkClose } from '../close-code.ts';
import type { NegotiatedDeflate } from '../deflate-negotiation.ts';
import { connect } from './connect.ts';
import { BrowserEvents } from './browser-events.ts';
import { faultError } from './fault-error.ts';
import type { FrameLink, Sent } from './frame-link.ts';
import { openLink } from './open-link.ts';
import type { ClientOptions } from './options.ts';
import { asBytes, convertMessage, type BinaryType, type SendData } from './send-data.ts';
export type { BinaryType, RawData, SendData } from './send-data.ts';

/** Options of `send()`. */
export interface SendOptions {
  /** Default: text is text, all else is binary. */
  binary?: boolean | undefined;
  /** Default true, where it was negotiated and the message is not short. */
  compress?: boolean | undefined;
  /** False: more of the message follows; it is sent with its last piece. Default true. */
  fin?: boolean | undefined;
  /** Taken and not needed: each side masks as RFC 6455 says. */
  mask?: boolean | undefined;
}

/** How a socket becomes a WebSocket. @internal */
export interface OpenedSocket {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly settings: FrameSettings;
  readonly deflate: NegotiatedDeflate | null;
  /** Shorter messages are not compressed. */
  readonly thresholdBytes: number;
  readonly protocol: string;
  readonly isClient: boolean;
}

const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;
const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3] as const;
const NO_STATUS = 1005;
const NO_BYTES: Buffer = Buffer.alloc(0);
const MAX_CONTROL_BYTES = 125;

/** `WebSocket` of the package `ws`: the events, members and errors that are documented there. */
export class WebSocket extends BrowserEvents {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;
  #readyState: 0 | 1 | 2 | 3 = CONNECTING;
  #url = '';
  #protocol = '';
  #extensions = '';
  #binaryType: BinaryType = 'nodebuffer';
  #socket: Duplex | null = null;
  #link: FrameLink | null = null;
  #request: ClientRequest | null = null;
  #redirects = 0;
  #thresholdBytes = Infinity;
  #closeTimeoutMs: number;
  #closeTimer: NodeJS.Timeout | undefined;
  #closeCode = 1006;
  #closeReason: Buffer = NO_BYTES;
  #hasSentClose = false;
  #hasPeerClosed = false;
  #isFaulty = false;
  #isPaused = false;
  /** Bytes that were given to a socket that takes no more. */
  #unsentBytes = 0;
  /** Pieces of a message whose last one has not come. */
  #pieces: { readonly parts: Buffer[]; readonly isBinary: boolean } | null = null;
  /** What waits behind a Blob that is being read. */
  #blobs: Promise<void> | null = null;

  /**
   * @param address null makes one that a server opens
   * @throws SyntaxError, RangeError for an address, protocol or option that is none
   */
  constructor(
    address: string | URL | null,
    protocols?: string | readonly string[] | ClientOptions | null,
    options?: ClientOptions,
  ) {
    super();
    const isOptions =
      typeof protocols === 'object' && protocols !== null && !Array.isArray(protocols);
    const given = (isOptions ? (protocols as ClientOptions) : options) ?? {};
    this.#closeTimeoutMs = given.closeTimeout ?? 30_000;
    if (address === null) return;
    const offered = isOptions || protocols === undefined ? [] : [protocols].flat();
    connect(this, address, offered, given, {
      onRedirect: (count) => {
        this.#redirects = count;
      },
      onRequest: (request, url) => {
        this.#request = request;
        this.#url = url;
      },
      onFailed: (error) => {
        this.#fail(error);
      },
    });
  }

  /** What binary messages come as. Default: `nodebuffer`. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  /** What binary messages come as from now on. */
  set binaryType(type: BinaryType) {
    if (['nodebuffer', 'arraybuffer', 'fragments', 'blob'].includes(type)) this.#binaryType = type;
  }

  /** Bytes that were sent and have not left yet. */
  get bufferedAmount(): number {
    return this.#unsentBytes + (this.#link?.bufferedAmount ?? 0);
  }

  /** The extensions that were agreed on, as in the header field. */
  get extensions(): string {
    return this.#extensions;
  }

  /** Whether `pause()` holds messages back. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** The subprotocol that was agreed on; empty when none was. */
  get protocol(): string {
    return this.#protocol;
  }

  /** `CONNECTING`, `OPEN`, `CLOSING` or `CLOSED`. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  /** The URL of a client; empty on a server. */
  get url(): string {
    return this.#url;
  }

  /** The socket below, for its addresses; null before and after. */
  get _socket(): Duplex | null {
    return this.#socket;
  }

  /** The request of a client that connects; null before and after. */
  get _req(): ClientRequest | null {
    return this.#request;
  }

  /** Whether both sides have said that they close. @internal */
  get isClean(): boolean {
    return this.#hasPeerClosed && this.#hasSentClose;
  }

  /** How many redirects came to a client. */
  get _redirects(): number {
    return this.#redirects;
  }

  /** The handshake is done. @internal */
  open(opened: OpenedSocket): void {
    const { deflate, head, isClient, settings, socket } = opened;
    this.#socket = socket;
    this.#protocol = opened.protocol;
    this.#extensions = deflate === null ? '' : 'permessage-deflate';
    this.#thresholdBytes = deflate === null ? Infinity : opened.thresholdBytes;
    this.#readyState = OPEN;
    this.#request = null;
    this.#link = openLink(socket, head, settings, deflate, isClient, {
      onMessage: (data, isBinary) => {
        this.emit('message', convertMessage(data, isBinary, this.#binaryType), isBinary);
      },
      onPing: (data) => this.emit('ping', data),
      onPong: (data) => this.emit('pong', data),
      onPeerClose: (code, reason) => {
        this.#onPeerClose(code, reason);
      },
      onFault: (fault) => {
        this.#isFaulty = true;
        this.#closeWith(fault.closeCode, '');
        this.emit('error', faultError(fault));
      },
      onPeerEnd: () => {
        if (this.#readyState !== CLOSED) this.#readyState = CLOSING;
      },
      onGone: () => {
        this.#finish();
      },
    });
    this.emit('open');
  }

  #onPeerClose(code: number, reason: Buffer): void {
    this.#hasPeerClosed = true;
    this.#closeCode = code;
    this.#closeReason = reason;
    this.#closeWith(code, reason.toString());
  }

  /**
   * Begins the closing handshake.
   * @throws TypeError, RangeError for a code or a reason that may not be sent
   */
  close(code?: number, reason: string | Buffer = ''): void {
    if (this.#readyState === CLOSED) return;
    if (this.#readyState === CONNECTING) {
      this.#abort();
      return;
    }
    const text = reason.toString();
    if (code !== undefined) checkClose(code, text);
    this.#closeWith(code ?? NO_STATUS, text);
  }

  #closeWith(code: number, reason: string): void {
    const link = this.#link;
    if (link === null || this.#readyState === CLOSED) return;
    if (this.#hasSentClose || this.#closeTimer !== undefined) {
      if (this.#hasSentClose && this.#isAnswered) link.end();
      return;
    }
    this.#readyState = CLOSING;
    this.#closeTimer = setTimeout(() => {
      link.terminate();
    }, this.#closeTimeoutMs);
    const send = (): void => {
      link.close(code, reason, (error) => {
        if (error !== undefined && error !== null) return;
        this.#hasSentClose = true;
        if (this.#isAnswered) link.end();
      });
    };
    if (this.#blobs === null) send();
    else void this.#blobs.then(send);
  }

  get #isAnswered(): boolean {
    return this.#hasPeerClosed || this.#isFaulty;
  }

  /** Cuts the connection. */
  terminate(): void {
    if (this.#readyState === CLOSED) return;
    if (this.#readyState === CONNECTING) {
      this.#abort();
      return;
    }
    this.#readyState = CLOSING;
    this.#link?.terminate();
  }

  #abort(): void {
    this.#readyState = CLOSING;
    const error = new Error('WebSocket was closed before the connection was established');
    if (this.#request === null) return;
    const { socket } = this.#request;
    this.#request.destroy();
    // A request whose response is complete lets its socket live.
    socket?.destroy();
    this.#request = null;
    process.nextTick(() => {
      this.#fail(error);
    });
  }

  /** The connection did not come about. */
  #fail(error: Error): void {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CLOSING;
    this.#request = null;
    try {
      this.emit('error', error);
    } finally {
      this.#finish();
    }
  }

  #finish(): void {
    if (this.#readyState === CLOSED) return;
    clearTimeout(this.#closeTimer);
    this.#readyState = CLOSED;
    this.emit('close', this.#closeCode, this.#closeReason);
    this.#socket = null;
  }

  /** Stops receiving; nothing while it connects or when it has closed. */
  pause(): void {
    if (this.#readyState === CONNECTING || this.#readyState === CLOSED) return;
    this.#isPaused = true;
    this.#link?.pause();
  }

  /** Goes on receiving. */
  resume(): void {
    if (this.#readyState === CONNECTING || this.#readyState === CLOSED) return;
    this.#isPaused = false;
    this.#link?.resume();
  }

  /** @param sent called when it was written; gets the error where it was not */
  /** Sends a message; `sent` is called when it was handed to the system, or failed. */
  send(data: SendData, sent?: (error?: Error) => void): void;
  /** Sends a message in the form that `options` say. */
  send(data: SendData, options: SendOptions, sent?: (error?: Error) => void): void;
  send(
    data: SendData,
    options: SendOptions | ((error?: Error) => void) = {},
    callback?: (error?: Error) => void,
  ): void {
    const given = typeof options === 'function' ? {} : options;
    const sent = (typeof options === 'function' ? options : callback) as Sent | undefined;
    this.#checkConnected();
    const isBinary = given.binary ?? (typeof data !== 'string' && typeof data !== 'number');
    if (this.#isUnsendable(data, sent)) return;
    if (data instanceof Blob || this.#blobs !== null) this.#sendLater(data, isBinary, given, sent);
    else this.#sendBytes(asBytes(data), isBinary, given, sent);
  }

  #sendBytes(bytes: Buffer, isBinary: boolean, options: SendOptions, sent: Sent | undefined): void {
    const pieces = this.#pieces;
    if (pieces !== null) pieces.parts.push(bytes);
    if (options.fin === false) {
      this.#pieces ??= { parts: [bytes], isBinary };
      if (sent !== undefined) process.nextTick(sent);
      return;
    }
    this.#pieces = null;
    const whole = pieces === null ? bytes : Buffer.concat(pieces.parts);
    const opcode = (pieces?.isBinary ?? isBinary) ? Opcode.BINARY : Opcode.TEXT;
    const isCompressed = options.compress !== false && whole.length >= this.#thresholdBytes;
    this.#link?.send(opcode, whole, isCompressed, sent);
  }

  /** Behind a Blob, whose bytes have to be read first. */
  #sendLater(
    data: SendData,
    isBinary: boolean,
    options: SendOptions,
    sent: Sent | undefined,
  ): void {
    const run = async (): Promise<void> => {
      try {
        const bytes = data instanceof Blob ? Buffer.from(await data.arrayBuffer()) : asBytes(data);
        if (this.#socket?.writable === true) this.#sendBytes(bytes, isBinary, options, sent);
        else sent?.(new Error('The socket was closed while the blob was being read'));
      } catch (error) {
        sent?.(error as Error);
        this.emit('error', error);
        this.terminate();
      }
    };
    const turn = (this.#blobs ?? Promise.resolve()).then(run);
    this.#blobs = turn;
    void turn.then(() => {
      if (this.#blobs === turn) this.#blobs = null;
    });
  }

  #checkConnected(): void {
    if (this.#readyState !== CONNECTING) return;
    throw new Error('WebSocket is not open: readyState 0 (CONNECTING)');
  }

  /** True when the socket takes no more; the callback hears of it. */
  #isUnsendable(data: SendData, sent: Sent | undefined): boolean {
    const state = this.#readyState;
    if (state === OPEN) return false;
    this.#unsentBytes += data instanceof Blob ? data.size : asBytes(data).length;
    if (sent !== undefined) {
      process.nextTick(
        sent,
        new Error(`WebSocket is not open: readyState ${state} (${STATES[state]})`),
      );
    }
    return true;
  }

  /** @throws RangeError for more than 125 bytes */
  ping(data?: unknown, mask?: unknown, sent?: (error?: Error) => void): void {
    this.#sendControl(Opcode.PING, data, mask, sent);
  }

  /** @throws RangeError for more than 125 bytes */
  pong(data?: unknown, mask?: unknown, sent?: (error?: Error) => void): void {
    this.#sendControl(Opcode.PONG, data, mask, sent);
  }

  #sendControl(opcode: number, given: unknown, mask: unknown, callback: unknown): void {
    this.#checkConnected();
    const sent = [given, mask, callback].find((each) => typeof each === 'function') as
      Sent | undefined;
    const data = typeof given === 'function' ? undefined : (given as SendData);
    if (this.#isUnsendable(data, sent)) return;
    const bytes = asBytes(data);
    if (bytes.length > MAX_CONTROL_BYTES) {
      throw new RangeError('The data size must not be greater than 125 bytes');
    }
    this.#link?.send(opcode, bytes, false, sent);
  }
}

// As attributes of browsers' sockets are.
for (const [value, name] of STATES.entries()) {
  Object.defineProperty(WebSocket, name, { value, enumerable: true });
  Object.defineProperty(WebSocket.prototype, name, { value, enumerable: true });
}
for (const name of [
  ...['binaryType', 'bufferedAmount', 'extensions', 'isPaused', 'protocol', 'readyState', 'url'],
]) {
  Object.defineProperty(WebSocket.prototype, name, { enumerable: true });
}
for (const name of ['onopen', 'onmessage', 'onclose', 'onerror']) {
  const attribute = Object.getOwnPropertyDescriptor(BrowserEvents.prototype, name);
  Object.defineProperty(WebSocket.prototype, name, { ...attribute, enumerable: true });
}
