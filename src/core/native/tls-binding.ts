/** A context of TLS, as the addon knows it; it may be shared by servers and clients of its thread. */
export interface TlsContextHandle {
  readonly brand: 'TlsContext';
}

/** What `createTlsContext` takes; everything is read and checked before. */
export interface EngineTlsOptions {
  readonly isServer: boolean;
  /** PEM; several with keys of different kinds. */
  readonly identities: readonly { readonly cert: Uint8Array; readonly key: Uint8Array }[];
  /** PEM. */
  readonly ca: Uint8Array | null;
  /** Of a server: 0 clients aren't asked for a certificate, 1 they are, 2 they need one that leads to `ca`. */
  readonly clientAuth: 0 | 1 | 2;
  /** Of a client. */
  readonly verifiesServer: boolean;
  /** 0x0303: TLS 1.2; 0x0304: TLS 1.3. */
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly ciphers: string;
  readonly cipherSuites: string;
  readonly curves: string;
  /** Of contexts with a source; '' for what OpenSSL has. */
  readonly signatureAlgorithms: string;
  readonly preferServerCiphers: boolean;
  /** As on the wire: each name behind its length. */
  readonly alpn: Uint8Array;
  /** At most 32 bytes: what sessions of other servers don't have in common. */
  readonly sessionIdContext: Uint8Array;
  /** Null: no tickets. */
  readonly ticketSecret: Uint8Array | null;
  readonly ticketLifetimeS: number;
  /** DER. */
  readonly ocspResponse: Uint8Array | null;
  /** The context closes it; −1: none. */
  readonly keyLogFd: number;
  /**
   * The address of the SSL_CTX in a context of Node's, or 0. Certificates, keys, trust, versions, ciphers
   * and the lifetime of tickets are taken from it, in place of what stands above.
   */
  readonly source: number;
  /** With a source: groups for finite-field key exchange. */
  readonly hasDhGroups: boolean;
  /** Of a server: `chooseTlsContext()` is waited for where a client asks for a name. */
  readonly asksForContext: boolean;
  /** Whether `tlsKeyLog()` has something to tell. */
  readonly keepsKeyLog: boolean;
}

/** What was negotiated on a connection, and who its peer is. */
export interface EngineTlsInfo {
  readonly protocol: string;
  readonly cipher: string;
  /** Its name in the registry of IANA. */
  readonly standardCipher: string;
  /** The oldest version that has it. */
  readonly cipherVersion: string;
  /** '' for none; so is the name. */
  readonly alpn: string;
  readonly serverName: string;
  readonly isResumed: boolean;
  /** X509_V_ERR_… of OpenSSL, 0: nothing is wrong with the peer's certificate. */
  readonly verifyResult: number;
  /** DER, the peer's own certificate first. */
  readonly chain: readonly Buffer[];
}

/** Functions on TLS that the addon exports. */
export interface EngineTls {
  /** Of the OpenSSL in this Node; null where there is none that can be used. */
  readonly tlsVersion: string | null;
  /** Or what is wrong, as `area: why`. */
  createTlsContext(options: EngineTlsOptions): TlsContextHandle | string;
  /** Which contexts are for clients that ask for which names. */
  setTlsNames(
    context: TlsContextHandle,
    names: readonly string[],
    contexts: readonly TlsContextHandle[],
  ): void;
  /** OpenSSL's words for an error of its own, '' for none. */
  tlsReason(code: number): string;
  /** OpenSSL's words for what is wrong with a certificate. */
  tlsVerifyReason(verifyResult: number): string;
}

/** Functions on the TLS of one connection of a server, by its slot; nothing where that is gone. */
export interface EngineTlsConnections {
  /** Null on plain connections, and before the handshake is over. */
  tlsInfo(slot: number): EngineTlsInfo | null;
  /** The name that the client asks for, '' for none. */
  tlsServerName(slot: number): string;
  /** The handshake that waits goes on; null: with the certificates of the server. */
  chooseTlsContext(slot: number, context: TlsContextHandle | null): void;
  /** Lines in the format of NSS, each with its end. */
  tlsKeyLog(slot: number): string;
  /** DER. */
  tlsOwnCertificate(slot: number): Buffer | null;
  /** Of a certificate in DER: that of the trusted CA which issued it, or null. */
  tlsIssuerOf(slot: number, certificate: Uint8Array): Buffer | null;
  tlsFinished(slot: number, ofPeer: boolean): Buffer | null;
  /** Fills `target` (RFC 5705); false where there are no keys. */
  exportTlsKeys(
    slot: number,
    target: Uint8Array,
    label: string,
    context: Uint8Array | null,
  ): boolean;
}

/** Indices of a TLS-failed event, and of a client's closed event; native/transport/tls_failure.h. */
const FailureIndex = {
  KIND: 5,
  CODE: 6,
  VERIFY_RESULT: 7,
  ALERT_RECEIVED: 8,
  ALERT_SENT: 9,
} as const;

/** How TLS failed; native/transport/tls_failure.h says what the numbers mean. */
export interface TlsFailure {
  /** 0 nothing, 1 a fault, 2 it took too long, 3 the peer closed, 4 a system error. */
  readonly kind: number;
  /** OpenSSL's error, or an errno. */
  readonly code: number;
  readonly verifyResult: number;
  readonly alertReceived: number;
  readonly alertSent: number;
}

/** Reads what an event record says of a failure. */
export function readTlsFailure(events: Int32Array, record: number): TlsFailure {
  const at = (index: number): number => events[record + index] as number;
  return {
    kind: at(FailureIndex.KIND),
    code: at(FailureIndex.CODE),
    verifyResult: at(FailureIndex.VERIFY_RESULT),
    alertReceived: at(FailureIndex.ALERT_RECEIVED),
    alertSent: at(FailureIndex.ALERT_SENT),
  };
}
