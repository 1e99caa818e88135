import { invalidOption } from '../errors.ts';
import { checkAddressRange } from '../http/index.ts';

/** Which versions of the PROXY protocol a server takes; `'auto'`: both. */
export type ProxyProtocol = 'off' | 'v1' | 'v2' | 'auto';

/** Options of a server whose connections come from proxies (HAProxy, nginx `stream`, load balancers). */
export interface ProxyOptions {
  /**
   * Each connection begins with a header of the PROXY protocol, and the client that it names is
   * `session.address`. A connection that begins otherwise is closed, with a `protocolError` event.
   * With `tls` it comes in clear, before the handshake. Default `'off'`.
   */
  proxyProtocol?: ProxyProtocol;
  /**
   * The proxies: addresses, networks (`10.0.0.0/8`), or `*` for everybody. Connections of others are
   * closed, because anybody could name any client; peers of a unix socket are always taken. Default
   * `['127.0.0.1', '::1']`.
   */
  proxyAllowIps?: readonly string[];
}

/** In the order of ProxyVersions of native/engine/proxy_header.h. */
const VERSIONS: readonly ProxyProtocol[] = ['off', 'v1', 'v2', 'auto'];

/** gunicorn's default too. */
export const LOOPBACK_IPS: readonly string[] = ['127.0.0.1', '::1'];

/**
 * Checks the two options and fills in their defaults.
 * @throws GUDEG_ERR_INVALID_OPTION
 */
export function completeProxyOptions(given: ProxyOptions): Required<ProxyOptions> {
  const { proxyProtocol = 'off', proxyAllowIps = LOOPBACK_IPS } = given;
  if (!VERSIONS.includes(proxyProtocol)) {
    throw invalidOption('proxyProtocol', `one of ${VERSIONS.join(', ')}`, proxyProtocol);
  }
  if (!Array.isArray(proxyAllowIps)) {
    throw invalidOption('proxyAllowIps', 'an array of addresses', proxyAllowIps);
  }
  for (const range of proxyAllowIps) checkAddressRange('proxyAllowIps', range);
  return { proxyProtocol, proxyAllowIps };
}

/** The two options as the engine takes them. */
export function engineProxyOptions({ proxyProtocol, proxyAllowIps }: Required<ProxyOptions>): {
  readonly proxyVersions: number;
  readonly proxies: readonly string[];
} {
  return { proxyVersions: VERSIONS.indexOf(proxyProtocol), proxies: proxyAllowIps };
}
