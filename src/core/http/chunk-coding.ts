import { GudegError, GudegTypeError, describeValue } from '../errors.ts';
import type { ChunkExtension } from './byte-source.ts';

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"';
/** RFC 9112 section 7.1.1, from the first key on, without the bad white space. */
const RFC_EXTENSION = new RegExp(
  `^${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)*$`,
);
/** Degu's classes: what came in through that profile can go out again. */
const DEGU_EXTENSION = /^[-0-9A-Za-z]+=[-0-9A-Za-z+.:_~"'()*,;<>[\]]+$/;
const FIELD_NAME = new RegExp(`^${TOKEN}$`);
const FIELD_VALUE = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;
/** RFC 9110 section 6.5.1: fields that steer framing, routing, authentication or content cannot come late. */
const NOT_IN_TRAILERS = new Set([
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);

/**
 * Refuses an extension that would not parse again. The key may also be a whole extension text
 * (`a=b;c="d"`), with an empty value: so the engine gives what is more than one key and value.
 * @throws GUDEG_ERR_BAD_CHUNK_EXTENSION
 */
export function checkChunkExtension(extension: ChunkExtension): void {
  const given: unknown = extension;
  if (!Array.isArray(given) || given.length !== 2 || !given.every((x) => typeof x === 'string')) {
    throw new GudegTypeError(
      'GUDEG_ERR_BAD_CHUNK_EXTENSION',
      `a chunk extension must be null or [key, value], both strings; got ${describeValue(extension)}`,
    );
  }
  const text = extensionText(extension);
  if (!RFC_EXTENSION.test(text) && !DEGU_EXTENSION.test(text)) {
    throw new GudegError(
      'GUDEG_ERR_BAD_CHUNK_EXTENSION',
      `a chunk extension must be a token and a token or quoted string; got ${describeValue(extension)}`,
    );
  }
}

/** Refuses a trailer section that a strict peer would refuse. @throws GUDEG_ERR_BAD_TRAILER */
export function checkTrailers(trailers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(trailers)) {
    if (!FIELD_NAME.test(name) || typeof value !== 'string' || !FIELD_VALUE.test(value)) {
      throw new GudegError(
        'GUDEG_ERR_BAD_TRAILER',
        `trailer fields must be a token and printable text; got ${describeValue(name)}: ${describeValue(value)}`,
      );
    }
    if (NOT_IN_TRAILERS.has(name.toLowerCase())) {
      throw new GudegError(
        'GUDEG_ERR_BAD_TRAILER',
        `${name} cannot be a trailer field; send it as a header field`,
      );
    }
  }
}

/**
 * One chunk in the chunked transfer coding: size in lower-case hex, `;key=value` if there is one,
 * data. Empty data is the last chunk: the trailers, if any, and the closing empty line follow it.
 * Everything must have been checked.
 */
export function formatChunk(
  extension: ChunkExtension | null,
  data: Uint8Array,
  trailers: Readonly<Record<string, string>> | null,
): Buffer {
  const line = chunkLine(extension, data.length);
  if (data.length === 0) return Buffer.from(`${line}${trailerLines(trailers)}\r\n`, 'latin1');
  const chunk = Buffer.allocUnsafe(line.length + data.length + 2);
  chunk.write(line, 0, 'latin1');
  chunk.set(data, line.length);
  chunk.write('\r\n', line.length + data.length, 'latin1');
  return chunk;
}

/** Length in bytes of what `formatChunk` gives. */
export function formattedChunkBytes(
  extension: ChunkExtension | null,
  dataBytes: number,
  trailers: Readonly<Record<string, string>> | null,
): number {
  const lineBytes = chunkLine(extension, dataBytes).length;
  return lineBytes + (dataBytes === 0 ? trailerLines(trailers).length : dataBytes) + 2;
}

function chunkLine(extension: ChunkExtension | null, dataBytes: number): string {
  const size = dataBytes.toString(16);
  return extension === null ? `${size}\r\n` : `${size};${extensionText(extension)}\r\n`;
}

function extensionText([key, value]: ChunkExtension): string {
  return value === '' ? key : `${key}=${value}`;
}

/** The trailer section in field lines, without the empty line that ends it. Everything must have been checked. */
export function trailerLines(trailers: Readonly<Record<string, string>> | null): string {
  if (trailers === null) return '';
  return Object.entries(trailers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
