import { closeSync, fstatSync, read } from 'node:fs';
import { invalidArgType, outOfRange } from '../errors.ts';
import { shield, wait } from '../hub/index.ts';
import { FileSource, type FileHandleLike } from '../http/index.ts';

/** A file that blocks while it is read: what Python calls a file-like object. */
export interface FileLike {
  /** At most `size` bytes; nothing at the end. */
  read(size: number): Uint8Array | string;
  /** Called when the response is over. */
  close?(): unknown;
}

/** A part of a file, in bytes. */
export interface FilePart {
  /** Where it begins. Default 0. */
  offset?: number | undefined;
  /** How long it is. Default: to the end of the file. */
  length?: number | undefined;
}

/** What `environ['wsgi.file_wrapper']` is. */
export type FileWrapperFunction = (
  file: number | FileHandleLike | FileLike,
  blockSize?: number,
  part?: FilePart,
) => FileWrapper;

/**
 * A file as the result of an app. One that has a descriptor is sent by the kernel (sendfile); any other
 * is read in blocks. It is closed when the response is over.
 */
export class FileWrapper {
  readonly #file: number | FileHandleLike | FileLike;
  readonly #blockSize: number;
  readonly #part: FilePart;
  #isClosed = false;

  /**
   * @param file a descriptor, a `FileHandle`, or an object with a blocking `read(size)`
   * @param blockSize bytes that are read at a time where the kernel does not send it; default 65536
   * @param part which bytes, of what has a descriptor
   * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_OUT_OF_RANGE
   */
  constructor(file: number | FileHandleLike | FileLike, blockSize = 65_536, part: FilePart = {}) {
    if (!Number.isInteger(file) && typeof (file as Partial<FileLike> | null)?.read !== 'function') {
      throw invalidArgType('file', 'a descriptor, a FileHandle or an object with read(size)', file);
    }
    if (!Number.isInteger(blockSize) || blockSize < 1) {
      throw outOfRange('blockSize', 'an integer from 1', blockSize);
    }
    this.#file = file;
    this.#blockSize = blockSize;
    this.#part = part;
  }

  /** The file as what the server sends by itself; null when the kernel can't. */
  source(): BorrowedFile | null {
    const fd = this.#descriptor();
    if (fd === null) return null;
    const stats = fstatSync(fd);
    if (!stats.isFile()) return null;
    const { offset = 0, length } = this.#part;
    return new BorrowedFile(fd, offset, length ?? Math.max(stats.size - offset, 0));
  }

  /** Its blocks. */
  *[Symbol.iterator](): Generator<Uint8Array | string, void, undefined> {
    const source = this.source();
    const fd = this.#descriptor();
    for (;;) {
      let block: Uint8Array | string;
      if (source !== null) block = wait(source.read(this.#blockSize));
      else if (fd !== null) block = wait(readNext(fd, this.#blockSize));
      else block = (this.#file as FileLike).read(this.#blockSize);
      if (block.length === 0) return;
      yield block;
    }
  }

  /** Closes the file; the second call does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const file = this.#file;
    if (typeof file === 'number') closeSync(file);
    else {
      const closing = (file as FileLike).close?.();
      if (closing instanceof Promise) shield(() => void wait(closing));
    }
  }

  #descriptor(): number | null {
    const file = this.#file;
    if (typeof file === 'number') return file;
    return 'fd' in file && typeof file.fd === 'number' ? file.fd : null;
  }
}

/** Reads where a pipe or a terminal is. */
function readNext(fd: number, size: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(size);
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, size, null, (error, bytesRead) => {
      if (error) reject(error);
      else resolve((buffer as Uint8Array).subarray(0, bytesRead));
    });
  });
}

/** A file that somebody else closes. */
export class BorrowedFile extends FileSource {
  /** Resolves when it was sent, or was given up. */
  readonly released: Promise<void>;
  #release: () => void = () => undefined;

  /** @param fd an open descriptor, which stays open */
  constructor(fd: number, offset: number, length: number) {
    super(fd, offset, length);
    this.released = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** Leaves the descriptor open. */
  override close(): void {
    this.#release();
  }
}
