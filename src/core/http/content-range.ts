import { invalidArgType, outOfRange } from '../errors.ts';
import { checkByteOffset } from './byte-offset.ts';

/**
 * The part of a representation that a response carries: `new ContentRange(3, 9, 12)` is bytes 3 to 8
 * of 12, `bytes 3-8/12` in a field (Degu's `ContentRange`; RFC 9110 section 14.4). Frozen.
 */
export class ContentRange {
  /** First byte, from 0. */
  readonly start: number;
  /** Behind the last byte; above `start`, at most `total`. */
  readonly stop: number;
  /** Length of the whole representation in bytes, at most 2^53-1. */
  readonly total: number;

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_OUT_OF_RANGE unless 0 <= start < stop <= total <= 2^53-1 */
  constructor(start: number, stop: number, total: number) {
    checkByteOffset('start', start);
    checkByteOffset('stop', stop);
    checkByteOffset('total', total);
    if (start >= stop) throw outOfRange('start', `below stop, which is ${stop}`, start);
    if (stop > total) throw outOfRange('stop', `at most total, which is ${total}`, stop);
    this.start = start;
    this.stop = stop;
    this.total = total;
    Object.freeze(this);
  }

  /** Reads Degu's simple form `bytes A-B/T`; null for every other text, such as an unsatisfied range. */
  static parse(text: string): ContentRange | null {
    const match = SIMPLE_FORM.exec(text);
    if (match === null) return null;
    const start = Number(match[1]);
    const stop = Number(match[2]) + 1;
    const total = Number(match[3]);
    const valid = start < stop && stop <= total && total <= Number.MAX_SAFE_INTEGER;
    return valid ? new ContentRange(start, stop, total) : null;
  }

  /** Bytes that the response carries. */
  get contentLength(): number {
    return this.stop - this.start;
  }

  /** Whether `other` is the same, as an object or as a field value. @throws GUDEG_ERR_INVALID_ARG_TYPE for anything else */
  equals(other: ContentRange | string): boolean {
    if (typeof other === 'string') return other === this.toString();
    if (other instanceof ContentRange) {
      return other.start === this.start && other.stop === this.stop && other.total === this.total;
    }
    throw invalidArgType('other', 'a ContentRange or a string', other);
  }

  /** The field value: `bytes 3-8/12`. */
  toString(): string {
    return `bytes ${this.start}-${this.stop - 1}/${this.total}`;
  }

  /** As `toString()`, so that logged headers stay readable. */
  toJSON(): string {
    return this.toString();
  }
}

const SIMPLE_FORM = /^bytes (0|[1-9]\d{0,15})-(0|[1-9]\d{0,15})\/(0|[1-9]\d{0,15})$/;
