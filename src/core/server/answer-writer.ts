import { GudegError, GudegTypeError, HttpProtocolError, describeValue } from '../errors.ts';
import {
  ANSWER_INTS,
  AnswerFlag,
  ControlIndex,
  FIELD_NAME_SHIFT,
  type Engine,
} from '../native/index.ts';
import type { ResponseHeaders } from '../rgi/index.ts';
import { isUsualReason } from '../http/index.ts';

/** A body up to here goes into the record; a larger one is handed over piece by piece. */
export const INLINE_BODY_BYTES = 32_768;

/** No head comes near; what is larger is refused before the ring is at its end. */
const MAX_HEAD_BYTES = 128 * 1024;
const MAX_VALUE_BYTES = (1 << FIELD_NAME_SHIFT) - 1;
const MAX_NAME_BYTES = 2047;
const MAX_FIELDS = 2000;
/** Shorter strings are written character by character: the call costs more than the work. */
const SHORT_CHARACTERS = 48;

/**
 * Writes answer records into memory that the engine reads at the end of the loop turn, so that an
 * answer needs no call into C++. Names and values are judged by the engine when it renders them.
 */
export class AnswerWriter {
  readonly #engine: Engine;
  readonly #control: Int32Array;
  readonly #ints: Int32Array;
  readonly #bytes: Buffer;
  #end = 0;
  #fieldInt = 0;

  constructor(engine: Engine, control: Int32Array, ints: Int32Array, bytes: Buffer) {
    this.#engine = engine;
    this.#control = control;
    this.#ints = ints;
    this.#bytes = bytes;
  }

  /**
   * Writes one record.
   * @param status with AnswerFlag bits
   * @param body at most INLINE_BODY_BYTES bytes or, as a string, a third of it in characters
   * @param total the length of a body that follows by `write`, with AnswerFlag.LENGTH
   * @throws HttpProtocolError for what has no place in a record; nothing is written then
   */
  write(
    slot: number,
    status: number,
    reason: string,
    headers: ResponseHeaders,
    body: string | Uint8Array | null,
    total: number,
  ): void {
    const control = this.#control;
    let int = control[ControlIndex.ANSWERS] as number;
    let byte = control[ControlIndex.ANSWER_BYTES] as number;
    if (
      int + ANSWER_INTS + MAX_FIELDS > this.#ints.length ||
      byte + MAX_HEAD_BYTES + INLINE_BODY_BYTES > this.#bytes.length
    ) {
      this.#engine.takeAnswers();
      int = byte = 0;
    }
    const ints = this.#ints;
    const start = int;
    const limit = byte + MAX_HEAD_BYTES;
    ints[int] = slot;
    ints[int + 1] = status;
    ints[int + 4] = byte;
    this.#end = byte;
    this.#fieldInt = int + ANSWER_INTS;
    if (isUsualReason(status & 0xffff, reason)) {
      ints[int + 2] = -1;
    } else {
      this.#text(reason, limit);
      ints[int + 2] = this.#end - byte;
    }
    for (const name in headers) {
      const value = headers[name];
      if (typeof value === 'string') {
        this.#field(name, value, limit);
      } else if (Array.isArray(value)) {
        for (const item of value as unknown[]) this.#field(name, String(item), limit);
      } else if (value === undefined || value === null) {
        throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD', `${name}: ${String(value)}`);
      } else {
        this.#field(name, String(value), limit);
      }
    }
    const count = this.#fieldInt - int - ANSWER_INTS;
    // A Map or a Headers object has no properties to see.
    if (count === 0 && Symbol.iterator in headers) {
      throw new GudegTypeError(
        'GUDEG_ERR_APP_RESPONSE',
        `the headers of a response must be a plain object; got ${describeValue(headers)} (use Object.fromEntries)`,
      );
    }
    ints[int + 3] = count;
    const head = this.#end;
    if (typeof body === 'string') this.#utf8(body);
    else if (body !== null) {
      this.#bytes.set(body, head);
      this.#end = head + body.length;
    }
    ints[int + 5] = this.#end - head;
    if ((status & AnswerFlag.LENGTH) !== 0) {
      ints[int + 6] = total | 0;
      ints[int + 7] = (total / 0x1_0000_0000) | 0;
    }
    if (control[ControlIndex.ANSWERS] !== start) {
      throw new GudegError(
        'GUDEG_ERR_APP_RESPONSE',
        'a header value wrote to a connection while it was turned into text; give a plain value',
      );
    }
    control[ControlIndex.ANSWERS] = this.#fieldInt;
    control[ControlIndex.ANSWER_BYTES] = this.#end;
  }

  /**
   * Writes one record of a response, or of its first part, that is framed already.
   * @param flags of AnswerFlag
   * @param pieces of which the first `count` are written: together at most INLINE_BODY_BYTES bytes, a
   *   string counted as three for each character
   * @returns how many bytes it has
   */
  writeAsGiven(
    slot: number,
    flags: number,
    pieces: readonly (string | Uint8Array)[],
    encodings: readonly BufferEncoding[],
    count: number,
  ): number {
    const control = this.#control;
    let int = control[ControlIndex.ANSWERS] as number;
    let byte = control[ControlIndex.ANSWER_BYTES] as number;
    if (int + ANSWER_INTS > this.#ints.length || byte + INLINE_BODY_BYTES > this.#bytes.length) {
      this.#engine.takeAnswers();
      int = byte = 0;
    }
    const ints = this.#ints;
    const bytes = this.#bytes;
    let end = byte;
    for (let i = 0; i < count; i++) {
      const piece = pieces[i] as string | Uint8Array;
      if (typeof piece !== 'string') {
        bytes.set(piece, end);
        end += piece.length;
      } else {
        end += bytes.write(piece, end, encodings[i]);
      }
    }
    ints[int] = slot;
    ints[int + 1] = flags | AnswerFlag.AS_GIVEN;
    ints[int + 2] = -1;
    ints[int + 3] = 0;
    ints[int + 4] = byte;
    ints[int + 5] = end - byte;
    control[ControlIndex.ANSWERS] = int + ANSWER_INTS;
    control[ControlIndex.ANSWER_BYTES] = end;
    return end - byte;
  }

  #field(name: string, value: string, limit: number): void {
    if (name.length > MAX_NAME_BYTES || value.length > MAX_VALUE_BYTES) {
      throw new HttpProtocolError('GUDEG_ERR_HTTP_OUTPUT_TOO_LARGE', name.slice(0, 80));
    }
    this.#text(name, limit);
    this.#text(value, limit);
    const index = this.#fieldInt++;
    if (index >= this.#ints.length) {
      throw new HttpProtocolError('GUDEG_ERR_HTTP_OUTPUT_TOO_LARGE', `${MAX_FIELDS} fields`);
    }
    this.#ints[index] = (name.length << FIELD_NAME_SHIFT) | value.length;
  }

  /** One byte a character: what has more can't be in a head. */
  #text(text: string, limit: number): void {
    const length = text.length;
    const start = this.#end;
    if (start + length > limit) {
      throw new HttpProtocolError('GUDEG_ERR_HTTP_OUTPUT_TOO_LARGE', `${MAX_HEAD_BYTES} bytes`);
    }
    const bytes = this.#bytes;
    let bits = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      bits |= code;
      bytes[start + i] = code;
    }
    if (bits > 0xff) {
      throw new GudegError(
        'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD',
        `a head can't hold the characters of ${describeValue(text)}; encode them first`,
      );
    }
    this.#end = start + length;
  }

  #utf8(text: string): void {
    const length = text.length;
    const start = this.#end;
    const bytes = this.#bytes;
    if (length <= SHORT_CHARACTERS) {
      let bits = 0;
      for (let i = 0; i < length; i++) {
        const code = text.charCodeAt(i);
        bits |= code;
        bytes[start + i] = code;
      }
      if (bits < 0x80) {
        this.#end = start + length;
        return;
      }
    }
    this.#end = start + bytes.write(text, start, 'utf8');
  }
}
