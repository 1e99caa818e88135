import type { X509Certificate } from 'node:crypto';
import type { TlsSession } from './tls-session.ts';

/** What is known of a connection's TLS, as CGI variables with the names of Apache's mod_ssl. */
export type TlsVariables = Readonly<Record<string, string>>;

/** The same for all requests of a connection. */
const known = new WeakMap<TlsSession, TlsVariables>();

/**
 * `HTTPS`, `SSL_PROTOCOL`, `SSL_CIPHER`, `SSL_SESSION_RESUMED`, `SSL_TLS_SNI` where a name was asked for, `SSL_CLIENT_VERIFY`, and of a
 * client's certificate `SSL_CLIENT_S_DN`, `SSL_CLIENT_S_DN_CN`, `SSL_CLIENT_I_DN`, `SSL_CLIENT_M_SERIAL`, `SSL_CLIENT_V_START`, `SSL_CLIENT_V_END`,
 * `SSL_CLIENT_FINGERPRINT` and `SSL_CLIENT_CERT`.
 *
 * Names are strings of RFC 4514, times and the serial number as OpenSSL prints them, the fingerprint is
 * SHA-256 in lower-case hex, the certificate PEM.
 */
export function tlsVariables(tls: TlsSession): TlsVariables {
  let variables = known.get(tls);
  if (variables === undefined) {
    variables = Object.freeze(variablesOf(tls));
    known.set(tls, variables);
  }
  return variables;
}

function variablesOf(tls: TlsSession): Record<string, string> {
  const certificate = tls.peerCertificate;
  return {
    HTTPS: 'on',
    SSL_PROTOCOL: tls.protocol,
    SSL_CIPHER: tls.cipher,
    SSL_SESSION_RESUMED: tls.isResumed ? 'Resumed' : 'Initial',
    ...(tls.serverName === null ? {} : { SSL_TLS_SNI: tls.serverName }),
    SSL_CLIENT_VERIFY: verdictOf(tls, certificate),
    ...(certificate === null ? {} : clientVariables(certificate)),
  };
}

function verdictOf(tls: TlsSession, certificate: X509Certificate | null): string {
  if (certificate === null) return 'NONE';
  return tls.isAuthorized ? 'SUCCESS' : `FAILED:${tls.authorizationError ?? 'unknown'}`;
}

function clientVariables(certificate: X509Certificate): Record<string, string> {
  const { subject, issuer, serialNumber, validFrom, validTo, fingerprint256 } = certificate;
  const [, commonName] = /^CN=(.*)$/m.exec(subject) ?? [];
  return {
    SSL_CLIENT_S_DN: distinguishedName(subject),
    ...(commonName === undefined ? {} : { SSL_CLIENT_S_DN_CN: commonName }),
    SSL_CLIENT_I_DN: distinguishedName(issuer),
    SSL_CLIENT_M_SERIAL: serialNumber,
    SSL_CLIENT_V_START: validFrom,
    SSL_CLIENT_V_END: validTo,
    SSL_CLIENT_FINGERPRINT: fingerprint256.replaceAll(':', '').toLowerCase(),
    SSL_CLIENT_CERT: certificate.toString(),
  };
}

/** Node gives one attribute a line, escaped, the most significant first; RFC 4514 section 2.1 wants it last. */
function distinguishedName(lines: string): string {
  return lines.split('\n').reverse().join(',');
}
