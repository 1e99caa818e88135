import { createHash, randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { GudegError } from '../errors.ts';
import { loadEngine, type EngineTlsOptions, type TlsContextHandle } from '../native/index.ts';
import type { CompleteClientTls } from './client-tls-options.ts';
import { createContext } from './create-context.ts';
import type { CompleteTlsProtocol } from './protocol-options.ts';
import type { CompleteServerTls } from './server-tls-options.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** What a server's contexts are made of; `request`: clients' certificates are asked for, others judge them. */
export type ServerContextOptions = Omit<CompleteServerTls, 'clientAuth'> & {
  readonly clientAuth: CompleteServerTls['clientAuth'] | 'request';
};

const versions = { 'TLSv1.2': 0x0303, 'TLSv1.3': 0x0304 } as const;
const clientAuths = { none: 0, request: 1, require: 2 } as const;
const TICKET_SECRET_BYTES = 32;

/**
 * A server's certificates, trust and rules as the engine takes them. `after` is what it replaces: the
 * sessions of clients go on.
 */
export class ServerTls {
  readonly handle: TlsContextHandle;
  readonly handshakeTimeoutMs: number;
  readonly #ticketSecret: Buffer | null;

  /** @throws GUDEG_ERR_TLS_UNAVAILABLE, GUDEG_ERR_TLS_CERTIFICATE, GUDEG_ERR_TLS_FILE (keyLogFile) */
  constructor(options: ServerContextOptions, after: ServerTls | null = null) {
    this.handshakeTimeoutMs = options.handshakeTimeoutMs;
    this.#ticketSecret = options.sessionTickets
      ? (options.ticketKeys ?? after?.ticketSecret ?? randomBytes(TICKET_SECRET_BYTES))
      : null;
    const names = Object.entries(options.serverNames);
    this.handle = this.#context(options, options.identities);
    const contexts = names.map(([, identities]) => this.#context(options, identities));
    loadEngine().setTlsNames(
      this.handle,
      names.map(([name]) => name),
      contexts,
    );
  }

  /** @internal */
  get ticketSecret(): Buffer | null {
    return this.#ticketSecret;
  }

  #context(options: ServerContextOptions, identities: readonly TlsIdentity[]): TlsContextHandle {
    return createContext({
      ...protocolOptions(options),
      isServer: true,
      identities,
      ca: options.ca,
      clientAuth: clientAuths[options.clientAuth],
      verifiesServer: false,
      sessionIdContext: trustDigest(options),
      ticketSecret: this.#ticketSecret,
      ticketLifetimeS: options.ticketLifetimeS,
      ocspResponse: options.ocspResponse,
    });
  }
}

/** A client's certificates, trust and rules as the engine takes them. */
export class ClientTls {
  readonly handle: TlsContextHandle;
  readonly #options: Pick<CompleteClientTls, 'checkHostname' | 'sslHost'>;

  /** @throws GUDEG_ERR_TLS_UNAVAILABLE, GUDEG_ERR_TLS_CERTIFICATE, GUDEG_ERR_TLS_FILE (keyLogFile) */
  constructor(options: CompleteClientTls) {
    this.#options = options;
    this.handle = createContext({
      ...protocolOptions(options),
      isServer: false,
      identities: options.identities,
      ca: options.ca,
      clientAuth: 0,
      verifiesServer: true,
      sessionIdContext: Buffer.alloc(0),
      ticketSecret: null,
      ticketLifetimeS: 0,
      ocspResponse: null,
    });
  }

  /**
   * The name that a server is asked for (RFC 6066 section 3), and the name or IP address that its
   * certificate has to be for; '' for none.
   * @param host of the address; null for unix sockets
   * @throws GUDEG_ERR_INVALID_OPTION where there is no name that could be checked
   */
  namesFor(host: string | null): { serverName: string; checkedName: string } {
    const { checkHostname, sslHost } = this.#options;
    const name = (sslHost === undefined ? host : sslHost) ?? '';
    if (checkHostname && name === '') {
      throw new GudegError(
        'GUDEG_ERR_INVALID_OPTION',
        'a unix socket has no host name to check; give tls.sslHost, or tls.checkHostname: false with CAs of your own',
      );
    }
    return { serverName: isIpAddress(name) ? '' : name, checkedName: checkHostname ? name : '' };
  }
}

const isIpAddress = (name: string): boolean => /^[0-9.]+$/.test(name) || name.includes(':');

function protocolOptions(
  options: CompleteTlsProtocol,
): Pick<
  EngineTlsOptions,
  | 'minVersion'
  | 'maxVersion'
  | 'ciphers'
  | 'cipherSuites'
  | 'curves'
  | 'preferServerCiphers'
  | 'alpn'
  | 'keyLogFd'
> {
  const { ciphers, cipherSuites, curves, preferServerCiphers, alpnProtocols } = options;
  return {
    ...{ ciphers, cipherSuites, curves, preferServerCiphers },
    minVersion: versions[options.minVersion],
    maxVersion: versions[options.maxVersion],
    alpn: Buffer.concat(
      alpnProtocols.map((name) => {
        const bytes = Buffer.from(name);
        return Buffer.concat([Buffer.of(bytes.length), bytes]);
      }),
    ),
    keyLogFd: options.keyLogFile === null ? -1 : openKeyLog(options.keyLogFile),
  };
}

function openKeyLog(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (cause) {
    throw new GudegError(
      'GUDEG_ERR_TLS_FILE',
      `tls.keyLogFile '${path}' cannot be written (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
      { cause },
    );
  }
}

/** Sessions are resumed only where the same CAs were trusted in the same way. */
function trustDigest({ ca, clientAuth }: ServerContextOptions): Buffer {
  return createHash('sha256')
    .update(clientAuth)
    .update(ca ?? '')
    .digest();
}
