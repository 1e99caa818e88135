import {
  GudegError,
  GudegRangeError,
  GudegTypeError,
  describeValue,
  invalidArgType,
  outOfRange,
} from '../errors.ts';
import { asByteSink, type BodySink } from './as-byte-sink.ts';
import { asByteSource, type BodySource } from './as-byte-source.ts';
import { ByteCollector } from './byte-collector.ts';
import { BodyState } from './body-state.ts';
import { checkByteOffset } from './byte-offset.ts';
import type { ByteSource } from './byte-source.ts';
import { asBuffer, parseJson } from './body-content.ts';
import { IO_BYTES, MAX_READ_BYTES } from './limits.ts';
import { SingleUseBody } from './single-use-body.ts';

/**
 * A body whose length is known (Degu's `Body`): what a request with content-length carries, and
 * what an app may answer. It is used once. All methods report errors by rejecting:
 * GUDEG_ERR_BODY_STATE when it is used again, GUDEG_ERR_BODY_TRUNCATED when the source ends early,
 * GUDEG_ERR_BODY_SOURCE when the source breaks its contract, and whatever the source throws.
 */
export class Body extends SingleUseBody {
  /** False: the length is known. */
  readonly chunked = false as const;
  /** Where the bytes come from, as given. */
  readonly source: BodySource;
  /** Length in bytes. */
  readonly contentLength: number;
  /** What `read()` without a size, `text()` and `json()` give at most, in bytes. */
  maxReadBytes: number = MAX_READ_BYTES;
  #bytes: ByteSource;
  #remaining: number;

  /**
   * @param contentLength 0..2^53-1; more in the source is left there
   * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_OUT_OF_RANGE
   */
  constructor(source: BodySource, contentLength: number) {
    super();
    checkByteOffset('contentLength', contentLength);
    this.#bytes = asByteSource(source);
    this.source = source;
    this.contentLength = contentLength;
    this.#remaining = contentLength;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#remaining;
  }

  /**
   * Gives exactly `min(size, remaining)` bytes, or all that remain.
   *
   * With a size the body stays STARTED even at its end; the next read gives nothing and makes it
   * CONSUMED. Without one it is CONSUMED at once.
   * @param size 0..maxReadBytes
   * @throws GUDEG_ERR_BODY_TOO_LARGE (nothing is read then), GUDEG_ERR_OUT_OF_RANGE
   */
  read(size?: number): Promise<Buffer> {
    const refused = this.refusal(false) ?? this.#sizeRefusal(size);
    if (refused !== null) return Promise.reject(refused);
    const wanted = size === undefined ? this.#remaining : Math.min(size, this.#remaining);
    const isLast = size === undefined || this.#remaining === 0;
    if (wanted === 0) {
      this.#settle(isLast);
      return Promise.resolve(Buffer.alloc(0));
    }
    // The usual body is there already, in one piece: no copy, and no second promise.
    let first;
    try {
      first = this.#bytes.read(wanted);
    } catch (error) {
      return Promise.reject(this.#fail(error));
    }
    if (first instanceof Uint8Array && first.length === wanted) {
      this.#remaining -= wanted;
      this.#settle(isLast);
      return Promise.resolve(asBuffer(first));
    }
    this.begin();
    return this.#collect(first, wanted, isLast);
  }

  async #collect(
    first: Uint8Array | Promise<Uint8Array>,
    wanted: number,
    isLast: boolean,
  ): Promise<Buffer> {
    try {
      let piece = this.#check(await first, wanted, wanted);
      let missing = wanted - piece.length;
      if (missing === 0) {
        this.#settle(isLast);
        return piece;
      }
      const collector = new ByteCollector();
      collector.add(piece);
      while (missing > 0) {
        piece = this.#check(await this.#bytes.read(missing), missing, wanted);
        collector.add(piece);
        missing -= piece.length;
      }
      this.#settle(isLast);
      return collector.take();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /**
   * Reads into memory of the caller's, which may be used again and again: what large bodies cost is
   * mostly fresh memory. Fills `target`, or as much of it as remains, and gives the number of bytes; 0
   * when nothing remains, which makes the body CONSUMED. `target` must not be touched before that.
   *
   * @example
   * const piece = Buffer.allocUnsafe(1_048_576);
   * for (let count; (count = await body.readInto(piece)) > 0;) hash.update(piece.subarray(0, count));
   * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_OUT_OF_RANGE for a target without room
   */
  readInto(target: Uint8Array): Promise<number> {
    const refused = this.refusal(false) ?? targetRefusal(target);
    if (refused !== null) return Promise.reject(refused);
    const wanted = Math.min(target.length, this.#remaining);
    if (wanted === 0) {
      this.#settle(true);
      return Promise.resolve(0);
    }
    this.begin();
    return this.#fill(wanted < target.length ? target.subarray(0, wanted) : target);
  }

  async #fill(target: Uint8Array): Promise<number> {
    try {
      const wanted = target.length;
      for (let filled = 0; filled < wanted;) {
        const given = this.#readInto(target, filled);
        const count = typeof given === 'number' ? given : await given;
        if (count === 0) throw this.#truncated(wanted - filled);
        filled += count;
        this.#remaining -= count;
      }
      this.#settle(false);
      return wanted;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #readInto(target: Uint8Array, start: number): number | Promise<number> {
    const source = this.#bytes;
    if (source.readInto !== undefined) return source.readInto(target, start);
    const most = target.length - start;
    const take = (given: Uint8Array): number => {
      const piece = checkPiece(given, most);
      target.set(piece, start);
      return piece.length;
    };
    const given = source.read(most);
    return given instanceof Uint8Array ? take(given) : given.then(take);
  }

  /** The bytes of `read()` as UTF-8. */
  async text(): Promise<string> {
    return (await this.read()).toString();
  }

  /** The bytes of `read()` parsed as JSON. @throws GUDEG_ERR_BODY_JSON (status 400) */
  async json(): Promise<unknown> {
    return parseJson(await this.read());
  }

  /** Gives the whole body in pieces of at most 1 MiB, as they arrive. Needs a READY body. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    const refused = this.refusal(true);
    if (refused !== null) throw refused;
    while (this.#remaining > 0) {
      let piece: Buffer;
      this.begin();
      try {
        const most = Math.min(this.#remaining, IO_BYTES);
        piece = this.#check(await this.#bytes.read(most), most, this.#remaining);
      } catch (error) {
        throw this.#fail(error);
      }
      this.settle(BodyState.STARTED);
      yield piece;
    }
    this.#settle(true);
  }

  /** Writes the whole body in pieces of at most 1 MiB and gives the number of bytes. Needs a READY body. */
  async writeTo(sink: BodySink): Promise<number> {
    const refused = this.refusal(true);
    if (refused !== null) throw refused;
    const output = asByteSink(sink);
    this.begin();
    try {
      while (this.#remaining > 0) {
        const most = Math.min(this.#remaining, IO_BYTES);
        const given = this.#bytes.read(most);
        const piece = this.#check(
          given instanceof Uint8Array ? given : await given,
          most,
          this.#remaining,
        );
        const written = output.write(piece);
        if (written !== undefined) await written;
      }
    } catch (error) {
      throw this.#fail(error);
    }
    this.#settle(true);
    return this.contentLength;
  }

  /**
   * Hands the source over to a transfer that goes around `read`, such as sendfile, and leaves the
   * body CONSUMED: the caller moves `contentLength` bytes and closes the source. Needs a READY body.
   * @throws GUDEG_ERR_BODY_STATE
   */
  takeSource(): ByteSource {
    const refused = this.refusal(true);
    if (refused !== null) throw refused;
    this.settle(BodyState.CONSUMED);
    this.#remaining = 0;
    return this.#bytes;
  }

  /** Gives the body up and frees what its source holds; does nothing once it is CONSUMED. */
  close(): void {
    if (this.state === BodyState.CONSUMED || this.state === BodyState.ERROR) return;
    this.settle(this.#remaining === 0 ? BodyState.CONSUMED : BodyState.ERROR);
    this.#bytes.close?.();
  }

  #sizeRefusal(size: number | undefined): Error | null {
    if (size === undefined) {
      if (this.#remaining <= this.maxReadBytes) return null;
      return new GudegRangeError(
        'GUDEG_ERR_BODY_TOO_LARGE',
        `the body has ${this.#remaining} bytes, and read() gives at most ${this.maxReadBytes}; iterate it, or raise body.maxReadBytes`,
      );
    }
    if (Number.isInteger(size) && size >= 0 && size <= this.maxReadBytes) return null;
    return outOfRange('size', `an integer in 0..${this.maxReadBytes}`, size);
  }

  #check(given: unknown, most: number, wanted: number): Buffer {
    const piece = checkPiece(given, most);
    if (piece.length === 0) throw this.#truncated(wanted);
    this.#remaining -= piece.length;
    return asBuffer(piece);
  }

  #truncated(wanted: number): Error {
    return new GudegError(
      'GUDEG_ERR_BODY_TRUNCATED',
      `the body source ended after ${this.contentLength - this.#remaining} of ${this.contentLength} bytes (${wanted} wanted)`,
    );
  }

  #settle(isOver: boolean): void {
    this.settle(isOver ? BodyState.CONSUMED : BodyState.STARTED);
    if (isOver) this.#bytes.close?.();
  }

  #fail(error: unknown): Error {
    this.settle(BodyState.ERROR);
    this.#bytes.close?.();
    return error as Error;
  }
}

function targetRefusal(target: unknown): Error | null {
  if (!(target instanceof Uint8Array)) return invalidArgType('target', 'a Uint8Array', target);
  if (target.length > 0) return null;
  return outOfRange('target.length', 'at least 1', 0);
}

function checkPiece(piece: unknown, most: number): Uint8Array {
  if (!(piece instanceof Uint8Array)) {
    throw new GudegTypeError(
      'GUDEG_ERR_BODY_SOURCE',
      `read() of a body source must give a Uint8Array; got ${describeValue(piece)}`,
    );
  }
  if (piece.length > most) {
    throw new GudegError(
      'GUDEG_ERR_BODY_SOURCE',
      `a body source gave ${piece.length} bytes where at most ${most} were asked for`,
    );
  }
  return piece;
}
