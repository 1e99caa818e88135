/**
 * TLS: options and what is wrong with them, profiles, and what a failed handshake means.
 *
 * @packageDocumentation
 */
export {
  completeClientTls,
  type CompleteClientTls,
  type TlsClientOptions,
} from './client-tls-options.ts';
export { adoptContext, type AdoptedRules } from './adopted-context.ts';
export type { Pem } from './pem-source.ts';
export type { CompleteTlsProtocol, TlsProtocolOptions } from './protocol-options.ts';
export {
  completeServerTls,
  type CompleteServerTls,
  type TlsServerIdentity,
  type TlsServerOptions,
} from './server-tls-options.ts';
export { tlsError, type HandshakeFailure, type TlsRole } from './tls-error.ts';
export type { TlsIdentity, TlsIdentityOptions } from './tls-identity.ts';
export type { TlsProfile, TlsRules, TlsVersion } from './tls-profiles.ts';
export type { TlsTrustOptions } from './trust-anchors.ts';
export { handshakeError } from './handshake-error.ts';
export { ClientTls, ServerTls, type ServerContextOptions } from './tls-context.ts';
export { tlsOfSslSettings, type SslSettings } from './ssl-settings.ts';
export { TlsSession } from './tls-session.ts';
export { tlsVariables, type TlsVariables } from './tls-variables.ts';
