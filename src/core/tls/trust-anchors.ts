import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tls from 'node:tls';

import { GudegError, invalidOption } from '../errors.ts';
import { isNormalizedPath, pemBlocks, pemFile, pemValue, readTlsFile } from './pem-source.ts';
import type { Pem } from './pem-source.ts';
import { parseCertificates } from './tls-identity.ts';

/** Certificates of the CAs that a peer's certificate has to lead to. */
export interface TlsTrustOptions {
  /** Absolute path of a file with certificates in PEM. */
  caFile?: string;
  /** Absolute path of a folder; every file in it that holds certificates in PEM counts. */
  caPath?: string;
  /** The certificates themselves, in place of `caFile`. */
  ca?: Pem | readonly Pem[];
}

/**
 * Reads the CAs that the options name.
 * @returns them in PEM, one after the other; null where no option names any
 * @throws GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_TLS_FILE, GUDEG_ERR_TLS_CERTIFICATE
 */
export function loadTrustAnchors({ ca, caFile, caPath }: TlsTrustOptions): Buffer | null {
  if (ca !== undefined && caFile !== undefined) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      'tls.ca and tls.caFile are two ways to say one thing; give one of them',
    );
  }
  const given = ca === undefined ? [] : Array.isArray(ca) ? (ca as unknown[]) : [ca];
  const sources = given.map((each) => pemValue('tls.ca', each));
  if (caFile !== undefined) sources.push(pemFile('tls.caFile', caFile));
  if (caPath !== undefined) sources.push(...folder(caPath));
  if (sources.length === 0) return null;
  const certificates = sources.flatMap(parseCertificates);
  return Buffer.from(certificates.map(String).join(''));
}

function folder(path: unknown): { bytes: Buffer; origin: string }[] {
  if (!isNormalizedPath(path)) {
    throw invalidOption('tls.caPath', 'an absolute, normalized path', path);
  }
  const files = names(path).map((name) => {
    const file = join(path, name);
    return { bytes: readTlsFile('tls.caPath', file), origin: `tls.caPath '${file}'` };
  });
  const found = files.filter(({ bytes }) => pemBlocks(bytes, 'CERTIFICATE').length > 0);
  if (found.length > 0) return found;
  throw new GudegError(
    'GUDEG_ERR_TLS_CERTIFICATE',
    `the folder tls.caPath '${path}' has no file with a certificate in PEM`,
  );
}

function names(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new GudegError(
      'GUDEG_ERR_TLS_FILE',
      `the folder tls.caPath '${path}' cannot be read (${why})`,
      { cause },
    );
  }
}

let system: Buffer | null = null;

/** The CAs that Node trusts: its own list and NODE_EXTRA_CA_CERTS, or what its command line says. */
export function systemTrustAnchors(): Buffer {
  system ??= Buffer.from(systemCertificates().join('\n'));
  return system;
}

function systemCertificates(): readonly string[] {
  const { getCACertificates } = tls as {
    getCACertificates?: (type: 'default') => string[];
  };
  if (getCACertificates !== undefined) return getCACertificates('default');
  // Node 20 has no list that includes these.
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  return [...tls.rootCertificates, ...(extra === undefined ? [] : extraCertificates(extra))];
}

/** As Node does: a file that cannot be read is none. */
function extraCertificates(path: string): string[] {
  try {
    return pemBlocks(readFileSync(path), 'CERTIFICATE');
  } catch {
    return [];
  }
}
