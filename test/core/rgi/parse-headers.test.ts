import { expect } from 'chai';

import { HttpProtocolError, type HttpErrorCode } from '../../../src/core/errors.ts';
import { parseHeaders } from '../../../src/core/rgi/index.ts';
import { caught } from '../caught.ts';
import { deguCases } from '../degu-cases.ts';

/** Where we differ on purpose: repeated fields are refused always, and lengths end at 2^53-1. */
const DEVIATIONS: Readonly<Record<number, HttpErrorCode>> = {
  167: 'GUDEG_ERR_HTTP_CONTENT_LENGTH_TOO_LARGE',
  181: 'GUDEG_ERR_HTTP_DUPLICATE_FIELD',
};

describe('parseHeaders', () => {
  for (const { id, args, kw, result } of deguCases('parse_headers')) {
    const [text] = args;
    const isResponse = kw.isresponse ?? false;
    const title = JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
    const deviation = DEVIATIONS[id];
    if (deviation !== undefined) {
      it(`refuses ${title}, which Degu reads`, () => {
        expect(result).to.be.an('object');
        caught(deviation, () => parseHeaders(text, isResponse));
      });
    } else if (result !== undefined) {
      it(`reads ${title} as Degu does`, () => {
        const headers = parseHeaders(text, isResponse);
        expect(Object.entries(headers)).to.have.deep.members(Object.entries(result as object));
      });
    } else {
      it(`refuses ${title} as Degu does`, () => {
        expect(() => parseHeaders(text, isResponse)).to.throw(HttpProtocolError);
      });
    }
  }

  for (const [text, code] of [
    ['foo:bar', 'GUDEG_ERR_HTTP_BAD_FIELD_LINE'],
    ['foo: bar\r\n', 'GUDEG_ERR_HTTP_BAD_FIELD_LINE'],
    ['foo : bar', 'GUDEG_ERR_HTTP_BAD_FIELD_NAME'],
    [`${'a'.repeat(33)}: b`, 'GUDEG_ERR_HTTP_BAD_FIELD_NAME'],
    ['foo: b\0r', 'GUDEG_ERR_HTTP_BAD_FIELD_VALUE'],
    ['foo: one\r\nFOO: two', 'GUDEG_ERR_HTTP_DUPLICATE_FIELD'],
    ['content-length: 017', 'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH'],
    ['transfer-encoding: gzip', 'GUDEG_ERR_HTTP_BAD_TRANSFER_ENCODING'],
    ['range: bytes=5-', 'GUDEG_ERR_HTTP_BAD_RANGE'],
    ['content-range: bytes 3-8/*', 'GUDEG_ERR_HTTP_BAD_CONTENT_RANGE'],
    [
      'content-length: 5\r\ntransfer-encoding: chunked',
      'GUDEG_ERR_HTTP_LENGTH_AND_TRANSFER_ENCODING',
    ],
    ['range: bytes=0-0\r\ncontent-length: 5', 'GUDEG_ERR_HTTP_RANGE_WITH_BODY'],
  ] as const) {
    it(`gives ${JSON.stringify(text.slice(0, 40))} the code ${code}`, () => {
      expect(caught(code, () => parseHeaders(text)).status).to.equal(400);
    });
  }

  it('reads bytes, and no lines at all', () => {
    expect(Object.entries(parseHeaders(Buffer.from('A: b\r\nC: d')))).to.deep.equal([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(Object.entries(parseHeaders(''))).to.deep.equal([]);
  });

  it('gives an object that inherits nothing', () => {
    expect(Object.getPrototypeOf(parseHeaders('a: bc'))).to.equal(null);
  });

  it('keeps range to requests and content-range to responses', () => {
    const misplaced = 'GUDEG_ERR_HTTP_MISPLACED_RANGE';
    caught(misplaced, () => parseHeaders('range: bytes=0-1', true));
    caught(misplaced, () => parseHeaders('content-range: bytes 0-1/2'));
  });
});
