import { resolve } from 'node:path';
import { GudegError, type TlsServerOptions } from '../../core/index.ts';
import { completeServerTls } from '../../core/tls/index.ts';
import type { Settings } from '../settings/settings.ts';

type TlsSettings = Pick<Settings, 'certfile' | 'keyfile' | 'caCerts' | 'certReqs' | 'tlsProfile'>;

/**
 * Reads the files that the settings of TLS name, so that the worker may then become a user who cannot.
 * @param ticketKeys what all workers of an arbiter share
 * @returns options with everything in memory; null where no certificate is set
 * @throws GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_TLS_FILE, GUDEG_ERR_TLS_CERTIFICATE,
 *   GUDEG_ERR_TLS_KEY, GUDEG_ERR_TLS_KEY_MISMATCH
 */
export function loadTls(settings: TlsSettings, ticketKeys: Uint8Array): TlsServerOptions | null {
  const { certfile, keyfile, caCerts, tlsProfile } = settings;
  const needsCertificate = checkClients(settings);
  if (certfile === null || keyfile === null) {
    if (certfile === null && keyfile === null && needsCertificate === null) return null;
    throw invalid('TLS needs both certfile and keyfile');
  }
  if (needsCertificate === null) {
    throw invalid(
      'certfile needs caCerts, the CAs of clients’ certificates; or say certReqs: none (--cert-reqs none), which serves everybody',
    );
  }
  const { identities, ca } = completeServerTls({
    certFile: resolve(certfile),
    keyFile: resolve(keyfile),
    tlsProfile,
    ...(caCerts === null ? { allowUnauthenticatedClients: true } : { caFile: resolve(caCerts) }),
  });
  return {
    cert: identities.map(({ cert }) => cert),
    key: identities.map(({ key }) => key),
    tlsProfile,
    ticketKeys,
    ...(ca === null ? { allowUnauthenticatedClients: true } : { ca }),
  };
}

/** Whether clients need a certificate; null where neither was said. */
function checkClients({ caCerts, certReqs }: TlsSettings): boolean | null {
  const isOpen = certReqs === 'none' || certReqs === '0';
  if (isOpen && caCerts !== null) {
    throw invalid(`certReqs: ${certReqs} and caCerts exclude each other; leave one of them out`);
  }
  if (certReqs !== null && !isOpen && caCerts === null) {
    throw invalid(`certReqs: ${certReqs} needs caCerts, the CAs of clients’ certificates`);
  }
  return isOpen ? false : caCerts === null ? null : true;
}

function invalid(message: string): GudegError {
  return new GudegError('GUDEG_ERR_INVALID_OPTION', message);
}
