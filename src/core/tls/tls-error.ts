import { ClientError, GudegError, type ErrorCode } from '../errors.ts';
import { alertNames } from './alert-names.ts';
import { verifyVerdict } from './verify-verdict.ts';

/** How a handshake failed, as OpenSSL tells it. */
export interface HandshakeFailure {
  /** 0: something was wrong; 1: it took too long; 2: the peer closed. */
  readonly kind: number;
  /** `ERR_reason_error_string()`, such as `no shared cipher`; empty where there is none. */
  readonly reasonText: string;
  /** `SSL_get_verify_result()`, X509_V_ERR_…; 0 where nothing is wrong with the peer's certificate. */
  readonly verifyResult: number;
  /** The alert that came (RFC 8446 section 6); 0 for none. */
  readonly alertReceived: number;
}

/** Which end of the connection reports. */
export type TlsRole = 'server' | 'client';

/** What happened, and what to do about it; `P` is the peer: `client 10.0.0.1:5000`. */
interface Verdict {
  readonly code: ErrorCode;
  readonly server: string;
  readonly client: string;
}

const timeout: Verdict = {
  code: 'GUDEG_ERR_TLS_HANDSHAKE_TIMEOUT',
  server: 'P did not end its TLS handshake in handshakeTimeoutMs; it may not speak TLS',
  client: 'P did not end the TLS handshake in connectTimeoutMs; does it speak TLS on that port?',
};

const cut: Verdict = {
  code: 'GUDEG_ERR_TLS_HANDSHAKE_CUT',
  server: 'P closed inside the TLS handshake; it may not trust this server, or has only probed it',
  client: 'P closed inside the TLS handshake; does it speak TLS on that port?',
};

const plaintext: Verdict = {
  code: 'GUDEG_ERR_TLS_PLAINTEXT',
  server: 'P does not speak TLS but plain text; it has to use https',
  client:
    'P does not speak TLS but plain text; use the port of its TLS server, or Client without tls',
};

const version: Verdict = {
  code: 'GUDEG_ERR_TLS_VERSION',
  server:
    'P has no version of TLS in common with this server; it has to speak TLS 1.2 or 1.3 (profile degu: 1.2)',
  client:
    'P has no version of TLS in common with this client; it has to speak TLS 1.2 or 1.3 (profile degu: 1.2)',
};

const algorithms: Verdict = {
  code: 'GUDEG_ERR_TLS_NO_COMMON_CIPHER',
  server:
    'P has no cipher suite, curve or signature algorithm in common with this server; it has to be updated, or the server needs a certificate with a key of another kind',
  client:
    'P has no cipher suite, curve or signature algorithm in common with this client; it has to be updated, or set up with other suites',
};

const noCertificate: Verdict = {
  code: 'GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE',
  server:
    'P sent no certificate; give it one of a CA in caFile, or allow it with allowUnauthenticatedClients: true',
  client: 'P wants a certificate of its clients; give certFile and keyFile',
};

const renegotiation: Verdict = {
  code: 'GUDEG_ERR_TLS_RENEGOTIATION',
  server:
    'P wanted to negotiate again on an open connection, which is refused; it has to open a new one',
  client:
    'P wanted to negotiate again on an open connection, which is refused; it has to ask for everything in the first handshake',
};

const noApplicationProtocol: Verdict = {
  code: 'GUDEG_ERR_TLS_ALPN',
  server: 'P speaks none of alpnProtocols; it has to offer http/1.1, or no protocol by ALPN',
  client: 'P speaks none of alpnProtocols; offer http/1.1, or none',
};

/** OpenSSL's reasons, as its error strings have them. */
const reasons: Readonly<Record<string, Verdict>> = {
  'http request': plaintext,
  'https proxy request': plaintext,
  'wrong version number': plaintext,
  'unsupported protocol': version,
  'unknown protocol': version,
  'version too low': version,
  'unknown ssl version': version,
  'wrong ssl version': version,
  'no protocols available': version,
  'inappropriate fallback': version,
  'no shared cipher': algorithms,
  'no shared group': algorithms,
  'no shared groups': algorithms,
  'no suitable groups': algorithms,
  'no suitable key share': algorithms,
  'no suitable signature algorithm': algorithms,
  'no shared signature algorithms': algorithms,
  'no shared signature algorithm': algorithms,
  'no ciphers available': algorithms,
  'no ciphers specified': algorithms,
  'wrong curve': algorithms,
  'wrong signature type': algorithms,
  'peer did not return a certificate': noCertificate,
  'no renegotiation': renegotiation,
  'unsafe legacy renegotiation disabled': renegotiation,
  'no application protocol': noApplicationProtocol,
};

/** What TLS 1.2 has for nearly everything, a missing certificate included. */
const HANDSHAKE_FAILURE = 40;

/** Alerts that tell something of their own. */
const alerts: Readonly<Record<number, Verdict>> = {
  70: version,
  71: algorithms,
  86: version,
  100: renegotiation,
  116: noCertificate,
  120: noApplicationProtocol,
};

/** Alerts about a certificate: what the peer thinks of ours. */
const certificateAlerts: Readonly<Record<number, string>> = {
  42: 'finds it broken',
  43: 'cannot use its kind',
  44: 'finds that it was revoked',
  45: 'finds it expired',
  46: 'does not accept it',
  48: 'does not know its CA',
};

/**
 * The error for a handshake that failed: what went wrong in one sentence, and what to change where.
 *
 * @param role whose side this is
 * @param peer the other end in words, such as `10.0.0.1:5000`
 * @returns on a server a `GudegError`; on a client a `ClientError` with `retry: 'always'`, since no request
 *   was acted on
 */
export function tlsError(failure: HandshakeFailure, role: TlsRole, peer: string): GudegError {
  const who = `${role === 'server' ? 'client' : 'server'} ${peer}`;
  const { code, message } = explain(failure, role, who);
  return role === 'server'
    ? new GudegError(code, message)
    : new ClientError(code, 'always', message);
}

function explain(
  failure: HandshakeFailure,
  role: TlsRole,
  who: string,
): { code: ErrorCode; message: string } {
  const { kind, reasonText, verifyResult, alertReceived } = failure;
  const verdict = verdictOf(failure);
  if (verdict !== undefined) {
    return { code: verdict.code, message: verdict[role].replace('P', () => who) };
  }
  if (alertReceived !== 0) return explainAlert(alertReceived, role, who);
  if (verifyResult !== 0) return verifyVerdict(verifyResult, role, who);
  const detail = reasonText === '' ? `kind ${kind}` : reasonText;
  return {
    code: 'GUDEG_ERR_TLS_PROTOCOL',
    message: `${who} broke the TLS protocol, or does not speak it: ${detail}`,
  };
}

function verdictOf(failure: HandshakeFailure): Verdict | undefined {
  if (failure.kind === 1) return timeout;
  if (failure.alertReceived !== 0) return alerts[failure.alertReceived];
  if (failure.kind === 2) return cut;
  return reasons[failure.reasonText];
}

function explainAlert(
  alert: number,
  role: TlsRole,
  who: string,
): { code: ErrorCode; message: string } {
  const name = `alert ${alert} ${alertNames[alert] ?? 'unknown'}`;
  const opinion = certificateAlerts[alert];
  if (opinion !== undefined) {
    const cure =
      role === 'server'
        ? 'its caFile must have the CA of this server’s certificate, and that must be for the name it asks for'
        : 'certFile must be signed by a CA in the server’s caFile, and be valid now';
    return {
      code: 'GUDEG_ERR_TLS_CERTIFICATE_REJECTED',
      message: `${who} ${opinion}: the certificate of this ${role} (${name}); ${cure}`,
    };
  }
  const cure =
    role === 'client' && alert === HANDSHAKE_FAILURE
      ? 'give certFile and keyFile if it asks for a certificate, else compare cipher suites'
      : `its log says more; compare TLS versions, cipher suites and certificates with this ${role}’s`;
  return {
    code: 'GUDEG_ERR_TLS_ALERT',
    message: `${who} ended the TLS handshake with ${name}; ${cure}`,
  };
}
