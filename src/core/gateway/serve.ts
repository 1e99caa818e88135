import { GudegError, describeValue, invalidArgType } from '../errors.ts';
import { getcurrent, GreenListener, shield, StopServe, wait } from '../hub/index.ts';
import { Server, type ListenAddress, type ServerOptions } from '../server/index.ts';
import { tlsOfSslSettings, type SslSettings } from '../tls/index.ts';
import type { GatewayApp } from './gateway-app.ts';
import { Gateway } from './gateway.ts';
import type { GatewayOptions } from './gateway-options.ts';

/** Options of `serve`: eventlet's, with its names, and gevent's for TLS. Times are in seconds. */
export interface ServeOptions extends GatewayOptions, SslSettings {
  /**
   * Whether connections take more than one request; a number is how many seconds one may be idle
   * between two. Default true: 60 seconds.
   */
  keepalive?: boolean | number | undefined;
  /** Seconds that a client may take for each step of a request or a response. Default 30; null: forever. */
  socketTimeout?: number | null | undefined;
  /** Bytes of a request line; a longer one gets 414. Default 8192. */
  urlLengthLimit?: number | undefined;
  /** Its `send` gets the `Server` once it listens: an `Event` of `gudeg/green`. */
  serverEvent?: ServerReceiver | undefined;
  /** Seconds that requests may take when serving ends; then they are killed. Default 30; null: forever. */
  stopTimeout?: number | null | undefined;
  /** Options of the `Server`, for what has no name here. */
  serverOptions?: ServerOptions | undefined;
}

/** What is told of the server, such as an `Event`. */
export interface ServerReceiver {
  /** Takes the server. */
  send(server: Server): void;
}

/** Options of `serveAsync`. */
export interface ServeAsyncOptions extends ServeOptions {
  /** Ends the serving, as a `StopServe` does. */
  signal?: AbortSignal | undefined;
}

interface Serving {
  readonly server: Server;
  readonly gateway: Gateway;
  readonly stopMs: number;
  readonly listener: GreenListener | null;
  readonly serverEvent: ServeOptions['serverEvent'];
}

/**
 * Serves a gateway app until it is told to stop, and blocks the green thread meanwhile.
 *
 * It returns after a `StopServe`, thrown by the app or into the green thread that serves, or when
 * somebody closed the server: no more connections are taken, requests that run get `stopTimeout` seconds.
 * Killed with anything else it cuts everything at once.
 *
 * @param socket where to listen, as for `Server`, or a listener of `gudeg/green`, which is taken over
 * @throws GUDEG_ERR_HUB_BLOCKING outside a green thread, GUDEG_ERR_INVALID_OPTION, what `Server.listen()` throws
 */
export function serve(
  socket: ListenAddress | GreenListener,
  app: GatewayApp,
  options: ServeOptions = {},
): void {
  if (getcurrent() === undefined) {
    throw new GudegError(
      'GUDEG_ERR_HUB_BLOCKING',
      'serve() would block the event loop; call it in a green thread (spawn, green), or use serveAsync(), which gives a promise',
    );
  }
  const serving = prepare(socket, app, options);
  let stopMs = 0;
  try {
    wait(start(serving));
    wait(ended(serving));
    ({ stopMs } = serving);
  } catch (error) {
    if (!(error instanceof StopServe)) throw error;
    ({ stopMs } = serving);
  } finally {
    shield(() => {
      wait(stop(serving, stopMs));
    });
  }
}

/**
 * The promise-returning twin of `serve`: settles when the serving has ended.
 *
 * @throws GUDEG_ERR_INVALID_OPTION; rejects with what `Server.listen()` throws
 */
export async function serveAsync(
  socket: ListenAddress | GreenListener,
  app: GatewayApp,
  options: ServeAsyncOptions = {},
): Promise<void> {
  const { signal, ...others } = options;
  signal?.throwIfAborted();
  const serving = prepare(socket, app, others);
  try {
    await start(serving);
    await Promise.race([ended(serving), aborted(signal)]);
  } finally {
    await stop(serving, serving.stopMs);
  }
}

function prepare(
  socket: ListenAddress | GreenListener,
  app: GatewayApp,
  options: ServeOptions,
): Serving {
  const {
    keepalive = true,
    socketTimeout = 30,
    urlLengthLimit = 8192,
    serverEvent,
    stopTimeout = 30,
    serverOptions = {},
    certfile,
    keyfile,
    caCerts,
    certReqs,
    tlsProfile,
    ...gatewayOptions
  } = options;
  const limits: ServerOptions = { maxStartLineBytes: urlLengthLimit };
  limits.timeoutMs = socketTimeout === null ? 0 : milliseconds('socketTimeout', socketTimeout);
  if (keepalive === false || keepalive === 0) limits.maxRequests = 1;
  else if (keepalive === true) limits.keepAliveTimeoutMs = 60_000;
  else limits.keepAliveTimeoutMs = milliseconds('keepalive', keepalive);
  const tls = tlsOfSslSettings({ certfile, keyfile, caCerts, certReqs, tlsProfile });
  if (tls !== null) limits.tls = tls;
  const listener = socket instanceof GreenListener ? socket : null;
  if (listener?.isTls) {
    throw invalidArgType(
      'socket',
      'an address, or a listener without TLS beside the options certfile and keyfile',
      socket,
    );
  }
  const gateway = new Gateway(app, { logOutput: true, ...gatewayOptions });
  return {
    server: new Server(addressOf(socket), gateway, { ...limits, ...serverOptions }),
    gateway,
    stopMs: stopTimeout === null ? Infinity : milliseconds('stopTimeout', stopTimeout),
    listener,
    serverEvent,
  };
}

/**
 * A listener lends its socket, so that connections which have come are not lost. That of a path takes
 * its file with it when it closes: there the address is listened on anew.
 */
function addressOf(socket: ListenAddress | GreenListener): ListenAddress {
  if (!(socket instanceof GreenListener)) return socket;
  const { address, fd } = socket;
  if (typeof address === 'string' || fd < 0) return address;
  return { fd, isShared: true };
}

async function start({ server, listener, serverEvent }: Serving): Promise<void> {
  if (typeof listener?.address === 'string') listener.close();
  await server.listen();
  listener?.close();
  serverEvent?.send(server);
}

/** Resolves when somebody wants the serving to end. */
function ended({ server, gateway }: Serving): Promise<unknown> {
  return new Promise((resolve) => {
    gateway.onStopServe = resolve;
    server.once('close', () => {
      resolve(undefined);
    });
  });
}

function aborted(signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', resolve, { once: true });
  });
}

/** What is left of the time for the connections is there for calls that have lost theirs. */
async function stop({ server, gateway }: Serving, stopMs: number): Promise<void> {
  const endsMs = performance.now() + stopMs;
  await server.close({ graceMs: stopMs });
  await gateway.close({ graceMs: Math.max(endsMs - performance.now(), 0) });
}

function milliseconds(name: string, seconds: number): number {
  if (typeof seconds !== 'number' || !(seconds >= 0)) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      `the option ${name} must be a number of seconds from 0; got ${describeValue(seconds)}`,
    );
  }
  return Math.round(seconds * 1000);
}
