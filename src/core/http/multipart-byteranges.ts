import { BodyIter } from './body-iter.ts';
import type { ByteSource } from './byte-source.ts';
import { ContentRange } from './content-range.ts';
import { IO_BYTES } from './limits.ts';
import type { Range } from './range.ts';

/** One answer to several ranges (RFC 9110 section 14.6). */
export interface MultipartByteranges {
  /** `multipart/byteranges; boundary=…` */
  readonly contentType: string;
  readonly body: BodyIter;
}

/**
 * Several parts of a representation as one body of known length.
 *
 * @param boundary a token that no part contains, such as a random one
 * @param open gives the bytes of one range; it is called when the range's turn comes, and its source closed after it
 */
export function multipartByteranges(
  ranges: readonly Range[],
  total: number,
  partType: string,
  boundary: string,
  open: (range: Range) => ByteSource,
): MultipartByteranges {
  const heads = ranges.map((range) =>
    Buffer.from(
      `\r\n--${boundary}\r\ncontent-type: ${partType}\r\ncontent-range: ${new ContentRange(range.start, range.stop, total).toString()}\r\n\r\n`,
    ),
  );
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  let contentLength = end.length;
  ranges.forEach((range, i) => {
    contentLength += (heads[i]?.length ?? 0) + range.stop - range.start;
  });
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    body: new BodyIter(parts(ranges, heads, end, open), contentLength),
  };
}

async function* parts(
  ranges: readonly Range[],
  heads: readonly Buffer[],
  end: Buffer,
  open: (range: Range) => ByteSource,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const [i, range] of ranges.entries()) {
    yield heads[i] ?? end;
    const source = open(range);
    try {
      for (let left = range.stop - range.start; left > 0;) {
        const piece = await source.read(Math.min(left, IO_BYTES));
        // The source is shorter than it was: BodyIter says so, as the length no longer adds up.
        if (piece.length === 0) return;
        left -= piece.length;
        yield piece;
      }
    } finally {
      source.close?.();
    }
  }
  yield end;
}
