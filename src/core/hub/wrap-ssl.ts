import type { Socket } from 'node:net';
import {
  connect,
  createServer,
  type ConnectionOptions,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import { blockUntilDone, settleWhenDone } from './abortable.ts';
import type { AsyncOptions } from './blocking-call.ts';
import type { GreenSocket } from './green-socket.ts';
import { GreenSslSocket } from './green-ssl-socket.ts';

/** How a connection goes on with TLS as its client. */
export interface WrapSslClientOptions {
  serverSide?: false | undefined;
  /** Options of node:tls, such as `ca` and `servername`. */
  tls?: ConnectionOptions | undefined;
  /** Seconds for the handshake; then a `Timeout` is thrown. Default the socket's own; null: forever. */
  timeout?: number | null | undefined;
}

/** How a connection goes on with TLS as its server. */
export interface WrapSslServerOptions extends Pick<WrapSslClientOptions, 'timeout'> {
  serverSide: true;
  /** Options of node:tls, such as `cert` and `key`. */
  tls: TlsOptions;
}

/** How a connection goes on with TLS; `serverSide` tells which end this is. */
export type WrapSslOptions = WrapSslClientOptions | WrapSslServerOptions;

/**
 * Goes on with TLS on a connected socket, as after STARTTLS: does the handshake and gives the socket
 * to be used from now on (guv's `wrap_ssl`). The one given is detached; when the handshake fails the
 * connection is closed. The timeout of the socket holds for the new one. Servers whose connections begin with TLS have
 * `listen()` with `tls`, which makes less work of each.
 *
 * @throws the error of node:tls, such as `DEPTH_ZERO_SELF_SIGNED_CERT`, ECONNRESET where the peer ends
 *   the handshake; GUDEG_ERR_HUB_BLOCKING outside a green thread
 */
export function wrapSsl(socket: GreenSocket, options: WrapSslOptions = {}): GreenSslSocket {
  const { timeout = socket.gettimeout() } = options;
  return blockUntilDone('wrapSsl()', (signal) => handshake(socket, options, signal), timeout);
}

/** The promise-returning twin of `wrapSsl`; `signal` ends the attempt. */
export function wrapSslAsync(
  socket: GreenSocket,
  options: WrapSslOptions & Pick<AsyncOptions, 'signal'> = {},
): Promise<GreenSslSocket> {
  const { timeout = socket.gettimeout(), signal } = options;
  return settleWhenDone((ends) => handshake(socket, options, ends), timeout, signal);
}

async function handshake(
  socket: GreenSocket,
  options: WrapSslOptions,
  signal: AbortSignal,
): Promise<GreenSslSocket> {
  const timeout = socket.gettimeout();
  const plain = socket.detach();
  const wrapped = new GreenSslSocket(
    await (options.serverSide === true
      ? accept(plain, options.tls, signal)
      : initiate(plain, options.tls ?? {}, signal)),
  );
  wrapped.settimeout(timeout);
  return wrapped;
}

function initiate(
  plain: Socket,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, socket: plain });
    const settle = whenOver(plain, signal, reject);
    socket.once('error', settle);
    socket.once('secureConnect', () => {
      settle();
      // Of what comes later the green socket knows.
      socket.on('error', () => undefined).removeListener('error', settle);
      resolve(socket);
    });
  });
}

/** A server of node:tls judges clients' certificates; a bare socket of it would not. */
function accept(plain: Socket, options: TlsOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, ...options });
    const settle = whenOver(plain, signal, reject);
    server.once('tlsClientError', settle);
    server.once('secureConnection', (socket) => {
      settle();
      socket.on('error', () => undefined);
      resolve(socket);
    });
    server.emit('connection', plain);
  });
}

/**
 * Rejects when the signal or a failure comes before the end; what it returns says that it is over, with
 * an error or without.
 */
function whenOver(
  plain: Socket,
  signal: AbortSignal,
  reject: (error: Error) => void,
): (error?: Error) => void {
  const fail = (error: Error): void => {
    plain.destroy();
    reject(error);
  };
  const onAbort = (): void => {
    fail(signal.reason as Error);
  };
  const onClose = (): void => {
    fail(Object.assign(new Error('the peer closed during the handshake'), { code: 'ECONNRESET' }));
  };
  const settle = (error?: Error): void => {
    signal.removeEventListener('abort', onAbort);
    plain.removeListener('close', onClose);
    if (error !== undefined) fail(error);
  };
  signal.addEventListener('abort', onAbort);
  plain.once('close', onClose);
  return settle;
}
