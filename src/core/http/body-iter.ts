import { GudegRangeError } from '../errors.ts';
import { asByteSink, type BodySink } from './as-byte-sink.ts';
import { type BodyItem, checkItemSource, closeItemSource, itemBytes } from './body-item.ts';
import { BodyState } from './body-state.ts';
import { checkByteOffset } from './byte-offset.ts';
import { SingleUseBody } from './single-use-body.ts';

/**
 * An outgoing body of known length whose pieces an iterable makes (Degu's `BodyIter`). Used once.
 *
 * @example
 * return [200, 'OK', {}, new api.BodyIter(['hello, ', 'world'], 12)];
 */
export class BodyIter extends SingleUseBody {
  /** False: the length is known. */
  readonly chunked = false as const;
  /** Where the pieces come from. */
  readonly source: Iterable<BodyItem> | AsyncIterable<BodyItem>;
  /** Length of all pieces together, in bytes. */
  readonly contentLength: number;

  /**
   * @param source gives Uint8Array or string (UTF-8) items; empty ones are allowed
   * @param contentLength 0..2^53-1
   * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_OUT_OF_RANGE
   */
  constructor(source: Iterable<BodyItem> | AsyncIterable<BodyItem>, contentLength: number) {
    super();
    checkItemSource(source);
    checkByteOffset('contentLength', contentLength);
    this.source = source;
    this.contentLength = contentLength;
  }

  /**
   * Writes all pieces and gives the number of bytes. A piece that exceeds contentLength is refused
   * before any of it is written. Rejects with GUDEG_ERR_BODY_STATE when called again,
   * GUDEG_ERR_BODY_LENGTH, GUDEG_ERR_BODY_SOURCE, or what the source or the sink throws.
   */
  async writeTo(sink: BodySink): Promise<number> {
    const refused = this.refusal(true);
    if (refused !== null) throw refused;
    const output = asByteSink(sink);
    this.begin();
    try {
      const { source } = this;
      let total = 0;
      if (Symbol.asyncIterator in source) {
        for await (const item of source) {
          const data = this.#accept(item, total);
          total += data.length;
          await output.write(data);
        }
      } else {
        for (const item of source) {
          const data = this.#accept(item, total);
          total += data.length;
          const written = output.write(data);
          if (written !== undefined) await written;
        }
      }
      if (total < this.contentLength) throw this.#wrongLength(total);
    } catch (error) {
      this.settle(BodyState.ERROR);
      throw error;
    }
    this.settle(BodyState.CONSUMED);
    return this.contentLength;
  }

  /** Gives the body up before it is written, and ends its source. */
  close(): void {
    if (this.state !== BodyState.READY) return;
    this.settle(BodyState.ERROR);
    closeItemSource(this.source);
  }

  #accept(item: unknown, total: number): Uint8Array {
    const data = itemBytes('BodyIter', item);
    if (total + data.length > this.contentLength) throw this.#wrongLength(total + data.length);
    return data;
  }

  #wrongLength(total: number): Error {
    const verb = total > this.contentLength ? 'exceed' : 'fall short of';
    return new GudegRangeError(
      'GUDEG_ERR_BODY_LENGTH',
      `BodyIter items ${verb} contentLength: ${total} bytes, ${this.contentLength} announced`,
    );
  }
}
