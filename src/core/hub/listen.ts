import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer, type TlsOptions } from 'node:tls';
import type { AsyncOptions } from './blocking-call.ts';
import type { GreenSocket } from './green-socket.ts';
import { greenSocketOf } from './green-ssl-socket.ts';
import { LightQueue } from './light-queue.ts';
import { waitForPromise } from './promise-bridge.ts';
import { fromNetAddress, type GreenAddress, toNetOptions } from './socket-address.ts';

/** How to listen. */
export interface ListenOptions {
  /** Connections that may wait to be accepted. Default 511. */
  backlog?: number | undefined;
  /** Options of node:tls: makes it a TLS listener. */
  tls?: TlsOptions | undefined;
}

/** A listening socket. Connections that nobody has accepted yet are not read from. */
export class GreenListener {
  readonly #server: Server;
  readonly #accepted: LightQueue<Socket>;

  /** @internal */
  constructor(server: Server, accepted: LightQueue<Socket>) {
    this.#server = server;
    this.#accepted = accepted;
  }

  /** Where it listens: `[host, port]`, or a path. */
  get address(): GreenAddress {
    return fromNetAddress(this.#server.address());
  }

  /** Its descriptor, for whoever takes over; -1 where there is none. @internal */
  get fd(): number {
    return (this.#server as { _handle?: { fd?: number } | null })._handle?.fd ?? -1;
  }

  /** Whether what it accepts speaks TLS. @internal */
  get isTls(): boolean {
    return this.#server instanceof TlsServer;
  }

  /** The next connection, waiting for one; of a TLS listener a `GreenSslSocket`, its handshake done. */
  accept(): GreenSocket {
    return greenSocketOf(this.#accepted.get());
  }

  /** The promise-returning twin of `accept`. */
  async acceptAsync(options: AsyncOptions = {}): Promise<GreenSocket> {
    return greenSocketOf(await this.#accepted.getAsync(options));
  }

  /** Accepts no more: whoever waits in `accept` gets a `ShutDown`. Closing again is nothing. */
  close(): void {
    this.#server.close();
    while (this.#accepted.qsize() > 0) this.#accepted.getNowait().destroy();
    this.#accepted.shutdown();
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** How it stands now, in figures. */
  statistics(): { readonly waiting: number; readonly accepting: number } {
    return { waiting: this.#accepted.qsize(), accepting: this.#accepted.getting() };
  }
}

/** Listens at an address; port 0 is any that is free. */
export function listen(address: GreenAddress, options: ListenOptions = {}): GreenListener {
  return waitForPromise(listenAsync(address, options), 'listen()');
}

/** The promise-returning twin of `listen`. */
export function listenAsync(
  address: GreenAddress,
  options: ListenOptions = {},
): Promise<GreenListener> {
  const target = toNetOptions(address);
  const accepted = new LightQueue<Socket>();
  const { tls, backlog = 511 } = options;
  const onSocket = (socket: Socket): void => {
    // Without a listener an early reset would end the process.
    socket.on('error', () => undefined);
    accepted.put(socket);
  };
  const settings = { allowHalfOpen: true, pauseOnConnect: tls === undefined, noDelay: true };
  const server =
    tls === undefined
      ? createServer(settings, onSocket)
      : createTlsServer({ ...tls, ...settings }, onSocket);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...target, backlog }, () => {
      server.removeListener('error', reject);
      resolve(new GreenListener(server, accepted));
    });
  });
}
