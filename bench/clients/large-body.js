const MEBIBYTE = Buffer.alloc(1024 * 1024, 'a');
const COUNT = 256;

/** Of the body that is sent and received. */
export const LARGE_BYTES = MEBIBYTE.length * COUNT;

/** The body, in pieces of 1 MiB. */
export function* mebibytes() {
  for (let i = 0; i < COUNT; i++) yield MEBIBYTE;
}
