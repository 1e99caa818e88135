/** Up to here a loop is faster than the views that `Buffer.from` and `copy` make. */
const LOOP_BYTES = 64;
const NOTHING: Buffer = Buffer.alloc(0);

/** A copy of some bytes of memory that is about to be used again. */
export function copyBytes(memory: Buffer, start: number, length: number): Buffer {
  if (length === 0) return NOTHING;
  if (length > LOOP_BYTES) return Buffer.from(memory.subarray(start, start + length));
  const copy = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) copy[i] = memory[start + i] as number;
  return copy;
}
