import { expect } from 'chai';
import { Readable } from 'node:stream';

import { BodyIter, BodyState, type BodyItem } from '../../../src/core/http/index.ts';
import { caught, rejected } from '../caught.ts';
import { RecordingSink } from './recording-sink.ts';

/** The same items as an array, a generator, and an async generator. */
function* sourcesOf(items: BodyItem[]): Generator<Iterable<BodyItem> | AsyncIterable<BodyItem>> {
  yield items;
  yield (function* () {
    yield* items;
  })();
  yield (async function* () {
    for (const item of items) yield await Promise.resolve(item);
  })();
}

describe('BodyIter', () => {
  it('begins READY', () => {
    const source = ['hello'];
    const body = new BodyIter(source, 5);
    expect(body).to.include({ source, contentLength: 5, state: BodyState.READY, chunked: false });
  });

  it('writes the items of any iterable, bytes or text, and gives the length', async () => {
    for (const source of sourcesOf(['he', '', Buffer.from('llo'), 'grün'])) {
      for (const isSlow of [false, true]) {
        if (isSlow && !Array.isArray(source)) continue;
        const sink = new RecordingSink(isSlow);
        const body = new BodyIter(source, 10);
        expect(await body.writeTo(sink)).to.equal(10);
        expect(Buffer.concat(sink.pieces).toString()).to.equal('hellogrün');
        expect(body.state).to.equal(BodyState.CONSUMED);
      }
    }
  });

  it('refuses an item that exceeds contentLength before any of it is written', async () => {
    for (const source of sourcesOf(['hello', ' world', 'never asked for'])) {
      const sink = new RecordingSink();
      const body = new BodyIter(source, 5);
      const error = await rejected('GUDEG_ERR_BODY_LENGTH', body.writeTo(sink));
      expect(error.message).to.equal('BodyIter items exceed contentLength: 11 bytes, 5 announced');
      expect(sink.text).to.equal('hello');
      expect(body.state).to.equal(BodyState.ERROR);
    }
  });

  it('rejects when the items fall short of contentLength', async () => {
    for (const source of sourcesOf(['he'])) {
      const body = new BodyIter(source, 5);
      const error = await rejected('GUDEG_ERR_BODY_LENGTH', body.writeTo(new RecordingSink()));
      expect(error.message).to.include('fall short of contentLength: 2 bytes, 5 announced');
      expect(body.state).to.equal(BodyState.ERROR);
    }
  });

  it('writes nothing for no items and no length', async () => {
    const sink = new RecordingSink();
    expect(await new BodyIter([], 0).writeTo(sink)).to.equal(0);
    expect(sink.pieces).to.deep.equal([]);
  });

  it('is used once', async () => {
    const body = new BodyIter(['hello'], 5);
    await body.writeTo(new RecordingSink());
    const error = await rejected('GUDEG_ERR_BODY_STATE', body.writeTo(new RecordingSink()));
    expect(error.message).to.include('BodyIter is already consumed');
  });

  for (const item of [17, null, undefined, ['hello'], { length: 5 }]) {
    it(`refuses the item ${JSON.stringify(item)}`, async () => {
      const body = new BodyIter([item] as never, 5);
      await rejected('GUDEG_ERR_BODY_SOURCE', body.writeTo(new RecordingSink()));
      expect(body.state).to.equal(BodyState.ERROR);
    });
  }

  for (const source of [null, 'hello', Buffer.from('hello'), 17, {}]) {
    it(`cannot be made of ${JSON.stringify(source)}`, () => {
      caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new BodyIter(source as never, 5));
    });
  }

  it('cannot have a length that is no count of bytes', () => {
    caught('GUDEG_ERR_OUT_OF_RANGE', () => new BodyIter([], -1));
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new BodyIter([], '5' as never));
  });

  it('ends the generator when the sink fails', async () => {
    let hasEnded = false;
    const items = (function* () {
      try {
        yield 'hello';
        yield 'world';
      } finally {
        hasEnded = true;
      }
    })();
    const fault = new Error('broken pipe');
    const body = new BodyIter(items, 10);
    const broken = { write: () => Promise.reject(fault) };
    expect(await body.writeTo(broken).catch((error: unknown) => error)).to.equal(fault);
    expect(hasEnded).to.equal(true);
  });

  it('hands on what the source throws', async () => {
    const fault = new Error('no more');
    const body = new BodyIter(
      // eslint-disable-next-line require-yield
      (function* (): Generator<string> {
        throw fault;
      })(),
      5,
    );
    const error: unknown = await body.writeTo(new RecordingSink()).catch((e: unknown) => e);
    expect(error).to.equal(fault);
  });

  it('waits for a slow sink before it takes the next item', async () => {
    const order: string[] = [];
    const items = (function* () {
      for (const item of ['a', 'b']) {
        order.push(`take ${item}`);
        yield item;
      }
    })();
    await new BodyIter(items, 2).writeTo({
      async write(data: Uint8Array) {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`written ${Buffer.from(data).toString()}`);
      },
    });
    expect(order).to.deep.equal(['take a', 'written a', 'take b', 'written b']);
  });

  it('destroys a stream that it never wrote when it is given up', async () => {
    const stream = Readable.from(['hello']);
    const body = new BodyIter(stream as AsyncIterable<string>, 5);
    body.close();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(body.state).to.equal(BodyState.ERROR);
    await rejected('GUDEG_ERR_BODY_STATE', body.writeTo(new RecordingSink()));
  });
});
