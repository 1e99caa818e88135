import { GudegError } from '../errors.ts';
import { loadEngine, type EngineTlsOptions, type TlsContextHandle } from '../native/index.ts';

/** What only contexts have that take after one of Node's. */
type OfSource = 'source' | 'signatureAlgorithms' | 'hasDhGroups' | 'asksForContext' | 'keepsKeyLog';
type ContextOptions = Omit<EngineTlsOptions, OfSource> & Partial<EngineTlsOptions>;

const withoutSource: Pick<EngineTlsOptions, OfSource> = {
  source: 0,
  signatureAlgorithms: '',
  hasDhGroups: false,
  asksForContext: false,
  keepsKeyLog: false,
};

/**
 * A context of the engine.
 * @throws GUDEG_ERR_TLS_UNAVAILABLE, GUDEG_ERR_TLS_CERTIFICATE
 */
export function createContext(options: ContextOptions): TlsContextHandle {
  const engine = loadEngine();
  if (engine.tlsVersion === null) {
    throw new GudegError(
      'GUDEG_ERR_TLS_UNAVAILABLE',
      'this Node has no OpenSSL that can be used; run a Node that was built with OpenSSL 3',
    );
  }
  const context = engine.createTlsContext({ ...withoutSource, ...options });
  if (typeof context !== 'string') return context;
  throw new GudegError(
    'GUDEG_ERR_TLS_CERTIFICATE',
    `OpenSSL cannot use the TLS options (${context})`,
  );
}
