import { invalidArgType, outOfRange } from '../errors.ts';
import { checkByteOffset } from './byte-offset.ts';
import { ContentRange } from './content-range.ts';

/**
 * One range of bytes as a slice: `new Range(3, 9)` is bytes 3 to 8, `bytes=3-8` in a field
 * (Degu's `Range`; RFC 9110 section 14.1.2 counts the last byte in, this class does not). Frozen.
 */
export class Range {
  /** First byte, from 0. */
  readonly start: number;
  /** Behind the last byte; above `start`, at most 2^53-1. */
  readonly stop: number;

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_OUT_OF_RANGE unless 0 <= start < stop <= 2^53-1 */
  constructor(start: number, stop: number) {
    checkByteOffset('start', start);
    checkByteOffset('stop', stop);
    if (start >= stop) throw outOfRange('start', `below stop, which is ${stop}`, start);
    this.start = start;
    this.stop = stop;
    Object.freeze(this);
  }

  /** Reads Degu's simple form `bytes=A-B` with both ends; null for every other text, such as a list or `bytes=-5`. */
  static parse(text: string): Range | null {
    const match = SIMPLE_FORM.exec(text);
    if (match === null) return null;
    const start = Number(match[1]);
    const stop = Number(match[2]) + 1;
    return start < stop && stop <= Number.MAX_SAFE_INTEGER ? new Range(start, stop) : null;
  }

  /** Bytes of the range that exist in a representation of `total` bytes. @throws GUDEG_ERR_OUT_OF_RANGE when none does */
  contentLength(total: number): number {
    return this.#clampedStop(total) - this.start;
  }

  /** The content-range that answers this range for `total` bytes. @throws GUDEG_ERR_OUT_OF_RANGE when no byte exists */
  contentRange(total: number): ContentRange {
    return new ContentRange(this.start, this.#clampedStop(total), total);
  }

  #clampedStop(total: number): number {
    checkByteOffset('total', total);
    if (this.start >= total) {
      throw outOfRange('total', `above start, which is ${this.start}`, total);
    }
    return Math.min(this.stop, total);
  }

  /** Whether `other` is the same range, as an object or as a field value. @throws GUDEG_ERR_INVALID_ARG_TYPE for anything else */
  equals(other: Range | string): boolean {
    if (typeof other === 'string') return other === this.toString();
    if (other instanceof Range) return other.start === this.start && other.stop === this.stop;
    throw invalidArgType('other', 'a Range or a string', other);
  }

  /** The field value: `bytes=3-8`. */
  toString(): string {
    return `bytes=${this.start}-${this.stop - 1}`;
  }

  /** As `toString()`, so that logged headers stay readable. */
  toJSON(): string {
    return this.toString();
  }
}

const SIMPLE_FORM = /^bytes=(0|[1-9]\d{0,15})-(0|[1-9]\d{0,15})$/;
