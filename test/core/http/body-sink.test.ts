import { expect } from 'chai';
import { Writable } from 'node:stream';

import { Body, BodyIter, ChunkedBodyIter } from '../../../src/core/http/index.ts';
import { rejected } from '../caught.ts';

/** A stream that takes one write after the other, each in its own turn of the loop. */
function slowStream(): { stream: Writable; pieces: string[]; mostBuffered: () => number } {
  const pieces: string[] = [];
  let mostBuffered = 0;
  const stream = new Writable({
    highWaterMark: 4,
    write(chunk: Buffer, _encoding, callback) {
      mostBuffered = Math.max(mostBuffered, stream.writableLength);
      pieces.push(chunk.toString());
      setImmediate(callback);
    },
  });
  return { stream, pieces, mostBuffered: () => mostBuffered };
}

describe('a body that is written to a stream', () => {
  it('keeps to the pace of the stream, and leaves it open', async () => {
    const { stream, pieces, mostBuffered } = slowStream();
    await new BodyIter(['abcd', 'efgh', 'ij'], 10).writeTo(stream);
    expect(pieces.join('')).to.equal('abcdefghij');
    expect(mostBuffered()).to.be.at.most(6);
    expect(stream.writableEnded).to.equal(false);
    expect(stream.listenerCount('drain') + stream.listenerCount('close')).to.equal(0);
  });

  it('is coded when it is chunked', async () => {
    const { stream, pieces } = slowStream();
    await new ChunkedBodyIter([
      [null, 'a'],
      [null, ''],
    ]).writeTo(stream);
    await new Promise((resolve) => stream.end(resolve));
    expect(pieces.join('')).to.equal('1\r\na\r\n0\r\n\r\n');
  });

  it('rejects when the stream is closed, before or while it waits', async () => {
    const closed = slowStream().stream.destroy();
    await rejected('GUDEG_ERR_BODY_SINK', new Body(Buffer.from('hello'), 5).writeTo(closed));
    const stuck = new Writable({ highWaterMark: 1, write: () => undefined });
    const writing = new Body(Buffer.from('hello'), 5).writeTo(stuck);
    stuck.destroy();
    await rejected('GUDEG_ERR_BODY_SINK', writing);
  });

  it('rejects with what the stream fails with', async () => {
    const fault = new Error('disk full');
    const failing = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, callback) => setImmediate(callback, fault),
    });
    const body = new Body(Buffer.from('hello'), 5);
    expect(await body.writeTo(failing).catch((error: unknown) => error)).to.equal(fault);
  });
});
