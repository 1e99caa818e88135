import type { Socket } from 'node:net';
import { TLSSocket, type DetailedPeerCertificate } from 'node:tls';
import { GreenSocket } from './green-socket.ts';

/** A green socket that speaks TLS, its handshake done, with the calls of Python's `SSLSocket`. */
export class GreenSslSocket extends GreenSocket {
  readonly #tls: TLSSocket;

  /** @param socket a connected node:tls socket that nobody else reads, its handshake done */
  constructor(socket: TLSSocket) {
    super(socket);
    this.#tls = socket;
  }

  /** The version of the protocol: `'TLSv1.3'`, `'TLSv1.2'`; null when the connection is gone. */
  version(): string | null {
    return this.#tls.getProtocol();
  }

  /** OpenSSL's name of the cipher suite, and the version it was defined for. */
  cipher(): readonly [name: string, version: string] {
    const { name, version } = this.#tls.getCipher();
    return [name, version];
  }

  /** The peer's certificate as node:tls gives it, null without; with `true` as DER. */
  getpeercert(): DetailedPeerCertificate | null;
  getpeercert(binaryForm: true): Buffer | null;
  getpeercert(binaryForm = false): DetailedPeerCertificate | Buffer | null {
    const certificate = this.#tls.getPeerCertificate(true) as Partial<DetailedPeerCertificate>;
    if (certificate.raw === undefined) return null;
    return binaryForm ? certificate.raw : (certificate as DetailedPeerCertificate);
  }

  /** What ALPN chose (RFC 7301); null for nothing. */
  selectedAlpnProtocol(): string | null {
    const { alpnProtocol } = this.#tls;
    return typeof alpnProtocol === 'string' ? alpnProtocol : null;
  }

  /** Whether an earlier session was resumed. */
  get sessionReused(): boolean {
    return this.#tls.isSessionReused();
  }
}

/** The green socket for a socket of either kind. @internal */
export function greenSocketOf(socket: Socket): GreenSocket {
  return socket instanceof TLSSocket ? new GreenSslSocket(socket) : new GreenSocket(socket);
}
