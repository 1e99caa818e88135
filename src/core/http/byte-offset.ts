import { invalidArgType, outOfRange } from '../errors.ts';

/** Refuses what is not a count or position of bytes: an integer in 0..2^53-1. */
export function checkByteOffset(name: string, value: unknown): void {
  if (typeof value !== 'number') throw invalidArgType(name, 'a number', value);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw outOfRange(name, 'an integer in 0..2^53-1', value);
  }
}
