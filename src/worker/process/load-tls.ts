import type { TlsServerOptions } from '../../core/index.ts';
import { completeServerTls, tlsOfSslSettings } from '../../core/tls/index.ts';
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
  const options = tlsOfSslSettings(settings);
  if (options === null) return null;
  const { identities, ca } = completeServerTls(options);
  return {
    cert: identities.map(({ cert }) => cert),
    key: identities.map(({ key }) => key),
    tlsProfile: settings.tlsProfile,
    ticketKeys,
    ...(ca === null ? { allowUnauthenticatedClients: true } : { ca }),
  };
}
