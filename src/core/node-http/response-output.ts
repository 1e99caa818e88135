import { AnswerFlag, WriteStatus } from '../native/index.ts';
import { INLINE_BODY_BYTES, type Exchange } from '../server/index.ts';
import type { NodeResponse } from './node-internals.ts';

type Callback = (error?: Error | null) => void;

/** A large piece is offered in slices, so that a slow client doesn't make the engine keep all of it. */
const SLICE_BYTES = 262_144;
/** A response of more pieces gives the memory of its lists back. */
const KEPT_PIECES = 16;

/**
 * What node's code writes of the responses of one connection. It gathers during a tick and leaves as
 * one answer record, if it is not too much for one.
 */
export class ResponseOutput {
  readonly #exchange: Exchange;
  readonly #slot: number;
  /** Their first `#count` items are meant; the arrays keep their memory from response to response. */
  readonly #pieces: (string | Uint8Array)[] = [];
  readonly #encodings: BufferEncoding[] = [];
  #count = 0;
  #callbacks: Callback[] = [];
  /** At most three bytes for each character. */
  #bytes = 0;
  /** The engine has the first part of the response. */
  #hasBegun = false;
  /** The engine has more than it likes. */
  #isFull = false;
  bytesWritten = 0;

  constructor(exchange: Exchange, slot: number) {
    this.#exchange = exchange;
    this.#slot = slot;
  }

  /** Bytes that have not left this process, about. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get isUntouched(): boolean {
    return this.isEmpty && !this.#hasBegun && this.#callbacks.length === 0;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  add(data: string | Uint8Array, encoding: BufferEncoding, callback?: Callback | null): void {
    if (data.length > 0) {
      this.#pieces[this.#count] = data;
      this.#encodings[this.#count] = encoding;
      this.#count++;
      this.#bytes +=
        typeof data === 'string' && encoding !== 'latin1' ? data.length * 3 : data.length;
    }
    if (typeof callback === 'function') this.#callbacks.push(callback);
  }

  /**
   * Gives the engine what there is.
   * @param isLast the response is complete with it
   * @param closes the connection ends behind the response
   * @param status of the response, for whoever counts; 0 = not known
   */
  flush(isLast: boolean, closes: boolean, status: number): void {
    const { engine, answers } = this.#exchange;
    if (!this.#hasBegun) {
      const isWhole = this.#bytes <= INLINE_BODY_BYTES;
      this.#hasBegun = !isLast || !isWhole;
      this.bytesWritten += answers.writeAsGiven(
        this.#slot,
        status | (this.#hasBegun ? AnswerFlag.MORE : 0) | (closes ? AnswerFlag.CLOSE : 0),
        this.#pieces,
        this.#encodings,
        isWhole ? this.#count : 0,
      );
      if (!isWhole) this.#write();
    } else if (this.#count > 0) this.#write();
    this.#forget();
    if (isLast && this.#hasBegun) {
      // What was framed with another end in mind still ends the connection.
      if (closes) engine.finish(this.#slot);
      else engine.end(this.#slot, '', '', '');
      this.#hasBegun = false;
    }
  }

  #forget(): void {
    for (let i = 0; i < this.#count; i++) this.#pieces[i] = '';
    if (this.#count > KEPT_PIECES) this.#pieces.length = this.#encodings.length = 0;
    this.#count = this.#bytes = 0;
  }

  #write(): void {
    for (let i = 0; i < this.#count; i++) {
      const piece = this.#pieces[i] as string | Uint8Array;
      const bytes = typeof piece === 'string' ? Buffer.from(piece, this.#encodings[i]) : piece;
      this.bytesWritten += bytes.length;
      for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
        const slice =
          bytes.length <= SLICE_BYTES ? bytes : bytes.subarray(start, start + SLICE_BYTES);
        const status = this.#exchange.engine.write(this.#slot, slice);
        if (status === WriteStatus.GONE) return;
        if (status === WriteStatus.FULL) this.#isFull = true;
      }
    }
  }

  /** Calls back for what the engine took; later, while it has more than it likes. */
  runCallbacks(): void {
    const callbacks = this.#callbacks;
    if (callbacks.length === 0 || this.#isFull) return;
    if (callbacks.length === 1) {
      const [callback] = callbacks as [Callback];
      callbacks.length = 0;
      callback(null);
      return;
    }
    this.#callbacks = [];
    for (const callback of callbacks) callback(null);
  }

  onWritable(): void {
    this.#isFull = false;
  }

  /** The connection is gone. */
  abandon(): void {
    this.#forget();
    this.#callbacks.length = 0;
  }
}

/** What the engine counts: a status may be anything that an application sets. */
export function statusOf(response: NodeResponse | null): number {
  const status = response?.statusCode ?? 0;
  return status >= 100 && status <= 999 ? status | 0 : 0;
}
