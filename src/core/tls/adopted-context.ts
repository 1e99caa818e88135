import { createSecureContext, type SecureContext } from 'node:tls';
import { inspect } from 'node:util';
import { GudegError, invalidArgType } from '../errors.ts';
import type { EngineTlsOptions, TlsContextHandle } from '../native/index.ts';
import { createContext } from './create-context.ts';

/** Rules of a server that a context of Node's doesn't have, or doesn't show. */
export type AdoptedRules = Pick<
  EngineTlsOptions,
  | 'clientAuth'
  | 'alpn'
  | 'curves'
  | 'signatureAlgorithms'
  | 'hasDhGroups'
  | 'sessionIdContext'
  | 'ticketSecret'
  | 'asksForContext'
  | 'keepsKeyLog'
>;

/** What Node keeps in a `SecureContext`: it holds the SSL_CTX. */
interface NativeContext {
  readonly _external?: unknown;
}

let nativePrototype: object | null = null;

/** Whether this is the inside of a `SecureContext`: what is in any other object is no SSL_CTX. */
function isNative(value: unknown): value is NativeContext {
  nativePrototype ??= Object.getPrototypeOf(createSecureContext().context) as object;
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === nativePrototype
  );
}

/**
 * The address that an external value of V8 stands for; 0 where there is none. Node shows it to people, and
 * Node-API reads only externals that it has made itself.
 */
function addressOf(external: unknown): number {
  const [, digits] = /^\[External: ([0-9a-f]+)\]$/.exec(inspect(external, { colors: false })) ?? [];
  return digits === undefined ? 0 : Number.parseInt(digits, 16);
}

/**
 * A server's context of the engine with the certificates, keys, trust, versions, ciphers and session
 * lifetime of one that `tls.createSecureContext()` made: Node has read and checked its options.
 *
 * @param context or what stands in its property `context`
 * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_TLS_UNAVAILABLE, GUDEG_ERR_TLS_CERTIFICATE
 */
export function adoptContext(context: unknown, rules: AdoptedRules): TlsContextHandle {
  const native = isNative(context)
    ? context
    : ((context as SecureContext | null)?.context as unknown);
  if (!isNative(native)) {
    throw invalidArgType('context', 'what tls.createSecureContext() gives', context);
  }
  const source = addressOf(native._external);
  if (source === 0) {
    throw new GudegError(
      'GUDEG_ERR_TLS_UNAVAILABLE',
      'this Node does not show what its TLS contexts hold; use Server of gudeg with tls, or node:https',
    );
  }
  return createContext({
    ...rules,
    source,
    isServer: true,
    identities: [],
    ca: null,
    verifiesServer: false,
    minVersion: 0,
    maxVersion: 0,
    ciphers: '',
    cipherSuites: '',
    preferServerCiphers: false,
    ticketLifetimeS: 0,
    ocspResponse: null,
    keyLogFd: -1,
  });
}
