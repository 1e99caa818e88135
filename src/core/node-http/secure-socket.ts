import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';
import { GudegError } from '../errors.ts';
import type { EngineTlsInfo } from '../native/index.ts';
import { HttpSocket } from './http-socket.ts';
import type { HttpSession } from './http-session.ts';
import { detailedCertificate, legacyCertificate } from './legacy-certificate.ts';
import { NO_CERTIFICATE, verifyCode } from './verify-codes.ts';

/** A cipher suite as `socket.getCipher()` tells it. */
export interface CipherInfo {
  /** OpenSSL's name. */
  name: string;
  /** The name of RFC 8446 and IANA. */
  standardName: string;
  /** The oldest version of TLS that has it. */
  version: string;
}

/**
 * The socket of a connection with TLS: `req.socket` has what node:tls' sockets tell. It is read from the
 * engine when somebody asks, so that nothing but what was asked for before is known of a connection
 * that is gone.
 */
export class SecureSocket extends HttpSocket {
  readonly encrypted: boolean = true;
  readonly #session: HttpSession;
  #info: EngineTlsInfo | null = null;
  #authorized: boolean | undefined = undefined;
  #authorizationError: string | null | undefined = undefined;

  constructor(session: HttpSession) {
    super(session);
    this.#session = session;
  }

  get #tls(): EngineTlsInfo | null {
    if (this.#info === null && this.#session.closeReason === null) {
      this.#info = this.#engine.tlsInfo(this.#session.slot);
    }
    return this.#info;
  }

  get #engine(): HttpSession['listener']['exchange']['engine'] {
    return this.#session.listener.exchange.engine;
  }

  /** As node:tls, which tells nothing once the connection is gone. */
  get #open(): EngineTlsInfo | null {
    return this.destroyed ? null : this.#tls;
  }

  get #asksForCertificates(): boolean {
    return (this.server as unknown as { requestCert: boolean }).requestCert;
  }

  /** Whether the client has shown a certificate that leads to one of the CAs. */
  get authorized(): boolean {
    const info = this.#tls;
    this.#authorized ??=
      this.#asksForCertificates &&
      info !== null &&
      info.chain.length > 0 &&
      info.verifyResult === 0;
    return this.#authorized;
  }

  set authorized(value: boolean) {
    this.#authorized = value;
  }

  /** Node's code of what is wrong with the client's certificate, null where nothing is, or where none was asked for. */
  get authorizationError(): string | null {
    if (this.#authorizationError !== undefined) return this.#authorizationError;
    const info = this.#tls;
    if (info === null || !this.#asksForCertificates || this.authorized) return null;
    return info.chain.length === 0 ? NO_CERTIFICATE : verifyCode(info.verifyResult);
  }

  set authorizationError(value: string | null) {
    this.#authorizationError = value;
  }

  /** What ALPN chose; false for nothing. */
  get alpnProtocol(): string | false {
    return nameOf(this.#tls?.alpn);
  }

  /** The name that the client asked for; false for none. */
  get servername(): string | false {
    return nameOf(this.#tls?.serverName);
  }

  getProtocol(): string | null {
    return this.#open?.protocol ?? null;
  }

  getCipher(): CipherInfo | null {
    const info = this.#open;
    if (info === null) return null;
    const { cipher: name, standardCipher: standardName, cipherVersion: version } = info;
    return { name, standardName, version };
  }

  isSessionReused(): boolean | null {
    return this.#open?.isResumed ?? null;
  }

  /** Tells something only to clients. */
  getEphemeralKeyInfo(): null {
    return null;
  }

  /** Servers have none. */
  getTLSTicket(): undefined {
    return undefined;
  }

  /** Empty without a certificate; null when the connection is gone. */
  getPeerCertificate(detailed: true): DetailedPeerCertificate | null;
  getPeerCertificate(detailed?: false): PeerCertificate | null;
  getPeerCertificate(detailed?: boolean): PeerCertificate | DetailedPeerCertificate | null;
  getPeerCertificate(detailed = false): PeerCertificate | null {
    const info = this.#open;
    if (info === null) return null;
    const [own, ...sent] = info.chain.map((der) => new X509Certificate(der));
    if (own === undefined) return {} as PeerCertificate;
    if (!detailed) return legacyCertificate(own);
    return detailedCertificate(own, sent, ({ raw }) => {
      const issuer = this.#engine.tlsIssuerOf(this.#session.slot, raw);
      return issuer === null ? null : new X509Certificate(issuer);
    });
  }

  getPeerX509Certificate(): X509Certificate | undefined {
    const der = this.#open?.chain[0];
    return der === undefined ? undefined : new X509Certificate(der);
  }

  /** The certificate that the client was shown; empty without one. */
  getCertificate(): PeerCertificate | Record<string, never> | null {
    if (this.#open === null) return null;
    const own = this.getX509Certificate();
    return own === undefined ? {} : legacyCertificate(own);
  }

  getX509Certificate(): X509Certificate | undefined {
    if (this.#open === null) return undefined;
    const der = this.#engine.tlsOwnCertificate(this.#session.slot);
    return der === null ? undefined : new X509Certificate(der);
  }

  getFinished(): Buffer | null | undefined {
    return this.#finished(false);
  }

  getPeerFinished(): Buffer | null | undefined {
    return this.#finished(true);
  }

  #finished(ofPeer: boolean): Buffer | null | undefined {
    if (this.#open === null) return null;
    return this.#engine.tlsFinished(this.#session.slot, ofPeer) ?? undefined;
  }

  /**
   * Keys that both ends derive from the session (RFC 5705).
   * @throws GUDEG_ERR_CONNECTION_CLOSED
   */
  exportKeyingMaterial(length: number, label: string, context?: Uint8Array): Buffer {
    const keys = Buffer.alloc(length);
    const { slot } = this.#session;
    if (this.#open !== null && this.#engine.exportTlsKeys(slot, keys, label, context ?? null)) {
      return keys;
    }
    throw new GudegError(
      'GUDEG_ERR_CONNECTION_CLOSED',
      'exportKeyingMaterial() was called on a connection that is closed; call it earlier',
    );
  }

  /** It is refused on every connection. */
  disableRenegotiation(): void {
    // Nothing to switch off.
  }

  /** Refused, by `false` and an error: a session that is open is not negotiated again. */
  renegotiate(_options: object, callback?: (error: Error | null) => void): boolean {
    const error = new GudegError(
      'GUDEG_ERR_TLS_RENEGOTIATION',
      'renegotiate() is refused on the engine; ask for everything in the first handshake',
    );
    if (callback !== undefined) process.nextTick(callback, error);
    return false;
  }

  /** The size of records is the engine's: not set. */
  setMaxSendFragment(_size: number): boolean {
    return false;
  }
}

/** Node has false where there is nothing. */
function nameOf(name: string | undefined): string | false {
  return name === undefined || name === '' ? false : name;
}
