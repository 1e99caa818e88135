import { AnswerFlag, WriteStatus } from '../native/index.ts';
import { INLINE_BODY_BYTES, type Exchange } from '../server/index.ts';

type Callback = (error?: Error | null) => void;

/** A large piece is offered in slices, so that a slow client doesn't make the engine keep all of it. */
const SLICE_BYTES = 262_144;

/**
 * What node's code writes of the responses of one connection. It gathers during a tick and leaves as
 * one answer record, if it is not too much for one.
 */
export class ResponseOutput {
  readonly #exchange: Exchange;
  readonly #slot: number;
  #pieces: (string | Uint8Array)[] = [];
  #encodings: BufferEncoding[] = [];
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
    return this.#pieces.length === 0;
  }

  add(data: string | Uint8Array, encoding: BufferEncoding, callback?: Callback | null): void {
    if (data.length > 0) {
      this.#pieces.push(data);
      this.#encodings.push(encoding);
      this.#bytes +=
        typeof data === 'string' && encoding !== 'latin1' ? data.length * 3 : data.length;
    }
    if (typeof callback === 'function') this.#callbacks.push(callback);
  }

  /**
   * Gives the engine what there is.
   * @param isLast the response is complete with it
   * @param closes the connection ends behind the response
   */
  flush(isLast: boolean, closes: boolean): void {
    const { engine, answers } = this.#exchange;
    const pieces = this.#pieces;
    const encodings = this.#encodings;
    if (!this.#hasBegun) {
      const isWhole = this.#bytes <= INLINE_BODY_BYTES;
      this.#hasBegun = !isLast || !isWhole;
      const flags = (this.#hasBegun ? AnswerFlag.MORE : 0) | (closes ? AnswerFlag.CLOSE : 0);
      this.bytesWritten += answers.writeAsGiven(
        this.#slot,
        flags,
        isWhole ? pieces : [],
        encodings,
      );
      if (!isWhole) this.#write();
    } else if (pieces.length > 0) this.#write();
    pieces.length = encodings.length = 0;
    this.#bytes = 0;
    if (isLast && this.#hasBegun) {
      // What was framed with another end in mind still ends the connection.
      if (closes) engine.finish(this.#slot);
      else engine.end(this.#slot, '', '', '');
      this.#hasBegun = false;
    }
  }

  #write(): void {
    for (let i = 0; i < this.#pieces.length; i++) {
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

  /** Takes the callbacks of what the engine took; none while it has more than it likes. */
  takeCallbacks(): readonly Callback[] {
    if (this.#callbacks.length === 0 || this.#isFull) return NO_CALLBACKS;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    return callbacks;
  }

  onWritable(): void {
    this.#isFull = false;
  }

  /** The connection is gone. */
  abandon(): void {
    this.#pieces.length = this.#encodings.length = this.#callbacks.length = 0;
    this.#bytes = 0;
  }
}

const NO_CALLBACKS: readonly Callback[] = [];
