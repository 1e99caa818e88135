import { getSystemErrorName } from 'node:util';
import { ClientError, HttpProtocolError, type ErrorCode, type RetrySafety } from '../errors.ts';
import { handshakeError } from '../tls/index.ts';
import type { ClientCloseReason, EngineFault, TlsFailure } from '../native/index.ts';

/** Why a connection ended, as the engine tells it. */
export interface CloseCause {
  readonly reason: ClientCloseReason;
  /** A fault's number or an errno, where the reason has one. */
  readonly detail: number;
  /** Bytes of the response had come. */
  readonly responseBegan: boolean;
  /** With the reason `tls-fault`. */
  readonly tls?: TlsFailure;
}

type Row = readonly [code: ErrorCode, retry: RetrySafety, text: string];

const inside: Row = [
  'GUDEG_ERR_CLIENT_RESPONSE_CUT',
  'idempotent',
  'the connection broke inside the response',
];
const before: Row = [
  'GUDEG_ERR_CLIENT_NO_RESPONSE',
  'idempotent',
  'the server closed the connection without a response',
];
const unsent: Row = ['GUDEG_ERR_CLIENT_CLOSED', 'always', 'the connection is closed'];

const rows: Readonly<Partial<Record<ClientCloseReason, Row>>> = {
  'connect-failed': ['GUDEG_ERR_CLIENT_CONNECT', 'always', 'no connection'],
  'connect-timeout': ['GUDEG_ERR_CLIENT_CONNECT_TIMEOUT', 'always', 'no connection in time'],
  'response-timeout': [
    'GUDEG_ERR_CLIENT_RESPONSE_TIMEOUT',
    'idempotent',
    'no response came in time',
  ],
  'body-timeout': [
    'GUDEG_ERR_CLIENT_BODY_TIMEOUT',
    'idempotent',
    'the body of the response stalled',
  ],
  'write-timeout': [
    'GUDEG_ERR_CLIENT_WRITE_TIMEOUT',
    'idempotent',
    'the server did not take the request in time',
  ],
  'protocol-fault': ['GUDEG_ERR_CLIENT_BAD_RESPONSE', 'idempotent', 'the response breaks HTTP/1.1'],
};

const truncations = new Set(['TruncatedHead', 'TruncatedBody']);

/**
 * The error of whoever waits for a connection that has ended.
 * @param isPending a request was on its way, or its response
 */
export function closeError(
  cause: CloseCause,
  isPending: boolean,
  faults: readonly EngineFault[],
  peer: string,
): ClientError {
  const { reason, detail, responseBegan } = cause;
  if (reason === 'tls-fault') return tlsCloseError(cause, isPending, peer);
  const fault = reason === 'protocol-fault' ? faults[detail] : undefined;
  const ended = !isPending ? unsent : responseBegan ? inside : before;
  const wasCut = fault !== undefined && truncations.has(fault.name);
  const isConnecting = reason === 'connect-failed' || reason === 'connect-timeout';
  const own = isPending || isConnecting ? rows[reason] : undefined;
  const [code, retry, text] = wasCut && isPending ? inside : (own ?? ended);
  if (fault !== undefined) {
    const broken = HttpProtocolError.fromFault(fault.name);
    return new ClientError(code, retry, `${text}: ${broken.message} (${peer})`, { cause: broken });
  }
  const errno = detail === 0 ? '' : ` ${getSystemErrorName(-detail)}`;
  return new ClientError(code, retry, `${text} (${peer}: ${reason}${errno})`);
}

/** The handshake failed, or the server refuses it when it is over, as with certificates in TLS 1.3: nothing was served. */
function tlsCloseError(cause: CloseCause, isPending: boolean, peer: string): ClientError {
  const { detail, responseBegan, tls } = cause;
  const failure = tls ?? { kind: 0, code: 0, verifyResult: 0, alertReceived: 0, alertSent: 0 };
  const error = handshakeError(failure, 'client', peer);
  const isInHandshake = detail === 0;
  if (isInHandshake || (!responseBegan && failure.alertReceived !== 0)) {
    return new ClientError(error.code, 'always', error.message);
  }
  const [code, retry, text] = !isPending ? unsent : responseBegan ? inside : before;
  return new ClientError(code, retry, `${text}: ${error.message}`, { cause: error });
}
