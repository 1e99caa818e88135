import { connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect, type ConnectionOptions } from 'node:tls';
import { blockUntilDone, settleWhenDone } from './abortable.ts';
import type { AsyncOptions } from './blocking-call.ts';
import type { GreenSocket } from './green-socket.ts';
import { greenSocketOf, type GreenSslSocket } from './green-ssl-socket.ts';
import { resolveHostAsync } from './host-cache.ts';
import { type GreenAddress, toNetOptions } from './socket-address.ts';

/** How to connect. */
export interface ConnectOptions {
  /** Seconds to wait at most; then a `Timeout` is thrown. */
  timeout?: number | undefined;
  /** Options of node:tls: makes it a TLS connection, to be used when the handshake is done. */
  tls?: ConnectionOptions | undefined;
  /** The local address to connect from. */
  bind?: readonly [host: string, port: number] | undefined;
}

/** How to connect with TLS. */
export interface SslConnectOptions extends ConnectOptions {
  tls: ConnectionOptions;
}

/**
 * Connects to an address. A host with several addresses is tried address by address.
 *
 * @throws the error of node:net, code `ECONNREFUSED` and its like
 */
export function connect(address: GreenAddress, options: SslConnectOptions): GreenSslSocket;
export function connect(address: GreenAddress, options?: ConnectOptions): GreenSocket;
export function connect(address: GreenAddress, options: ConnectOptions = {}): GreenSocket {
  const start = (signal: AbortSignal): Promise<Socket> => open(address, options, signal);
  return greenSocketOf(blockUntilDone('connect()', start, options.timeout));
}

/** The promise-returning twin of `connect`; `signal` ends the attempt. */
export function connectAsync(
  address: GreenAddress,
  options: SslConnectOptions & Pick<AsyncOptions, 'signal'>,
): Promise<GreenSslSocket>;
export function connectAsync(
  address: GreenAddress,
  options?: ConnectOptions & Pick<AsyncOptions, 'signal'>,
): Promise<GreenSocket>;
export async function connectAsync(
  address: GreenAddress,
  options: ConnectOptions & Pick<AsyncOptions, 'signal'> = {},
): Promise<GreenSocket> {
  const start = (signal: AbortSignal): Promise<Socket> => open(address, options, signal);
  return greenSocketOf(await settleWhenDone(start, options.timeout, options.signal));
}

async function open(
  address: GreenAddress,
  options: Pick<ConnectOptions, 'tls' | 'bind'>,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const target = toNetOptions(address);
  if ('path' in target) return openOne(target, options, signal);
  const hosts = await resolveHostAsync(target.host, { signal });
  let failure: unknown;
  for (const host of hosts) {
    try {
      return await openOne({ host, port: target.port }, options, signal, target.host);
    } catch (error) {
      if (signal?.aborted) throw error;
      failure = error;
    }
  }
  throw failure;
}

function openOne(
  target: { host: string; port: number } | { path: string },
  { tls, bind }: Pick<ConnectOptions, 'tls' | 'bind'>,
  signal: AbortSignal | undefined,
  servername?: string,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const local = bind === undefined ? {} : { localAddress: bind[0], localPort: bind[1] };
    const socket =
      tls === undefined
        ? netConnect({ ...target, ...local })
        : tlsConnect({
            ...(servername === undefined ? {} : { servername }),
            ...tls,
            ...target,
            ...local,
          });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal?.reason as Error);
    };
    const settle = (): void => {
      signal?.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
    };
    const onError = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    signal?.addEventListener('abort', onAbort);
    socket.on('error', onError);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      settle();
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
