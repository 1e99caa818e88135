import { GudegRangeError, describeValue, invalidArgType } from '../errors.ts';

/** Close codes with a name (RFC 6455 section 7.4.1). */
export const CloseCode = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  /** Stands for a close frame without a code; never sent. */
  NO_STATUS: 1005,
  /** Stands for a connection that was lost; never sent. */
  ABNORMAL: 1006,
  INVALID_PAYLOAD: 1007,
  POLICY_VIOLATION: 1008,
  MESSAGE_TOO_BIG: 1009,
  INTERNAL_ERROR: 1011,
} as const;

const MAX_REASON_BYTES = 123;

/** Whether an application may send the code: 1000–1003, 1007–1014, 3000–4999. */
export function isCloseCode(code: number): boolean {
  return (
    (code >= 1000 && code <= 1003) ||
    (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999)
  );
}

/**
 * Checks what `close()` was given.
 * @throws GUDEG_ERR_OUT_OF_RANGE, GUDEG_ERR_INVALID_ARG_TYPE
 */
export function checkClose(code: unknown, reason: unknown): void {
  if (!Number.isInteger(code) || !isCloseCode(code as number)) {
    throw new GudegRangeError(
      'GUDEG_ERR_OUT_OF_RANGE',
      `a close code must be 1000..1003, 1007..1014 or 3000..4999; got ${describeValue(code)}`,
    );
  }
  if (typeof reason !== 'string') throw invalidArgType('reason', 'a string', reason);
  const bytes = Buffer.byteLength(reason);
  if (bytes > MAX_REASON_BYTES) {
    throw new GudegRangeError(
      'GUDEG_ERR_OUT_OF_RANGE',
      `the reason of a close frame must have at most ${MAX_REASON_BYTES} bytes; got ${bytes}`,
    );
  }
}
