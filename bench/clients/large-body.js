const MEBIBYTE = Buffer.alloc(1024 * 1024, 'a');
const COUNT = 256;

/** Of the body that is sent and received. */
export const LARGE_BYTES = MEBIBYTE.length * COUNT;

/** The body, in pieces of 1 MiB. */
export function* mebibytes() {
  for (let i = 0; i < COUNT; i++) yield MEBIBYTE;
}

const target = Buffer.alloc(MEBIBYTE.length);

/**
 * Receives a body of known length as the floor does, into one piece of memory, and counts its bytes.
 *
 * @param {any} body
 */
export async function receive(body) {
  let bytes = 0;
  for (let count; (count = await body.readInto(target)) > 0;) bytes += count;
  return bytes;
}
