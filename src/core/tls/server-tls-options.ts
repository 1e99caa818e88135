import { GudegError, invalidArgType, invalidOption } from '../errors.ts';
import {
  completeProtocol,
  refuseUnknown,
  type CompleteTlsProtocol,
  type TlsProtocolOptions,
} from './protocol-options.ts';
import { loadIdentities, type TlsIdentity, type TlsIdentityOptions } from './tls-identity.ts';
import { loadTrustAnchors, type TlsTrustOptions } from './trust-anchors.ts';

/** The certificate and key for one of a server's names. */
export type TlsServerIdentity = TlsIdentityOptions;

/**
 * TLS of a server (Degu's `sslconfig`). It needs a certificate with its key, and either CAs, so that
 * every client has to show a certificate of theirs, or the explicit word that anybody may come.
 */
export interface TlsServerOptions extends TlsIdentityOptions, TlsTrustOptions, TlsProtocolOptions {
  /** That clients without a certificate are served. Only `true` can be said, and not together with CAs. */
  allowUnauthenticatedClients?: true;
  /** Other certificates by the name that a client asks for (SNI), the first label perhaps `*`. */
  serverNames?: Readonly<Record<string, TlsServerIdentity>>;
  /** Whether clients may resume sessions. Default true, profile degu false. */
  sessionTickets?: boolean;
  /** At least 32 secret bytes that the keys of session tickets are derived from; processes with the same resume each other's sessions. Default random. */
  ticketKeys?: Uint8Array;
  /** How long a session can be resumed, in seconds. Default 7200. */
  ticketLifetimeS?: number;
  /** An OCSP response in DER, stapled to the certificate. Default none. */
  ocspResponse?: Uint8Array;
  /** For a handshake to end, in ms, 0 = no limit. Default 10000. */
  handshakeTimeoutMs?: number;
}

/** All options with their values, files read. */
export interface CompleteServerTls extends CompleteTlsProtocol {
  /** At least one. */
  readonly identities: readonly TlsIdentity[];
  /** PEM; null where clients aren't asked for certificates. */
  readonly ca: Buffer | null;
  readonly clientAuth: 'require' | 'none';
  readonly serverNames: Readonly<Record<string, readonly TlsIdentity[]>>;
  readonly sessionTickets: boolean;
  /** Null: random. */
  readonly ticketKeys: Buffer | null;
  readonly ticketLifetimeS: number;
  /** DER. */
  readonly ocspResponse: Buffer | null;
  readonly handshakeTimeoutMs: number;
}

const identityNames = ['certFile', 'keyFile', 'cert', 'key', 'passphrase'];
const optionNames = [
  ...identityNames,
  ...['caFile', 'caPath', 'ca', 'allowUnauthenticatedClients', 'tlsProfile', 'serverNames'],
  ...['alpnProtocols', 'sessionTickets', 'ticketKeys', 'ticketLifetimeS', 'ocspResponse'],
  ...['keyLogFile', 'handshakeTimeoutMs'],
];

const MIN_TICKET_KEY_BYTES = 32;
/** RFC 8446 section 4.6.1. */
const MAX_TICKET_LIFETIME_S = 604_800;
const MAX_MS = 0x7fff_ffff;
const serverName = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i;

/**
 * Checks options of a server, reads its files, and fills in defaults. Everything that would make each
 * handshake fail is found here, before anybody connects.
 *
 * A process warning GUDEG_WARN_TLS_CERTIFICATE tells of an expired certificate; in the profile `degu`
 * GUDEG_WARN_TLS_UNAUTHENTICATED tells of a server that anybody may use.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_TLS_FILE,
 *   GUDEG_ERR_TLS_CERTIFICATE, GUDEG_ERR_TLS_KEY, GUDEG_ERR_TLS_KEY_MISMATCH
 */
export function completeServerTls(given: TlsServerOptions): CompleteServerTls {
  const options: unknown = given;
  if (typeof options !== 'object' || options === null) {
    throw invalidArgType('tls', 'an object of TLS options', options);
  }
  refuseUnknown(options, optionNames);
  const protocol = completeProtocol(given);
  const clientAuth = clientAuthOf(given);
  const isRsaOnly = protocol.profile === 'degu';
  const identities = loadIdentities(given, 'tls.', isRsaOnly);
  if (identities.length === 0) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      'a TLS server needs a certificate and its key; give tls.certFile and tls.keyFile, or tls.cert and tls.key',
    );
  }
  const complete: CompleteServerTls = {
    ...protocol,
    identities,
    clientAuth,
    ca: clientAuth === 'none' ? null : loadTrustAnchors(given),
    serverNames: loadServerNames(given.serverNames ?? {}, isRsaOnly),
    ...completeTickets(given, protocol.profile !== 'degu'),
    ocspResponse: bytesOf('ocspResponse', given.ocspResponse, 1),
    handshakeTimeoutMs: integerOf(
      'handshakeTimeoutMs',
      given.handshakeTimeoutMs ?? 10_000,
      0,
      MAX_MS,
    ),
  };
  if (isRsaOnly && clientAuth === 'none') warnOfAnonymousClients();
  return complete;
}

function clientAuthOf(given: TlsServerOptions): 'require' | 'none' {
  const allowed: unknown = given.allowUnauthenticatedClients;
  const hasCa = [given.ca, given.caFile, given.caPath].some((each) => each !== undefined);
  if (allowed !== undefined && allowed !== true) {
    throw invalidOption('tls.allowUnauthenticatedClients', 'true, or absent', allowed);
  }
  if (allowed === undefined) {
    if (hasCa) return 'require';
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      'a TLS server must include tls.caFile, tls.caPath or tls.ca, the CAs of its clients’ certificates; or say tls.allowUnauthenticatedClients: true',
    );
  }
  if (hasCa) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      'tls.allowUnauthenticatedClients: true and CAs for clients’ certificates exclude each other; leave one of them out',
    );
  }
  return 'none';
}

function loadServerNames(
  given: unknown,
  isRsaOnly: boolean,
): Readonly<Record<string, readonly TlsIdentity[]>> {
  if (typeof given !== 'object' || given === null) {
    throw invalidOption(
      'tls.serverNames',
      'an object with a certificate and key for each name',
      given,
    );
  }
  const entries = Object.entries(given as Record<string, TlsServerIdentity>);
  const loaded = entries.map(([name, identity]) => {
    const option = `tls.serverNames['${name}']`;
    if (!serverName.test(name)) throw invalidOption('tls.serverNames', 'keyed by DNS names', name);
    refuseUnknown(identity, identityNames, option);
    const identities = loadIdentities(identity, `${option}.`, isRsaOnly);
    if (identities.length > 0) return [name.toLowerCase(), identities] as const;
    throw invalidOption(option, 'a certificate and its key', identity);
  });
  return Object.fromEntries(loaded);
}

function completeTickets(
  given: TlsServerOptions,
  isDefault: boolean,
): Pick<CompleteServerTls, 'sessionTickets' | 'ticketKeys' | 'ticketLifetimeS'> {
  const sessionTickets: unknown = given.sessionTickets ?? isDefault;
  if (typeof sessionTickets !== 'boolean') {
    throw invalidOption('tls.sessionTickets', 'true or false', sessionTickets);
  }
  const lifetimeS: unknown = given.ticketLifetimeS ?? 7200;
  return {
    sessionTickets,
    ticketKeys: bytesOf('ticketKeys', given.ticketKeys, MIN_TICKET_KEY_BYTES),
    ticketLifetimeS: integerOf('ticketLifetimeS', lifetimeS, 1, MAX_TICKET_LIFETIME_S),
  };
}

/** The value stays out of the message: it may be a secret. */
function bytesOf(name: string, value: unknown, minBytes: number): Buffer | null {
  if (value === undefined) return null;
  if (value instanceof Uint8Array && value.length >= minBytes) return Buffer.from(value);
  const size = value instanceof Uint8Array ? value.length : typeof value;
  throw invalidOption(`tls.${name}`, `a Uint8Array of at least ${minBytes} bytes`, size);
}

function integerOf(name: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw invalidOption(`tls.${name}`, `an integer in ${min}..${max}`, value);
}

function warnOfAnonymousClients(): void {
  process.emitWarning('Security concern: the TLS server allows unauthenticated clients', {
    type: 'GudegWarning',
    code: 'GUDEG_WARN_TLS_UNAUTHENTICATED',
  });
}
