import { X509Certificate } from 'node:crypto';
import { loadEngine, type EngineTlsInfo } from '../native/index.ts';

/** What TLS negotiated on one connection, and who the peer is; read from the engine when first asked for. */
export class TlsSession {
  /** `'TLSv1.2'` or `'TLSv1.3'`. */
  readonly protocol: string;
  /** OpenSSL's name of the cipher suite, such as `'TLS_AES_128_GCM_SHA256'`. */
  readonly cipher: string;
  /** What ALPN chose (RFC 7301); null for nothing. */
  readonly alpnProtocol: string | null;
  /** The name that the client asked for (RFC 6066 section 3); null for none. */
  readonly serverName: string | null;
  /** Whether an earlier session was resumed. */
  readonly isResumed: boolean;
  readonly #verifyResult: number;
  readonly #chain: readonly Buffer[];
  #certificates: readonly X509Certificate[] | undefined = undefined;

  /** @internal */
  constructor(info: EngineTlsInfo) {
    this.protocol = info.protocol;
    this.cipher = info.cipher;
    this.alpnProtocol = info.alpn === '' ? null : info.alpn;
    this.serverName = info.serverName === '' ? null : info.serverName;
    this.isResumed = info.isResumed;
    this.#verifyResult = info.verifyResult;
    this.#chain = info.chain;
  }

  /** Whether the peer has shown a certificate that leads to a trusted CA, and that is good in all other ways. */
  get isAuthorized(): boolean {
    return this.#chain.length > 0 && this.#verifyResult === 0;
  }

  /** What is wrong with the peer's certificate, in OpenSSL's words; null where nothing is, or where there is none. */
  get authorizationError(): string | null {
    if (this.#verifyResult === 0 || this.#chain.length === 0) return null;
    return loadEngine().tlsVerifyReason(this.#verifyResult);
  }

  /** The peer's certificate; null without. */
  get peerCertificate(): X509Certificate | null {
    return this.peerCertificateChain[0] ?? null;
  }

  /** The peer's certificate and those that it sent with it; of a resumed session the certificate alone. */
  get peerCertificateChain(): readonly X509Certificate[] {
    return (this.#certificates ??= this.#chain.map((der) => new X509Certificate(der)));
  }

  /** The SHA-256 fingerprint of the peer's certificate, as `'AB:CD:…'`; null without. */
  get fingerprint(): string | null {
    return this.peerCertificate?.fingerprint256 ?? null;
  }

  /** X509_V_ERR_… of OpenSSL; 0 where nothing is wrong. @internal */
  get verifyResult(): number {
    return this.#verifyResult;
  }

  /** `TLSv1.3 TLS_AES_128_GCM_SHA256` */
  toString(): string {
    return `${this.protocol} ${this.cipher}`;
  }
}
