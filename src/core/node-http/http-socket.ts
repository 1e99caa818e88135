import type { FramedConnection } from '../server/index.ts';
import type { EngineServer } from './engine-backend.ts';
import { abortRequest, closeResponse, completeResponse, detachResponse } from './response-end.ts';
import type { HttpSession } from './http-session.ts';
import type { IncomingHead } from './incoming-head.ts';
import { kHead } from './message-fields.ts';
import { nodeSymbols, type NodeRequest, type NodeResponse } from './node-internals.ts';
import { NetLikeSocket } from './net-like-socket.ts';
import { resetError, truncatedError } from './node-errors.ts';
import { RawBytes } from './raw-bytes.ts';
import { ResponseOutput, statusOf } from './response-output.ts';

type Callback = (error?: Error | null) => void;
/** A server on versions of Node where what comes on top of the time that clients are told can be set. */
type KeepAlive = EngineServer & { readonly keepAliveTimeoutBuffer?: number };

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The socket of a connection: `req.socket`, `res.socket`.
 *
 * As long as the connection speaks HTTP, node's code for responses writes to it, and what it writes
 * goes to the engine as an answer; nothing is read from it. After an upgrade it is a stream of bytes.
 */
export class HttpSocket extends NetLikeSocket {
  readonly server: EngineServer;
  /** Node's name for the response that is being written. */
  _httpMessage: NodeResponse | null = null;
  readonly parser: null = null;
  bytesRead = 0;
  readonly #session: HttpSession;
  readonly #output: ResponseOutput;
  /** After an upgrade. */
  #raw: RawBytes | null = null;
  #isScheduled = false;
  /** A complete response that the engine has no room for yet. */
  #unfinished: NodeResponse | null = null;
  /** Between two requests: a connection that has a timeout has keepAliveTimeout for one then. */
  #isResting = false;
  #resets = false;
  #hadError = false;
  /** The connection ended in order; the stream may still hold bytes. */
  #isOver = false;

  constructor(session: HttpSession) {
    // As node:net's: `close` comes when the connection is closed, not when that was asked for.
    const server = session.listener.owner;
    const { highWaterMark } = server as unknown as { highWaterMark: number };
    super(session, { allowHalfOpen: true, emitClose: false, highWaterMark });
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
    if (this.#raw !== null) return super.write(data, name, done);
    if (this.destroyed) return false;
    this.#output.add(data, name, done);
    this.#schedule();
    return !this.#output.isFull && this.#output.pendingBytes < this.writableHighWaterMark;
  }

  override cork(): void {
    if (this.#raw !== null) super.cork();
    else corkedOf(this).corked++;
  }

  override uncork(): void {
    if (this.#raw !== null) {
      super.uncork();
      return;
    }
    const state = corkedOf(this);
    if (state.corked > 0) state.corked--;
    if (state.corked === 0 && this._httpMessage !== null) this.#schedule();
  }

  /** Nothing of the running response was written, and nobody asked for a `timeout`. */
  get isUntouched(): boolean {
    return this.#output.isUntouched && this.timeout === undefined;
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
    if (this.destroyed || this.#raw !== null) return;
    this.refreshTimeout();
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
    if (this.timeout !== undefined && !response._last) this.#rest();
    if (this.#output.isFull) this.#unfinished = response;
    else {
      this.#settle();
      completeResponse(response);
    }
  }

  /** As in node:http, where the server's timeouts take the place of what was set for a request. */
  #rest(): void {
    const { keepAliveTimeout, keepAliveTimeoutBuffer = 1000 } = this.server as KeepAlive;
    if (keepAliveTimeout <= 0) return;
    this.#isResting = true;
    this.setTimeout(keepAliveTimeout + keepAliveTimeoutBuffer);
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
    this.refreshTimeout();
    this.#raw?.onReadable();
  }

  onWritable(): void {
    this.refreshTimeout();
    this.#raw?.onWritable();
    this.#output.onWritable();
    const response = this.#unfinished;
    this.#unfinished = null;
    this.#settle();
    if (response !== null) completeResponse(response);
  }

  /** @param isInBody the engine was dropping the body of an answered request */
  onPeerEnded(isInBody: boolean): void {
    if (this.#raw !== null) return;
    const request = this._httpMessage?.req as NodeRequest | undefined;
    // Its pipe will come to the end that there is.
    if (request !== undefined && this.#session.pausedBody === request) return;
    if (isInBody || (request !== undefined && this.#session.isReading(request))) {
      // What is there was taken already: the body breaks off, and nothing more can be read.
      Object.assign(readableStateOf(this), { ended: true, endEmitted: true });
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
    if (this.#raw === null) {
      if (reason === 'peer-reset' && this.server.listenerCount('clientError') > 0) {
        this.server.emit('clientError', resetError(), this);
      }
      this.destroy();
    } else if (this.#raw.onClosed()) {
      this.destroy(
        reason === 'peer-reset' && this.listenerCount('error') > 0 ? resetError() : undefined,
      );
    } else {
      // Both sides are over; what was read may still have to be taken.
      this.#isOver = true;
    }
  }

  onRequest(): void {
    if (this.#isResting) {
      this.#isResting = false;
      this.setTimeout(this.server.timeout);
    } else this.refreshTimeout();
  }

  countRead(bytes: number): void {
    this.bytesRead += bytes;
  }

  // --- after an upgrade: bytes ---

  /** The engine has ended HTTP; gives what it had read behind the head. */
  becomeRaw(dropsInput: boolean): Buffer {
    this.#raw = new RawBytes(this.#session, this, dropsInput);
    corkedOf(this).corked = 0;
    const first = this.#raw.readNow();
    this.removeListener('error', onError);
    if (dropsInput) {
      // Its fault is about to be told, once.
      if (this.listenerCount('error') === 0) this.on('error', ignore);
      // A response that is still written is the last.
      this._httpMessage?.once('finish', () => this.#endRaw());
    } else {
      // As node:net's, it reads from the beginning.
      process.nextTick(() => {
        this.read(0);
      });
    }
    return first ?? NOTHING;
  }

  #endRaw(): void {
    const response = this._httpMessage;
    if (response === null) return;
    detachResponse(this, response.req as NodeRequest, response);
    completeResponse(response);
    this.destroySoon();
  }

  /** After `becomeRaw()`: as `RawBytes.openFrames()`. */
  openFrames(...given: Parameters<RawBytes['openFrames']>): FramedConnection | null {
    return this.#raw?.openFrames(...given) ?? null;
  }

  override _read(): void {
    this.#raw?.read();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.refreshTimeout();
    if (this.#raw?.write(data, callback) === true) this.#output.bytesWritten += data.length;
  }

  override _final(callback: Callback): void {
    if (this.#raw !== null) this.#raw.end();
    else if (this.#session.closeReason === null) {
      this.#session.listener.exchange.engine.finish(this.#session.slot);
    }
    callback();
  }

  override end(...last: unknown[]): this {
    if (this.#raw === null) {
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

  override resetAndDestroy(): this {
    this.#resets = true;
    return this.destroy();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.clearTimeout();
    if (this.#session.closeReason === null) {
      if (this.#raw === null && corkedOf(this).corked === 0) {
        const response = this._httpMessage;
        if (response?.writableEnded === true) this.#end(response);
        else if (!this.#output.isEmpty) this.#output.flush(false, true, statusOf(response));
      }
      this.#session.listener.exchange.engine.destroy(this.#session.slot, this.#resets);
    } else if (this.#isOver) {
      process.nextTick(emitClose, this, error !== null);
    }
    this.#hadError = error !== null;
    this.#output.abandon();
    callback(error);
  }

  get bytesWritten(): number {
    return this.#output.bytesWritten + this.#output.pendingBytes;
  }

  /** Node's own listener is the first: it ends what no message and no server takes care of. */
  override onTimeout(): void {
    if (this.#raw === null) this.#onMessageTimeout();
    super.onTimeout();
  }

  #onMessageTimeout(): void {
    const response = this._httpMessage;
    const request = response?.req as NodeRequest | undefined;
    const byRequest = request?.complete === false && request.emit('timeout', this);
    const byResponse = response?.emit('timeout', this) === true;
    const byServer = this.server.emit('timeout', this);
    if (!byRequest && !byResponse && !byServer) this.destroy();
  }
}

/** As node does for a socket that speaks HTTP; without a listener the socket just ends. */
function onError(this: HttpSocket, error: Error): void {
  this.server.emit('clientError', error, this);
}

function ignore(): void {
  // As node, which lets nothing more come of a connection whose fault was told.
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

function readableStateOf(socket: HttpSocket): object {
  return (socket as unknown as { _readableState: object })._readableState;
}

function onClose(this: HttpSocket): void {
  const response = this._httpMessage;
  if (response === null) return;
  this._httpMessage = null;
  abortRequest(response.req as NodeRequest);
  closeResponse(response);
}
