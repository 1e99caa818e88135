import { close, read } from 'node:fs';
import { GudegError, invalidArgType } from '../errors.ts';
import { checkByteOffset } from './byte-offset.ts';
import type { ByteSource } from './byte-source.ts';

/** Bytes asked of the file system at a time: more only costs memory while a slow client takes its time. */
const FILE_READ_BYTES = 65_536;

/**
 * A part of a file as a byte source. The server recognises it and lets the kernel send the file
 * (sendfile); everyone else reads it at given positions, whatever the file position is.
 * It owns the descriptor: `close()` closes it.
 */
export class FileSource implements ByteSource {
  /** The open file descriptor; -1 once closed. */
  #fd: number;
  /** Position in the file of the first byte, in bytes. */
  readonly offset: number;
  /** How many bytes from there. */
  readonly length: number;
  #position: number;
  #isReading = false;
  #closeAfterRead = false;

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_OUT_OF_RANGE */
  constructor(fd: number, offset: number, length: number) {
    if (!Number.isInteger(fd) || fd < 0) throw invalidArgType('fd', 'a file descriptor', fd);
    checkByteOffset('offset', offset);
    checkByteOffset('length', length);
    this.#fd = fd;
    this.offset = offset;
    this.length = length;
    this.#position = offset;
  }

  /** The file descriptor; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  read(maxBytes: number): Promise<Uint8Array> {
    const wanted = Math.min(maxBytes, FILE_READ_BYTES, this.offset + this.length - this.#position);
    if (wanted <= 0) return Promise.resolve(new Uint8Array(0));
    if (this.#fd < 0) {
      return Promise.reject(
        new GudegError('GUDEG_ERR_BODY_STATE', 'the FileSource is closed; open the file again'),
      );
    }
    this.#isReading = true;
    return new Promise((resolve, reject) => {
      const memory = Buffer.allocUnsafeSlow(wanted);
      read(this.#fd, memory, 0, wanted, this.#position, (error, bytesRead) => {
        this.#isReading = false;
        this.#position += bytesRead;
        if (this.#closeAfterRead) this.close();
        if (error) reject(error);
        else resolve(bytesRead === wanted ? memory : memory.subarray(0, bytesRead));
      });
    });
  }

  /** Closes the descriptor, once a running read has ended; the second call does nothing. */
  close(): void {
    if (this.#isReading) {
      // Another file may get the number while the thread pool still reads from it.
      this.#closeAfterRead = true;
      return;
    }
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    // Nothing was written, so there is no error here that anybody could act on.
    close(fd, () => undefined);
  }
}
