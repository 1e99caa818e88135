import { expect } from 'chai';

import { ContentRange } from '../../../src/core/http/index.ts';
import {
  formatHeaders,
  formatRequest,
  formatResponse,
  writeChunk,
} from '../../../src/core/rgi/index.ts';
import { rejected } from '../caught.ts';

describe('formatHeaders', () => {
  it('gives sorted lines without a line end at the end', () => {
    expect(formatHeaders({})).to.equal('');
    expect(
      formatHeaders({
        'x-b': 5,
        'X-A': 'a',
        'content-range': new ContentRange(3, 9, 12),
        'set-cookie': ['b=2', 'a=1'],
      }),
    ).to.equal(
      [
        'X-A: a',
        'content-range: bytes 3-8/12',
        'set-cookie: a=1',
        'set-cookie: b=2',
        'x-b: 5',
      ].join('\r\n'),
    );
  });
});

describe('formatRequest and formatResponse', () => {
  it('give the head with its first line, without the empty line', () => {
    expect(formatRequest('GET', '/foo', {})).to.equal('GET /foo HTTP/1.1');
    expect(formatRequest('GET', '/foo', { b: 2, a: 1 })).to.equal(
      'GET /foo HTTP/1.1\r\na: 1\r\nb: 2',
    );
    expect(formatResponse(200, 'OK', {})).to.equal('HTTP/1.1 200 OK');
    expect(formatResponse(404, 'Not Found', { a: 1 })).to.equal('HTTP/1.1 404 Not Found\r\na: 1');
  });
});

describe('writeChunk', () => {
  const pieces: Buffer[] = [];
  const sink = { write: (data: Uint8Array) => void pieces.push(Buffer.from(data)) };

  it('writes one chunk and gives the number of bytes', async () => {
    expect(await writeChunk(sink, [null, Buffer.from('hello')])).to.equal(10);
    expect(await writeChunk(sink, [['k', 'v'], Buffer.alloc(16)])).to.equal(26);
    expect(await writeChunk(sink, [null, Buffer.alloc(0)])).to.equal(5);
    expect(Buffer.concat(pieces).toString()).to.equal(
      `5\r\nhello\r\n10;k=v\r\n${'\0'.repeat(16)}\r\n0\r\n\r\n`,
    );
  });

  it('rejects an extension that no peer would take', async () => {
    const chunk = [['k', 'v\r\n'], Buffer.from('x')] as const;
    await rejected('GUDEG_ERR_BAD_CHUNK_EXTENSION', writeChunk(sink, chunk));
  });
});
