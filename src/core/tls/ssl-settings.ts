import { resolve } from 'node:path';
import { GudegError } from '../errors.ts';
import { readTlsFile } from './pem-source.ts';
import type { TlsProfile } from './tls-profiles.ts';
import type { TlsServerOptions } from './server-tls-options.ts';

/** TLS of a server by the names of Python's `ssl`, gevent and gunicorn. Paths may be relative. */
export interface SslSettings {
  /** A certificate in PEM, followed by those between it and the root. Default none: no TLS. */
  certfile?: string | null | undefined;
  /** The private key of the certificate in PEM. */
  keyfile?: string | null | undefined;
  /** CAs in PEM: clients are only served with a certificate of theirs. */
  caCerts?: string | null | undefined;
  /** Whether clients need a certificate, by name or by Python's number. Without `caCerts` it has to be said that they need none. */
  certReqs?: 'required' | 'none' | '2' | '0' | 2 | 0 | null | undefined;
  /** Protocol versions and cipher suites. Default intermediate. */
  tlsProfile?: TlsProfile | undefined;
}

/**
 * The options of a server that these settings stand for; null where there is no certificate.
 * @throws GUDEG_ERR_INVALID_OPTION where they don't fit together; GUDEG_ERR_TLS_FILE where that is so and a file of
 *   theirs cannot be read
 */
export function tlsOfSslSettings(settings: SslSettings): TlsServerOptions | null {
  const { certfile = null, keyfile = null, caCerts = null, tlsProfile } = settings;
  const needsCertificate = checkClients(settings);
  if (certfile === null || keyfile === null) {
    if (certfile === null && keyfile === null && needsCertificate === null) return null;
    throw refused(settings, 'TLS needs both certfile and keyfile');
  }
  if (needsCertificate === null) {
    throw refused(
      settings,
      'certfile needs caCerts, the CAs of clients’ certificates; or say certReqs: none (--cert-reqs none), which serves everybody',
    );
  }
  return {
    certFile: resolve(certfile),
    keyFile: resolve(keyfile),
    ...(tlsProfile === undefined ? {} : { tlsProfile }),
    ...(caCerts === null ? { allowUnauthenticatedClients: true } : { caFile: resolve(caCerts) }),
  };
}

/** Whether clients need a certificate; null where neither was said. */
function checkClients(settings: SslSettings): boolean | null {
  const { caCerts = null, certReqs = null } = settings;
  const isOpen = certReqs === 'none' || certReqs === '0' || certReqs === 0;
  if (isOpen && caCerts !== null) {
    throw refused(
      settings,
      `certReqs: ${certReqs} and caCerts exclude each other; leave one of them out`,
    );
  }
  if (certReqs !== null && !isOpen && caCerts === null) {
    throw refused(
      settings,
      `certReqs: ${certReqs} needs caCerts, the CAs of clients’ certificates`,
    );
  }
  return isOpen ? false : caCerts === null ? null : true;
}

/** What does not fit together; but a file that is not there is the nearer fault. */
function refused({ certfile, keyfile, caCerts }: SslSettings, message: string): GudegError {
  for (const [setting, path] of Object.entries({ certfile, keyfile, caCerts })) {
    if (typeof path === 'string') readTlsFile(setting, resolve(path));
  }
  return new GudegError('GUDEG_ERR_INVALID_OPTION', message);
}
