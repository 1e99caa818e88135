import type { Socket } from 'node:net';
import type { Session, SocketAddress } from '../rgi/index.ts';

/** A connection of a host server that isn't ours, as apps see it. There is one for each socket. */
export class HostSession implements Session {
  static readonly #ofSocket = new WeakMap<Socket, HostSession>();

  /** The session of a socket, the same one each time. */
  static of(socket: Socket): HostSession {
    let session = HostSession.#ofSocket.get(socket);
    if (session === undefined) {
      session = new HostSession(socket);
      HostSession.#ofSocket.set(socket, session);
    }
    return session;
  }

  /** Node shows no credentials of a unix peer. */
  readonly credentials = null;
  /** A host counts and limits requests itself. */
  readonly maxRequests: number = Infinity;
  readonly message = null;
  readonly address: SocketAddress;
  readonly #socket: Socket;
  #store: Record<string, unknown> | null = null;
  #requests = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.address = peerAddress(socket);
  }

  /** Where its connection arrived; null on a unix socket. */
  get serverAddress(): SocketAddress | null {
    const { localAddress, localPort } = this.#socket;
    return localAddress === undefined ? null : [localAddress, localPort ?? 0];
  }

  get isConnected(): boolean {
    return !this.#socket.destroyed;
  }

  get store(): Record<string, unknown> {
    return (this.#store ??= {});
  }

  /** Those that apps answered; the host's own are not among them. */
  get requests(): number {
    return this.#requests;
  }

  /** An app has answered one more. */
  countRequest(): void {
    this.#requests += 1;
  }

  get closed(): boolean {
    return this.#socket.destroyed || this.#socket.writableEnded;
  }
}

/** Node tells neither flowinfo nor scope. What stands in for a socket in tests may have no port. */
function peerAddress({ remoteAddress, remotePort, remoteFamily }: Socket): SocketAddress {
  if (remoteAddress === undefined) return '';
  const port = remotePort ?? 0;
  return remoteFamily === 'IPv6' || remoteAddress.includes(':')
    ? [remoteAddress, port, 0, 0]
    : [remoteAddress, port];
}
