import { closeSync, readSync, realpathSync, statSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { GudegError, GudegTypeError, describeValue, invalidArgType } from '../errors.ts';
import {
  Body,
  ContentRange,
  FileSource,
  acceptedCodings,
  evaluatePreconditions,
  formatHttpDate,
  multipartByteranges,
  rangeApplies,
  reasonPhrase,
  resolveRangeSet,
  type Range,
} from '../http/index.ts';
import type { Response, ResponseBody, ResponseHeaders } from './app.ts';
import { CallableApp } from './callable-app.ts';
import { contentTypeOf } from './content-types.ts';
import { decodeFilePath } from './file-path.ts';
import { openInside, type OpenedFile } from './open-inside.ts';
import type { Request } from './request.ts';

/** Options of `FilesApp`. */
export interface FilesAppOptions {
  /** File that a directory is served as; null for none. Default `'index.html'`. */
  index?: string | null;
  /** Value of `cache-control`; null for none. Default null. */
  cacheControl?: string | null;
  /** Serve `name.br` and `name.gz` in place of `name` to clients that accept them. Default false. */
  precompressed?: boolean;
  /** Serve files whose name, or a directory on the way, begins with a dot. Default false. */
  dotfiles?: boolean;
  /** Follow symbolic links that lead out of the directory. Default false. */
  escapingSymlinks?: boolean;
  /** Media types by extension without the dot, before the built-in ones. Default none. */
  contentTypes?: Readonly<Record<string, string>>;
}

const DEFAULTS: Required<FilesAppOptions> = {
  index: 'index.html',
  cacheControl: null,
  precompressed: false,
  dotfiles: false,
  escapingSymlinks: false,
  contentTypes: {},
};

/** Up to here a file is read at once; above it streams, which the server leaves to the kernel. */
const SMALL_FILE_BYTES = 65_536;

/** Codings that `precompressed` looks for, in the order of preference, with their file extension. */
const CODING_EXTENSIONS: Readonly<Record<string, string>> = { br: '.br', gzip: '.gz' };

/**
 * An app that serves the files below a directory, to GET and HEAD: with content types, entity tags,
 * conditional requests (RFC 9110 section 13) and ranges (section 14). No path, escape or symbolic
 * link leads out of the directory.
 *
 * It opens and looks at files synchronously, which costs microseconds on a local disk and much less
 * than a thread's hand-over would; a network file system is better served by another process.
 *
 * @example
 * export default new FilesApp('public', { cacheControl: 'max-age=3600' });
 */
export class FilesApp extends CallableApp {
  #root: string;
  #options: Required<FilesAppOptions>;

  /**
   * @param directory must exist; relative to the working directory
   * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_INVALID_ARG_VALUE, GUDEG_ERR_INVALID_OPTION
   */
  constructor(directory: string, options: FilesAppOptions = {}) {
    super((_session, request) => this.#answer(request));
    this.#root = realDirectory(directory);
    this.#options = readOptions(options);
  }

  #answer(request: Request): Response {
    const { method, path } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return plainAnswer(405, method, { allow: 'GET, HEAD' });
    }
    const isBelow = path.at(-1) === '';
    const isDirectory = isBelow || path.length === 0;
    if (path.length === 0 && request.mount.length > 0) return redirectToDirectory(request);
    const names = decodeFilePath(isBelow ? path.slice(0, -1) : path, this.#options.dotfiles);
    if (typeof names === 'number') return plainAnswer(names, method);
    if (isDirectory) {
      if (this.#options.index === null) return plainAnswer(404, method);
      names.push(this.#options.index);
    }
    const opened = this.#open(names);
    if (typeof opened === 'number') return plainAnswer(opened, method);
    if (opened.stats.isDirectory()) {
      closeSync(opened.fd);
      return isDirectory ? plainAnswer(404, method) : redirectToDirectory(request);
    }
    return this.#serve(request, names, opened);
  }

  #open(names: readonly string[]): OpenedFile | 403 | 404 {
    return openInside(this.#root, names, {
      allowsDotfiles: this.#options.dotfiles,
      allowsEscape: this.#options.escapingSymlinks,
    });
  }

  #serve(request: Request, names: readonly string[], plain: OpenedFile): Response {
    const { cacheControl, contentTypes, precompressed } = this.#options;
    const headers: ResponseHeaders = {
      'content-type': contentTypeOf(names.at(-1) ?? '', contentTypes),
    };
    let served = names;
    let opened = plain;
    if (precompressed) {
      headers['vary'] = 'accept-encoding';
      const encoded = this.#openEncoded(request.headers['accept-encoding'], names);
      if (encoded !== null) {
        closeSync(plain.fd);
        headers['content-encoding'] = encoded.coding;
        served = encoded.names;
        opened = encoded.opened;
      }
    }
    if (cacheControl !== null) headers['cache-control'] = cacheControl;
    try {
      return this.#conditionalAnswer(request, served, opened, headers);
    } catch (error) {
      closeSync(opened.fd);
      throw error;
    }
  }

  #openEncoded(
    acceptEncoding: unknown,
    names: readonly string[],
  ): { coding: string; names: string[]; opened: OpenedFile } | null {
    for (const coding of acceptedCodings(acceptEncoding, Object.keys(CODING_EXTENSIONS))) {
      const fileName = `${names.at(-1) ?? ''}${CODING_EXTENSIONS[coding] ?? ''}`;
      const encodedNames = [...names.slice(0, -1), fileName];
      const opened = this.#open(encodedNames);
      if (typeof opened === 'number') continue;
      if (opened.stats.isFile()) return { coding, names: encodedNames, opened };
      closeSync(opened.fd);
    }
    return null;
  }

  /** Uses up the open file, unless it throws. */
  #conditionalAnswer(
    request: Request,
    names: readonly string[],
    { fd, stats }: OpenedFile,
    headers: ResponseHeaders,
  ): Response {
    const etag = `"${stats.size.toString(36)}-${Math.round(stats.mtimeMs * 1000).toString(36)}"`;
    const current = { etag, lastModifiedMs: stats.mtimeMs };
    headers['etag'] = etag;
    headers['last-modified'] = formatHttpDate(stats.mtimeMs);
    headers['accept-ranges'] = 'bytes';
    const isHead = request.method === 'HEAD';
    const verdict = evaluatePreconditions(request.headers, current);
    if (verdict !== 200) {
      closeSync(fd);
      if (verdict === 412) return plainAnswer(412, request.method);
      const { 'content-type': _type, 'content-encoding': _coding, ...kept } = headers;
      return [304, reasonPhrase(304), kept, null];
    }
    const total = stats.size;
    if (isHead) {
      closeSync(fd);
      return [200, 'OK', { ...headers, 'content-length': total }, null];
    }
    const { range } = request.headers;
    const ranges =
      (typeof range === 'string' || typeof range === 'object') &&
      rangeApplies(request.headers, current)
        ? resolveRangeSet(range as string | Range, total)
        : null;
    if (ranges === null) return [200, 'OK', headers, fileBody(fd, 0, total)];
    const [only, second] = ranges;
    if (only === undefined) {
      closeSync(fd);
      return plainAnswer(416, request.method, { 'content-range': `bytes */${total}` });
    }
    if (second === undefined) {
      headers['content-range'] = new ContentRange(only.start, only.stop, total);
      return [206, reasonPhrase(206), headers, fileBody(fd, only.start, only.stop - only.start)];
    }
    const multipart = multipartByteranges(
      ranges,
      total,
      String(headers['content-type']),
      randomUUID(),
      (part) => this.#reopen(names, stats.mtimeMs, part),
    );
    closeSync(fd);
    return [
      206,
      reasonPhrase(206),
      { ...headers, 'content-type': multipart.contentType },
      multipart.body,
    ];
  }

  /** A part of the same file, later: an answer that nobody sends then holds no file open. */
  #reopen(names: readonly string[], mtimeMs: number, part: Range): FileSource {
    const opened = this.#open(names);
    if (typeof opened !== 'number') {
      if (opened.stats.mtimeMs === mtimeMs) {
        return new FileSource(opened.fd, part.start, part.stop - part.start);
      }
      closeSync(opened.fd);
    }
    throw new GudegError(
      'GUDEG_ERR_BODY_SOURCE',
      `the file ${names.join('/')} changed while its ranges were sent; the client asks again`,
    );
  }
}

/** A part of an open file as a body; the file is closed now, or with the body. */
function fileBody(fd: number, start: number, length: number): ResponseBody {
  if (length > SMALL_FILE_BYTES) return new Body(new FileSource(fd, start, length), length);
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, start + filled);
    if (count === 0) {
      throw new GudegError(
        'GUDEG_ERR_BODY_TRUNCATED',
        `a file became shorter while it was read: ${filled} of ${length} bytes; the client asks again`,
      );
    }
    filled += count;
  }
  closeSync(fd);
  return bytes;
}

/** An answer that says its status in words. */
function plainAnswer(status: number, method: string, headers: ResponseHeaders = {}): Response {
  const reason = reasonPhrase(status);
  if (method === 'HEAD') return [status, reason, headers, null];
  const withType = { 'content-type': 'text/plain; charset=utf-8', ...headers };
  return [status, reason, withType, `${status} ${reason}\n`];
}

/** Relative links in an index page need the slash at the end. */
function redirectToDirectory(request: Request): Response {
  const query = request.query === null ? '' : `?${request.query}`;
  const location = `/${[...request.mount, ...request.path].join('/')}/${query}`;
  // Two slashes in front would name another host.
  if (location.startsWith('//')) return plainAnswer(404, request.method);
  const headers: ResponseHeaders = { location };
  if (request.method === 'HEAD') headers['content-length'] = 0;
  return [301, reasonPhrase(301), headers, null];
}

function realDirectory(directory: unknown): string {
  if (typeof directory !== 'string') throw invalidArgType('directory', 'a path', directory);
  try {
    const root = realpathSync(directory);
    if (statSync(root).isDirectory()) return root;
  } catch (cause) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_ARG_VALUE',
      `directory must be a directory that exists; got ${describeValue(directory)}`,
      { cause },
    );
  }
  throw new GudegError(
    'GUDEG_ERR_INVALID_ARG_VALUE',
    `directory must be a directory; ${describeValue(directory)} is none`,
  );
}

function readOptions(options: FilesAppOptions): Required<FilesAppOptions> {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(DEFAULTS, name)) continue;
    throw new GudegTypeError(
      'GUDEG_ERR_INVALID_OPTION',
      `FilesApp has no option ${describeValue(name)}; it has ${Object.keys(DEFAULTS).join(', ')}`,
    );
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}
