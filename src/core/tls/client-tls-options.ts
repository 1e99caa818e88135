import { GudegError, invalidArgType, invalidOption } from '../errors.ts';
import {
  completeProtocol,
  refuseUnknown,
  type CompleteTlsProtocol,
  type TlsProtocolOptions,
} from './protocol-options.ts';
import { loadIdentities, type TlsIdentity, type TlsIdentityOptions } from './tls-identity.ts';
import { loadTrustAnchors, systemTrustAnchors, type TlsTrustOptions } from './trust-anchors.ts';

/**
 * TLS of a client (Degu's `sslconfig`). The server's certificate is always verified: against the given
 * CAs, or against those that Node trusts.
 */
export interface TlsClientOptions extends TlsIdentityOptions, TlsTrustOptions, TlsProtocolOptions {
  /** Whether the certificate must be for the server's name or IP address. Default true; false needs CAs of one's own. */
  checkHostname?: boolean;
  /** The name that the server is asked for (SNI), and that its certificate must be for. Default the host of the address; null for none. */
  sslHost?: string | null;
}

/** All options with their values, files read. */
export interface CompleteClientTls extends CompleteTlsProtocol {
  /** Empty where the client has no certificate. */
  readonly identities: readonly TlsIdentity[];
  /** PEM. */
  readonly ca: Buffer;
  readonly checkHostname: boolean;
  /** Undefined: the host of the address. */
  readonly sslHost: string | null | undefined;
}

const optionNames = [
  ...['certFile', 'keyFile', 'cert', 'key', 'passphrase', 'caFile', 'caPath', 'ca'],
  ...['checkHostname', 'sslHost', 'tlsProfile', 'alpnProtocols', 'keyLogFile'],
];

/** A client offers more curves than Degu's server has. */
const DEGU_CLIENT_CURVES = 'P-384:P-256:X25519';

/**
 * Checks options of a client, reads its files, and fills in defaults.
 * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_TLS_FILE,
 *   GUDEG_ERR_TLS_CERTIFICATE, GUDEG_ERR_TLS_KEY, GUDEG_ERR_TLS_KEY_MISMATCH
 */
export function completeClientTls(given: TlsClientOptions): CompleteClientTls {
  const options: unknown = given;
  if (typeof options !== 'object' || options === null) {
    throw invalidArgType('tls', 'an object of TLS options', options);
  }
  refuseUnknown(options, optionNames);
  const protocol = completeProtocol(given);
  const isDegu = protocol.profile === 'degu';
  const { checkHostname = true, sslHost } = given;
  if (typeof checkHostname !== 'boolean') {
    throw invalidOption('tls.checkHostname', 'true or false', checkHostname);
  }
  if (
    sslHost !== undefined &&
    sslHost !== null &&
    (typeof sslHost !== 'string' || sslHost === '')
  ) {
    throw invalidOption('tls.sslHost', 'a DNS name, an IP address, or null', sslHost);
  }
  if (sslHost === null && checkHostname) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      'tls.sslHost: null leaves no name to check; give a name, or tls.checkHostname: false with CAs of your own',
    );
  }
  const own = loadTrustAnchors(given);
  if (own === null && !checkHostname) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      'tls.checkHostname: false needs tls.caFile, tls.caPath or tls.ca; without the name, every certificate that a public CA ever issued would do',
    );
  }
  return {
    ...protocol,
    curves: isDegu ? DEGU_CLIENT_CURVES : protocol.curves,
    identities: loadIdentities(given, 'tls.', isDegu),
    ca: own ?? systemTrustAnchors(),
    checkHostname,
    sslHost,
  };
}
