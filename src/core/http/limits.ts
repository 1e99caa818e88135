/** Largest length or position that JavaScript counts exactly. */
export const MAX_LENGTH: number = Number.MAX_SAFE_INTEGER;

/** Largest piece that iterating or writing a body asks its source for, in bytes (Degu's IO_SIZE). */
export const IO_BYTES = 1_048_576;

/** Default of `maxReadBytes`: what `read()` without a size gives at most (Degu's MAX_IO_SIZE). */
export const MAX_READ_BYTES = 16_777_216;

/** Largest data of one chunk, in bytes; the same number in both directions. */
export const MAX_CHUNK_BYTES = 16_777_216;

/** Ranges that one `range` field may ask for; more are ignored (RFC 9110 section 17.15). */
export const MAX_RANGES = 16;
