import type { EngineClientOptions } from '../native/index.ts';
import type { SocketAddress } from '../rgi/index.ts';
import { ClientTls, completeClientTls } from '../tls/index.ts';
import { completeClientOptions, type ClientOptions } from './client-options.ts';

/**
 * Checks the options for connections to an address and gives them as the engine takes them.
 * @throws as the constructor of `Client`
 */
export function engineOptions(address: SocketAddress, options: ClientOptions): EngineClientOptions {
  const { tls, ...plain } = options;
  const complete = completeClientOptions(plain);
  if (tls === undefined) return complete;
  const context = new ClientTls(completeClientTls(tls));
  const isUnix = typeof address === 'string' || address instanceof Uint8Array;
  const host = isUnix ? null : address[0].replace(/%.*$/, '');
  return { ...complete, tls: context.handle, ...context.namesFor(host) };
}
