import { ANSWER_INTS, AnswerFlag, ControlIndex, type Engine } from '../native/index.ts';

/** A message up to here goes into a record; a larger one is handed over by a call. */
const INLINE_BYTES = 8192;
/** Shorter strings are written character by character: the call costs more than the work. */
const SHORT_CHARACTERS = 32;

/** Writes messages of WebSockets as records that the engine reads at the end of the loop turn. */
export class MessageWriter {
  readonly #engine: Engine;
  readonly #control: Int32Array;
  readonly #ints: Int32Array;
  readonly #bytes: Buffer;

  constructor(engine: Engine, control: Int32Array, ints: Int32Array, bytes: Buffer) {
    this.#engine = engine;
    this.#control = control;
    this.#ints = ints;
    this.#bytes = bytes;
  }

  /** Sends one message; gives its bytes, or −1 when the connection is closing or gone. */
  send(slot: number, opcode: number, data: string | Uint8Array, isCompressed: boolean): number {
    if (typeof data !== 'string') {
      return data.length > INLINE_BYTES
        ? this.#call(slot, opcode, data, isCompressed)
        : this.#record(slot, opcode, data, isCompressed);
    }
    return data.length * 3 > INLINE_BYTES
      ? this.#call(slot, opcode, Buffer.from(data), isCompressed)
      : this.#record(slot, opcode, data, isCompressed);
  }

  #call(slot: number, opcode: number, bytes: Uint8Array, isCompressed: boolean): number {
    return this.#engine.sendMessage(slot, opcode, bytes, isCompressed) ? bytes.length : -1;
  }

  #record(slot: number, opcode: number, data: string | Uint8Array, isCompressed: boolean): number {
    const control = this.#control;
    const ints = this.#ints;
    let int = control[ControlIndex.ANSWERS] as number;
    let byte = control[ControlIndex.ANSWER_BYTES] as number;
    if (int + ANSWER_INTS > ints.length || byte + INLINE_BYTES > this.#bytes.length) {
      this.#engine.takeAnswers();
      int = byte = 0;
    }
    const length = typeof data === 'string' ? this.#text(data, byte) : this.#copy(data, byte);
    ints[int] = slot;
    ints[int + 1] = isCompressed ? opcode | AnswerFlag.COMPRESS : opcode;
    ints[int + 2] = 0;
    ints[int + 3] = 0;
    ints[int + 4] = byte;
    ints[int + 5] = length;
    control[ControlIndex.ANSWERS] = int + ANSWER_INTS;
    control[ControlIndex.ANSWER_BYTES] = byte + length;
    return length;
  }

  #copy(data: Uint8Array, byte: number): number {
    this.#bytes.set(data, byte);
    return data.length;
  }

  #text(text: string, byte: number): number {
    const bytes = this.#bytes;
    const { length } = text;
    if (length > SHORT_CHARACTERS) return bytes.write(text, byte, 'utf8');
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return bytes.write(text, byte, 'utf8');
      bytes[byte + i] = unit;
    }
    return length;
  }
}
