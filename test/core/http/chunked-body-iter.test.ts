import { expect } from 'chai';

import { BodyState, ChunkedBodyIter, type ChunkItem } from '../../../src/core/http/index.ts';
import { caught, rejected } from '../caught.ts';
import { ChunkRecordingSink, RecordingSink } from './recording-sink.ts';

/** The same chunks as an array and as an async generator. */
function* sourcesOf(items: unknown[]): Generator<Iterable<ChunkItem> | AsyncIterable<ChunkItem>> {
  yield items as ChunkItem[];
  yield (async function* () {
    for (const item of items) yield (await Promise.resolve(item)) as ChunkItem;
  })();
}

describe('ChunkedBodyIter', () => {
  it('begins READY', () => {
    const source: ChunkItem[] = [[null, '']];
    const body = new ChunkedBodyIter(source);
    expect(body).to.include({ source, state: BodyState.READY, chunked: true });
  });

  it('writes chunks, bytes or text, with their extensions', async () => {
    const items = [
      [null, 'hello'],
      [['k', 'v'], Buffer.from('!')],
      [['the', 'end'], ''],
    ];
    for (const source of sourcesOf(items)) {
      const sink = new RecordingSink();
      const body = new ChunkedBodyIter(source);
      const written = await body.writeTo(sink);
      expect(sink.text).to.equal('5\r\nhello\r\n1;k=v\r\n!\r\n0;the=end\r\n\r\n');
      expect(written).to.equal(sink.text.length);
      expect(body.state).to.equal(BodyState.CONSUMED);
      await rejected('GUDEG_ERR_BODY_STATE', body.writeTo(sink));
    }
  });

  it('waits for a slow sink', async () => {
    const sink = new RecordingSink(true);
    await new ChunkedBodyIter([
      [null, 'a'],
      [null, 'b'],
      [null, ''],
    ]).writeTo(sink);
    expect(sink.text).to.equal('1\r\na\r\n1\r\nb\r\n0\r\n\r\n');
  });

  it('makes the trailers after the last chunk', async () => {
    let count = 0;
    const items = (function* (): Generator<ChunkItem> {
      count += 1;
      yield [null, 'a'];
      yield [null, ''];
      count += 1;
    })();
    const sink = new ChunkRecordingSink();
    await new ChunkedBodyIter(items, {
      trailers: () => ({ 'x-count': String(count) }),
    }).writeTo(sink);
    expect(sink.chunks.at(-1)).to.deep.equal([null, '', { 'x-count': '2' }]);
    const plain = new RecordingSink();
    await new ChunkedBodyIter([[null, '']], { trailers: { 'x-a': 'b' } }).writeTo(plain);
    expect(plain.text).to.equal('0\r\nx-a: b\r\n\r\n');
  });

  for (const [title, items, code] of [
    ['no chunk at all', [], 'GUDEG_ERR_BODY_CHUNKS'],
    ['no empty chunk at its end', [[null, 'a']], 'GUDEG_ERR_BODY_CHUNKS'],
    [
      'a chunk behind the empty one',
      [
        [null, ''],
        [null, 'a'],
      ],
      'GUDEG_ERR_BODY_CHUNKS',
    ],
    [
      'two empty chunks',
      [
        [null, ''],
        [null, ''],
      ],
      'GUDEG_ERR_BODY_CHUNKS',
    ],
    ['an item that is no pair', ['a'], 'GUDEG_ERR_BODY_SOURCE'],
    ['an item of three', [[null, 'a', 'b']], 'GUDEG_ERR_BODY_SOURCE'],
    ['data that is no data', [[null, 17]], 'GUDEG_ERR_BODY_SOURCE'],
    ['an extension that is no pair', [['k', 'a']], 'GUDEG_ERR_BAD_CHUNK_EXTENSION'],
    ['an extension of numbers', [[[1, 2], 'a']], 'GUDEG_ERR_BAD_CHUNK_EXTENSION'],
    ['an extension with a line end', [[['k', 'v\r\n'], 'a']], 'GUDEG_ERR_BAD_CHUNK_EXTENSION'],
    ['data above 16 MiB', [[null, Buffer.alloc(16_777_217)]], 'GUDEG_ERR_OUT_OF_RANGE'],
  ] as const) {
    it(`rejects ${title}, and never writes the end of the body`, async () => {
      for (const source of sourcesOf([...items])) {
        const sink = new RecordingSink();
        const body = new ChunkedBodyIter(source);
        await rejected(code, body.writeTo(sink));
        expect(sink.text).not.to.match(/(^|\n)0/);
        expect(body.state).to.equal(BodyState.ERROR);
      }
    });
  }

  it('cannot be made of what is no iterable of chunks', () => {
    for (const source of [null, 'hello', Buffer.from('hello'), {}]) {
      caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new ChunkedBodyIter(source as never));
    }
  });

  it('cannot be written once it is given up', async () => {
    const body = new ChunkedBodyIter([[null, '']]);
    body.close();
    await rejected('GUDEG_ERR_BODY_STATE', body.writeTo(new RecordingSink()));
  });
});
