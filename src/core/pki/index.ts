/**
 * Keys and certificates for tests and for processes that know each other.
 *
 * @packageDocumentation
 */
export {
  PKI,
  type AnonymousClientSslconfig,
  type AnonymousServerSslconfig,
  type ClientSslconfig,
  type IssueOptions,
  type PkiExtension,
  type RsaBits,
  type ServerSslconfig,
} from './pki.ts';
export { TempPKI, type TempPkiOptions } from './temp-pki.ts';
