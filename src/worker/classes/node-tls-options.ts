import { constants, createHash } from 'node:crypto';
import type { TlsServerOptions } from '../../core/index.ts';
import type { SecureServerOptions } from '../../core/node-http/index.ts';
import { completeServerTls } from '../../core/tls/index.ts';

/**
 * What the settings of TLS say, in the terms of `https.createServer`.
 * @throws as `completeServerTls()`
 */
export function nodeTlsOptions(tls: TlsServerOptions): SecureServerOptions {
  const complete = completeServerTls(tls);
  const { identities, ca, clientAuth, ticketKeys, sessionTickets } = complete;
  const suites = [complete.cipherSuites, complete.ciphers].filter((each) => each !== '');
  return {
    cert: identities.map(({ cert }) => cert),
    key: identities.map(({ key }) => key),
    ...(ca === null ? {} : { ca }),
    requestCert: clientAuth === 'require',
    minVersion: complete.minVersion,
    maxVersion: complete.maxVersion,
    ciphers: suites.join(':'),
    ecdhCurve: complete.curves,
    honorCipherOrder: complete.preferServerCiphers,
    handshakeTimeout: complete.handshakeTimeoutMs,
    sessionTimeout: complete.ticketLifetimeS,
    secureOptions: sessionTickets ? 0 : constants.SSL_OP_NO_TICKET,
    // Node wants exactly as many bytes as this hash has.
    ...(ticketKeys === null
      ? {}
      : { ticketKeys: createHash('sha384').update(ticketKeys).digest() }),
  };
}
