import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';

import { GudegError, invalidArgType } from '../errors.ts';
import { renderCertificateRequest, requestedKey } from './certificate-request.ts';
import { renderCertificate } from './certificate.ts';
import { keyId } from './key-id.ts';

/** Length of an RSA key in bits. */
export type RsaBits = 2048 | 3072 | 4096;

/** The files of a PKI: private keys, CA certificates, certification requests, certificates. */
export type PkiExtension = 'key' | 'ca' | 'csr' | 'cert';

/** What a certificate is to say besides whose it is. */
export interface IssueOptions {
  /** DNS names and IP addresses of a server, for clients that check them. Default none. */
  names?: readonly string[];
  /** Default five minutes ago, for clocks that differ. */
  notBefore?: Date;
  /** Default 3650 days from now. */
  notAfter?: Date;
}

/** TLS options of a server that asks clients for certificates. */
export interface ServerSslconfig {
  certFile: string;
  keyFile: string;
  caFile: string;
}

/** TLS options of a server that anybody may use. */
export interface AnonymousServerSslconfig {
  certFile: string;
  keyFile: string;
  allowUnauthenticatedClients: true;
}

/** TLS options of a client without a certificate. */
export interface AnonymousClientSslconfig {
  caFile: string;
  checkHostname: false;
}

/** TLS options of a client with a certificate. */
export interface ClientSslconfig extends AnonymousClientSslconfig {
  certFile: string;
  keyFile: string;
}

const rsaBits: readonly unknown[] = [2048, 3072, 4096] satisfies RsaBits[];
const idPattern = /^[A-Z2-7]{48}$/;
const CLOCK_SKEW_MS = 5 * 60_000;
const LIFETIME_MS = 3650 * 24 * 3600_000;

/**
 * Keys and certificates in a folder, for tests and for processes that know each other (Degu's `PKI`). What
 * the world is to trust comes from a certificate authority that keeps its keys elsewhere.
 *
 * A key is known by its id, which is also the common name of its certificates; its files are `<id>.key`,
 * `<id>.ca`, `<id>.csr` and `<id>.cert`, PEM, readable by their owner only, never written twice. All
 * calls are synchronous, and need nothing but Node.
 *
 * @example
 * const pki = new PKI('/etc/my-service/tls');
 * const clientCa = pki.createKey();
 * pki.createCa(clientCa);
 */
export class PKI {
  /** Where the files are. */
  readonly ssldir: string;

  /**
   * @param ssldir the absolute path of a folder that exists
   * @throws GUDEG_ERR_INVALID_ARG_TYPE
   */
  constructor(ssldir: string) {
    if (typeof ssldir !== 'string' || !isAbsolute(ssldir) || normalize(ssldir) !== ssldir) {
      throw invalidArgType('ssldir', 'an absolute, normalized path', ssldir);
    }
    this.ssldir = ssldir;
  }

  /** The path of one of a key's files, whether there is one or not. */
  path(id: string, extension: PkiExtension): string {
    if (typeof id !== 'string' || !idPattern.test(id)) {
      throw invalidArgType('id', 'what createKey() gave', id);
    }
    return join(this.ssldir, `${id}.${extension}`);
  }

  /**
   * Makes a private key: ECDSA on the curve P-256, which takes a millisecond, or RSA, which takes the
   * longer the more bits it has.
   * @returns its id
   * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_PKI
   */
  createKey(bits?: RsaBits): string {
    const { privateKey } = generateKey(bits);
    const id = keyId(privateKey);
    this.#write(id, 'key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    return id;
  }

  /**
   * Makes a certificate for a certificate authority, signed by itself.
   * @throws GUDEG_ERR_PKI when there is no such key, or the file is there already
   */
  createCa(id: string): void {
    const key = this.#privateKey(id);
    this.#write(id, 'ca', render(id, createPublicKey(key), id, key, { isCa: true }));
  }

  /**
   * Makes a certification request, which may be carried to where the CA is.
   * @throws GUDEG_ERR_PKI when there is no such key, or the file is there already
   */
  createCsr(id: string): void {
    this.#write(id, 'csr', renderCertificateRequest(id, this.#privateKey(id)));
  }

  /**
   * Has a CA sign what `<id>.csr` asks for.
   * @param id whose certificate it is; its key need not be here
   * @param caId the CA, whose key must be here
   * @throws GUDEG_ERR_PKI when a file is missing, broken or there already; GUDEG_ERR_INVALID_ARG_TYPE
   */
  issueCert(id: string, caId: string, options: IssueOptions = {}): void {
    const key = requestedKey(this.#read(id, 'csr'));
    if (key === null || keyId(key) !== id) {
      const path = this.path(id, 'csr');
      throw pkiError(`${path} is not the request of the key it is named after; use createCsr()`);
    }
    this.#read(caId, 'ca');
    this.#write(id, 'cert', render(id, key, caId, this.#privateKey(caId), options));
  }

  /** For a server that only serves clients with a certificate of this CA. */
  getServerSslconfig(serverId: string, clientCaId: string): ServerSslconfig {
    return { ...this.#pair(serverId), caFile: this.path(clientCaId, 'ca') };
  }

  /** For a server that serves anybody. */
  getAnonymousServerSslconfig(serverId: string): AnonymousServerSslconfig {
    return { ...this.#pair(serverId), allowUnauthenticatedClients: true };
  }

  /** For a client with a certificate, of servers with a certificate of this CA, whatever their name. */
  getClientSslconfig(serverCaId: string, clientId: string): ClientSslconfig {
    return { ...this.getAnonymousClientSslconfig(serverCaId), ...this.#pair(clientId) };
  }

  /** For a client of servers with a certificate of this CA, whatever their name. */
  getAnonymousClientSslconfig(serverCaId: string): AnonymousClientSslconfig {
    return { caFile: this.path(serverCaId, 'ca'), checkHostname: false };
  }

  #pair(id: string): { certFile: string; keyFile: string } {
    return { certFile: this.path(id, 'cert'), keyFile: this.path(id, 'key') };
  }

  #privateKey(id: string): KeyObject {
    return createPrivateKey(this.#read(id, 'key'));
  }

  #read(id: string, extension: PkiExtension): string {
    const path = this.path(id, extension);
    try {
      return readFileSync(path, 'latin1');
    } catch (cause) {
      throw pkiError(`${path} cannot be read; ${cures[extension]} makes it`, cause);
    }
  }

  #write(id: string, extension: PkiExtension, text: string): void {
    const path = this.path(id, extension);
    try {
      writeFileSync(path, text, { flag: 'wx', mode: 0o400 });
    } catch (cause) {
      const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
      const cure = isThere ? 'it is there already' : 'does the folder exist, and is it yours?';
      throw pkiError(`${path} cannot be written; ${cure}`, cause);
    }
  }
}

const cures: Readonly<Record<PkiExtension, string>> = {
  key: 'createKey()',
  ca: 'createCa()',
  csr: 'createCsr()',
  cert: 'issueCert()',
};

function generateKey(bits: RsaBits | undefined): { privateKey: KeyObject } {
  if (bits === undefined) return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (rsaBits.includes(bits)) return generateKeyPairSync('rsa', { modulusLength: bits });
  throw invalidArgType('bits', '2048, 3072 or 4096 for an RSA key, or absent for P-256', bits);
}

function render(
  id: string,
  key: KeyObject,
  caId: string,
  caKey: KeyObject,
  options: IssueOptions & { isCa?: boolean },
): string {
  const { names = [], isCa = false } = options;
  const notBefore = options.notBefore ?? new Date(Date.now() - CLOCK_SKEW_MS);
  const notAfter = options.notAfter ?? new Date(Date.now() + LIFETIME_MS);
  checkPeriod(notBefore, notAfter);
  return renderCertificate({
    subject: id,
    subjectKey: key,
    issuer: caId,
    issuerKey: caKey,
    notBefore,
    notAfter,
    isCa,
    names,
  });
}

/** Where RFC 5280's times end, and where UTCTime begins. */
const EARLIEST_YEAR = 1950;
const LATEST_YEAR = 9999;

function checkPeriod(notBefore: Date, notAfter: Date): void {
  for (const [name, moment] of Object.entries({ notBefore, notAfter })) {
    const year = moment instanceof Date ? moment.getUTCFullYear() : NaN;
    if (!(year >= EARLIEST_YEAR && year <= LATEST_YEAR)) {
      throw invalidArgType(name, `a Date in the years ${EARLIEST_YEAR}..${LATEST_YEAR}`, moment);
    }
  }
  if (notAfter <= notBefore) {
    throw invalidArgType('notAfter', `a Date after ${notBefore.toISOString()}`, notAfter);
  }
}

function pkiError(message: string, cause?: unknown): GudegError {
  return new GudegError('GUDEG_ERR_PKI', message, cause === undefined ? undefined : { cause });
}
