import { readFileSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';

import { GudegError, invalidOption } from '../errors.ts';

/** PEM as text or bytes. */
export type Pem = string | Uint8Array;

/** PEM, and where it came from in words: `tls.certFile '/etc/x.pem'`. */
export interface PemSource {
  readonly bytes: Buffer;
  readonly origin: string;
}

const BEGIN = '-----BEGIN ';

/**
 * Reads the file that an option names.
 * @throws GUDEG_ERR_INVALID_OPTION unless it is an absolute, normalized path; GUDEG_ERR_TLS_FILE
 */
export function pemFile(option: string, path: unknown): PemSource {
  const expected = 'an absolute, normalized path';
  if (typeof path === 'string' && path.includes(BEGIN)) {
    // The value stays out of the message: it may be a private key.
    throw wrongKind(`${option} must be ${expected}; PEM itself goes in ${option.slice(0, -4)}`);
  }
  if (!isNormalizedPath(path)) throw invalidOption(option, expected, path);
  return { bytes: readTlsFile(option, path), origin: `${option} '${path}'` };
}

/**
 * Takes the PEM that an option holds.
 * @throws GUDEG_ERR_INVALID_OPTION, with nothing of the value in its message
 */
export function pemValue(option: string, value: unknown): PemSource {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw wrongKind(`${option} must be PEM as a string or bytes; got ${typeof value}`);
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
  if (!bytes.includes(BEGIN)) {
    throw wrongKind(`${option} must be PEM, with ${BEGIN}…; a path goes in ${option}File`);
  }
  return { bytes, origin: option };
}

/** Whether a value is a path without `.`, `..`, `//` that doesn't depend on the current directory. */
export function isNormalizedPath(value: unknown): value is string {
  return typeof value === 'string' && isAbsolute(value) && normalize(value) === value;
}

/** @throws GUDEG_ERR_TLS_FILE */
export function readTlsFile(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new GudegError(
      'GUDEG_ERR_TLS_FILE',
      `${option} '${path}' cannot be read (${why}); it must exist, and this process must be allowed to read it`,
      { cause },
    );
  }
}

/** The blocks `-----BEGIN …-----` whose label ends like that, each as text. */
export function pemBlocks(pem: Buffer, label: string): string[] {
  const block = new RegExp(`-----BEGIN ([A-Z0-9 ]*${label})-----[^]+?-----END \\1-----`, 'g');
  return [...pem.toString('latin1').matchAll(block)].map(([text]) => text);
}

function wrongKind(message: string): GudegError {
  return new GudegError('GUDEG_ERR_INVALID_OPTION', `the option ${message}`);
}
