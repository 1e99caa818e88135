import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { GudegError } from '../errors.ts';
import {
  PKI,
  type AnonymousClientSslconfig,
  type AnonymousServerSslconfig,
  type ClientSslconfig,
  type RsaBits,
  type ServerSslconfig,
} from './pki.ts';

/** Options of `TempPKI`. */
export interface TempPkiOptions {
  /** Whether there is a CA for clients, and a client with a certificate. Default true. */
  clientPki?: boolean;
  /** RSA keys of so many bits, which the profile `degu` needs. Default: ECDSA keys on the curve P-256. */
  bits?: RsaBits;
  /** What the server's certificate is for. Default `localhost`, `127.0.0.1` and `::1`. */
  names?: readonly string[];
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];

/** Folders of instances that are not closed. */
const open = new Set<string>();

function removeFolder(folder: string): void {
  open.delete(folder);
  if (open.size === 0) process.removeListener('exit', removeAll);
  rmSync(folder, { recursive: true, force: true });
}

function removeAll(): void {
  for (const folder of open) removeFolder(folder);
}

/**
 * Everything that a server, its clients and TLS between them need (Degu's `TempPKI`): a CA and a
 * certificate for the server, a CA and a certificate for a client. The files lie in a folder of their
 * own under the system's temporary one, and are gone after `close()`, at the end of `using`, or at
 * the latest when the process exits.
 *
 * @example
 * using pki = new TempPKI();
 * const server = new SSLServer(pki.serverSslconfig, ['127.0.0.1', 0], app);
 * const client = new SSLClient(pki.clientSslconfig, server.address);
 */
export class TempPKI extends PKI {
  readonly serverCaId: string;
  readonly serverId: string;
  /** Null with `clientPki: false`. */
  readonly clientCaId: string | null = null;
  /** Null with `clientPki: false`. */
  readonly clientId: string | null = null;

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE, or a system error where no folder can be made */
  constructor(options: TempPkiOptions = {}) {
    super(mkdtempSync(join(resolve(tmpdir()), 'gudeg-pki-')));
    if (open.size === 0) process.on('exit', removeAll);
    open.add(this.ssldir);
    const { clientPki = true, bits, names = LOOPBACK_NAMES } = options;
    try {
      [this.serverCaId, this.serverId] = this.#caAndCertificate(bits, names);
      if (clientPki) [this.clientCaId, this.clientId] = this.#caAndCertificate(bits, []);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** For a server that asks for certificates of the clients' CA. */
  get serverSslconfig(): ServerSslconfig {
    return this.getServerSslconfig(this.serverId, this.#ofClients(this.clientCaId));
  }

  /** For a client with a certificate; the server's name isn't checked. */
  get clientSslconfig(): ClientSslconfig {
    return this.getClientSslconfig(this.serverCaId, this.#ofClients(this.clientId));
  }

  /** For a server that serves anybody. */
  get anonymousServerSslconfig(): AnonymousServerSslconfig {
    return this.getAnonymousServerSslconfig(this.serverId);
  }

  /** For a client without a certificate; the server's name isn't checked. */
  get anonymousClientSslconfig(): AnonymousClientSslconfig {
    return this.getAnonymousClientSslconfig(this.serverCaId);
  }

  /** Removes the folder; may be called again. */
  close(): void {
    removeFolder(this.ssldir);
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #caAndCertificate(bits: RsaBits | undefined, names: readonly string[]): [string, string] {
    const caId = this.createKey(bits);
    this.createCa(caId);
    const id = this.createKey(bits);
    this.createCsr(id);
    this.issueCert(id, caId, { names });
    return [caId, id];
  }

  #ofClients(id: string | null): string {
    if (id !== null) return id;
    throw new GudegError(
      'GUDEG_ERR_PKI',
      'this TempPKI was made with clientPki: false and has no client; use the anonymous configurations',
    );
  }
}
