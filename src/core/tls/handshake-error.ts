import type { GudegError } from '../errors.ts';
import { loadEngine, type TlsFailure } from '../native/index.ts';
import { tlsError, type TlsRole } from './tls-error.ts';

/** The kinds of native/transport/tls_failure.h, as `HandshakeFailure` counts them. */
const kinds = [0, 0, 1, 2, 2];

/** The error for a failure that the engine tells of; see `tlsError`. */
export function handshakeError(failure: TlsFailure, role: TlsRole, peer: string): GudegError {
  const { kind, code, verifyResult, alertReceived } = failure;
  const reasonText = kind === 1 ? loadEngine().tlsReason(code) : '';
  return tlsError({ kind: kinds[kind] ?? 0, reasonText, verifyResult, alertReceived }, role, peer);
}
