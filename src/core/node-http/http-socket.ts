import { Duplex } from 'node:stream';
import { BodyStatus, ControlIndex, WriteStatus } from '../native/index.ts';
import { abortRequest, closeResponse, completeResponse, detachResponse } from './response-end.ts';
import type { HttpSession } from './http-session.ts';
import type { IncomingHead } from './incoming-head.ts';
import { kHead } from './message-fields.ts';
import { nodeSymbols, type NodeRequest, type NodeResponse } from './node-internals.ts';
import { resetError, truncatedError } from './node-errors.ts';
import { ResponseOutput, statusOf } from './response-output.ts';
import type { Server } from './server.ts';
import { SocketTimeout } from './socket-timeout.ts';

type Callback = (error?: Error | null) => void;
type EndPoint = readonly [host: string, port: number, ...rest: number[]];

const READ_BYTES = 65_536;
const NOTHING: Buffer = Buffer.alloc(0);
let spare: Buffer | null = null;

function isEndPoint(address: unknown): address is EndPoint {
  return Array.isArray(address);
}

/** Where a connection has an end, in the shape of `socket.address()`. */
export interface SocketEnd {
  address: string;
  family: 'IPv4' | 'IPv6';
  port: number;
}

/**
 * The socket of a connection: `req.socket`, `res.socket`.
 *
 * As long as the connection speaks HTTP, node's code for responses writes to it, and what it writes
 * goes to the engine as an answer; nothing is read from it. After an upgrade it is a stream of bytes.
 */
export class HttpSocket extends Duplex {
  readonly server: Server;
  readonly connecting: boolean = false;
  readonly pending: boolean = false;
  /** Node's name for the response that is being written. */
  _httpMessage: NodeResponse | null = null;
  readonly parser: null = null;
  bytesRead = 0;
  readonly #session: HttpSession;
  readonly #output: ResponseOutput;
  readonly #timeout: SocketTimeout = new SocketTimeout(this);
  #isRaw = false;
  #dropsInput = false;
  #isScheduled = false;
  #wantsRead = false;
  #rawCallback: Callback | null = null;
  /** A complete response that the engine has no room for yet. */
  #unfinished: NodeResponse | null = null;
  #local: SocketEnd | undefined;
  #hadError = false;
  /** The connection ended in order; the stream may still hold bytes. */
  #isOver = false;

  constructor(session: HttpSession) {
    // As node:net's: `close` comes when the connection is closed, not when that was asked for.
    const server = session.listener.owner;
    const { highWaterMark } = server as unknown as { highWaterMark: number };
    super({ allowHalfOpen: true, emitClose: false, highWaterMark });
    this.#session = session;
    this.server = server;
    this.#output = new ResponseOutput(session.listener.exchange, session.slot);
    this.on('close', onClose);
    this.on('error', onError);
    if (this.server.timeout > 0) this.setTimeout(this.server.timeout);
  }

  // --- HTTP: what node's code of a response calls ---

  override write(
    data: string | Uint8Array,
    encoding?: BufferEncoding | Callback | null,
    callback?: Callback,
  ): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    const name = typeof encoding === 'string' ? encoding : 'utf8';
    if (this.#isRaw) return super.write(data, name, done);
    if (this.destroyed) return false;
    this.#output.add(data, name, done);
    this.#schedule();
    return !this.#output.isFull && this.#output.pendingBytes < this.writableHighWaterMark;
  }

  override cork(): void {
    if (this.#isRaw) super.cork();
    else corkedOf(this).corked++;
  }

  override uncork(): void {
    if (this.#isRaw) {
      super.uncork();
      return;
    }
    const state = corkedOf(this);
    if (state.corked > 0) state.corked--;
    if (state.corked === 0 && this._httpMessage !== null) this.#schedule();
  }

  /** Nothing of the running response was written, and nobody asked for a `timeout`. */
  get isUntouched(): boolean {
    return this.#output.isUntouched && this.#timeout.ms === 0;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const { exchange } = this.#session.listener;
    // What runs no listener may run together; a listener runs where the response was written.
    const response = this._httpMessage;
    const isWatched =
      response === null ||
      response._eventsCount > 0 ||
      (response.req as NodeRequest)._eventsCount > 0;
    if (exchange.isDispatching && !isWatched) {
      exchange.atEndOfCall(flushIfEnded, this);
    } else {
      process.nextTick(flush, this);
    }
  }

  /** Hands over what was written, unless more may come in this tick. */
  flushIfEnded(): void {
    if (this._httpMessage?.writableEnded === true) this.flush();
    else process.nextTick(flush, this);
  }

  /** Hands over what was written in this tick. */
  flush(): void {
    this.#isScheduled = false;
    if (this.destroyed || this.#isRaw) return;
    this.#timeout.refresh();
    const response = this._httpMessage;
    if (response?.writableEnded === true) {
      this.#end(response);
      return;
    }
    if (corkedOf(this).corked > 0) return;
    if (!this.#output.isEmpty) this.#output.flush(false, false, statusOf(response));
    this.#settle();
  }

  #end(response: NodeResponse): void {
    const request = response.req as NodeRequest;
    const session = this.#session;
    // An application may answer early and go on reading.
    const readsOn = !response._last && session.isReading(request);
    (request[kHead] as IncomingHead).keep();
    this.#output.flush(!readsOn, response._last, statusOf(response));
    session.endsAfterBody = readsOn;
    if (!readsOn) session.requestOver();
    detachResponse(this, request, response);
    if (this.#output.isFull) this.#unfinished = response;
    else {
      this.#settle();
      completeResponse(response);
    }
  }

  /** The body of an answered request was read to its end. */
  endAnswer(): void {
    this.#output.flush(true, false, 0);
  }

  #settle(): void {
    this.#output.runCallbacks();
    const response = this._httpMessage;
    if (
      response?.[nodeSymbols.needDrain] === true &&
      !this.#output.isFull &&
      !response.writableEnded
    ) {
      response[nodeSymbols.needDrain] = false;
      response.emit('drain');
    }
  }

  // --- called by the session ---

  onReadable(): void {
    this.#timeout.refresh();
    if (this.#isRaw && this.#wantsRead) this.#pump();
  }

  onWritable(): void {
    this.#timeout.refresh();
    const callback = this.#rawCallback;
    this.#rawCallback = null;
    callback?.();
    this.#output.onWritable();
    const response = this.#unfinished;
    this.#unfinished = null;
    this.#settle();
    if (response !== null) completeResponse(response);
  }

  onPeerEnded(): void {
    if (this.#isRaw) return;
    const request = this._httpMessage?.req as NodeRequest | undefined;
    if (request !== undefined && this.#session.isReading(request)) {
      // What is there was taken already: the body breaks off.
      this.server.emit('clientError', truncatedError(), this);
    } else if (this.server.httpAllowHalfOpen) return;
    this.destroy();
  }

  onClosed(): void {
    const wasDestroyed = this.destroyed;
    this.#close();
    if (wasDestroyed || this.destroyed) this.emit('close', this.#hadError);
  }

  #close(): void {
    const reason = this.#session.closeReason;
    if (!this.#isRaw) {
      if (reason === 'peer-reset' && this.server.listenerCount('clientError') > 0) {
        this.server.emit('clientError', resetError(), this);
      }
      this.destroy();
      return;
    }
    const callback = this.#rawCallback;
    this.#rawCallback = null;
    // Both sides are over; what was read may still have to be taken.
    if (reason === 'done' && callback === null) {
      this.#isOver = true;
      return;
    }
    callback?.(resetError());
    this.destroy(
      reason === 'peer-reset' && this.listenerCount('error') > 0 ? resetError() : undefined,
    );
  }

  onRequest(): void {
    this.#timeout.refresh();
  }

  countRead(bytes: number): void {
    this.bytesRead += bytes;
  }

  // --- after an upgrade: bytes ---

  /** The engine has ended HTTP; gives what it had read behind the head. */
  becomeRaw(dropsInput: boolean): Buffer {
    this.#isRaw = true;
    this.#dropsInput = dropsInput;
    corkedOf(this).corked = 0;
    const first = this.#readRaw();
    if (!dropsInput) {
      this.removeListener('error', onError);
      // As node:net's, it reads from the beginning.
      process.nextTick(() => {
        this.read(0);
      });
    }
    return first ?? NOTHING;
  }

  /** Bytes; null when none are there. */
  #readRaw(): Buffer | null {
    const { engine, control } = this.#session.listener.exchange;
    const target = (spare ??= Buffer.allocUnsafeSlow(READ_BYTES));
    const count = engine.readRaw(this.#session.slot, target);
    if (count < 0 || control[ControlIndex.BODY_STATUS] === BodyStatus.WAIT) return null;
    this.bytesRead += count;
    if (count <= READ_BYTES / 2) return Buffer.from(target.subarray(0, count));
    spare = null;
    return target.subarray(0, count);
  }

  #pump(): void {
    for (;;) {
      const bytes = this.#readRaw();
      if (bytes === null) return;
      if (bytes.length === 0) {
        this.#wantsRead = false;
        this.push(null);
        // Emits `end` also when nobody reads, if nothing is left.
        this.read(0);
        return;
      }
      if (!this.push(bytes)) {
        this.#wantsRead = false;
        return;
      }
    }
  }

  override _read(): void {
    if (!this.#isRaw || this.#session.closeReason !== null) return;
    this.#wantsRead = true;
    this.#pump();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#timeout.refresh();
    const { engine } = this.#session.listener.exchange;
    const isOpen = this.#session.closeReason === null;
    const status = isOpen ? engine.writeRaw(this.#session.slot, data) : WriteStatus.GONE;
    if (status === WriteStatus.GONE) callback(resetError());
    else {
      this.#output.bytesWritten += data.length;
      if (status === WriteStatus.FULL) this.#rawCallback = callback;
      else callback();
    }
  }

  override _final(callback: Callback): void {
    const { engine } = this.#session.listener.exchange;
    if (this.#session.closeReason === null) {
      if (!this.#isRaw || this.#dropsInput) engine.finish(this.#session.slot);
      else engine.endRaw(this.#session.slot);
    }
    callback();
  }

  override end(...last: unknown[]): this {
    if (!this.#isRaw) {
      const [data, encoding] = last;
      if (typeof data === 'string' || data instanceof Uint8Array) {
        this.write(data, encoding as BufferEncoding);
      }
      if (!this.destroyed && !this.#output.isEmpty) {
        this.#output.flush(false, true, statusOf(this._httpMessage));
      }
      last = last.filter((each) => typeof each === 'function');
    }
    return super.end(...(last as [Callback]));
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#timeout.clear();
    if (this.#session.closeReason === null) {
      if (!this.#isRaw && corkedOf(this).corked === 0) {
        const response = this._httpMessage;
        if (response?.writableEnded === true) this.#end(response);
        else if (!this.#output.isEmpty) this.#output.flush(false, true, statusOf(response));
      }
      this.#session.listener.exchange.engine.destroy(this.#session.slot);
    } else if (this.#isOver) {
      process.nextTick(emitClose, this, error !== null);
    }
    this.#hadError = error !== null;
    this.#output.abandon();
    callback(error);
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  resetAndDestroy(): this {
    return this.destroy();
  }

  // --- what node:net's sockets tell and take ---

  get remoteAddress(): string | undefined {
    const { address } = this.#session;
    return isEndPoint(address) ? address[0] : undefined;
  }

  get remotePort(): number | undefined {
    const { address } = this.#session;
    return isEndPoint(address) ? address[1] : undefined;
  }

  get remoteFamily(): 'IPv4' | 'IPv6' | undefined {
    const { address } = this.#session;
    if (!isEndPoint(address)) return undefined;
    return address.length > 2 ? 'IPv6' : 'IPv4';
  }

  /** Our end of the connection; without properties for a unix socket. */
  address(): SocketEnd | Record<string, never> {
    if (this.#local === undefined && this.#session.closeReason === null) {
      const { engine } = this.#session.listener.exchange;
      const local = engine.localAddress(this.#session.slot);
      if (isEndPoint(local)) {
        const [address, port] = local;
        this.#local = { address, family: local.length > 2 ? 'IPv6' : 'IPv4', port };
      }
    }
    return this.#local ?? {};
  }

  get localAddress(): string | undefined {
    return this.address().address;
  }

  get localPort(): number | undefined {
    return this.address().port;
  }

  get localFamily(): 'IPv4' | 'IPv6' | undefined {
    return this.address().family;
  }

  get bytesWritten(): number {
    return this.#output.bytesWritten + this.#output.pendingBytes;
  }

  get readyState(): 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get timeout(): number | undefined {
    return this.#timeout.ms === 0 ? undefined : this.#timeout.ms;
  }

  /** Emits `timeout` when nothing moved for so long; 0 = never. */
  setTimeout(ms: number, callback?: () => void): this {
    if (callback !== undefined) {
      if (ms === 0) this.removeListener('timeout', callback);
      else this.once('timeout', callback);
    }
    this.#timeout.set(ms);
    return this;
  }

  /** Node's own listener is the first: it ends what no message and no server takes care of. */
  onTimeout(): void {
    if (!this.#isRaw) this.#onMessageTimeout();
    this.emit('timeout');
  }

  #onMessageTimeout(): void {
    const response = this._httpMessage;
    const request = response?.req as NodeRequest | undefined;
    const byRequest = request?.complete === false && request.emit('timeout', this);
    const byResponse = response?.emit('timeout', this) === true;
    const byServer = this.server.emit('timeout', this);
    if (!byRequest && !byResponse && !byServer) this.destroy();
  }

  /** The engine never delays small packets. */
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** Connections keep the process alive; the server's `unref()` lets it end. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** As node does for a socket that speaks HTTP; without a listener the socket just ends. */
function onError(this: HttpSocket, error: Error): void {
  this.server.emit('clientError', error, this);
}

function emitClose(socket: HttpSocket, hadError: boolean): void {
  socket.emit('close', hadError);
}

function flushIfEnded(socket: HttpSocket): void {
  socket.flushIfEnded();
}

function flush(socket: HttpSocket): void {
  socket.flush();
}

/** Node's code sets this count itself. */
function corkedOf(socket: HttpSocket): { corked: number } {
  return (socket as unknown as { _writableState: { corked: number } })._writableState;
}

function onClose(this: HttpSocket): void {
  const response = this._httpMessage;
  if (response === null) return;
  this._httpMessage = null;
  abortRequest(response.req as NodeRequest);
  closeResponse(response);
}
