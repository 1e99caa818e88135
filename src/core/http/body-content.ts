import { GudegError } from '../errors.ts';

/** The same memory as a Buffer, whose `toString()` is text. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** JSON text in UTF-8 as a value. @throws GUDEG_ERR_BODY_JSON (status 400) */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    const text = bytes.length === 0 ? 'it is empty' : (cause as Error).message;
    throw new GudegError('GUDEG_ERR_BODY_JSON', `the body is not JSON: ${text}`, { cause });
  }
}
