import { expect } from 'chai';
import { readFileSync } from 'node:fs';

import { HttpProtocolError } from '../../../src/core/errors.ts';
import { ContentRange, Range } from '../../../src/core/http/index.ts';
import { parseHeaders } from '../../../src/core/rgi/index.ts';
import { caught } from '../caught.ts';

/** What Degu 0.17 said to these field lines: its result, or the fault it found. */
interface Case {
  id: number;
  text: string;
  isResponse: boolean;
  result?: Record<string, unknown>;
  error?: string;
}

const cases = JSON.parse(
  readFileSync(new URL('parse-headers.cases.json', import.meta.url), 'utf8'),
) as Case[];

/** Where we differ on purpose: repeated fields are refused always, and lengths end at 2^53-1. */
const DEVIATIONS: Readonly<Record<number, string>> = {
  167: 'GUDEG_ERR_HTTP_CONTENT_LENGTH_TOO_LARGE',
  181: 'GUDEG_ERR_HTTP_DUPLICATE_FIELD',
};

/** Our code for each fault, by the words of Degu. */
const CODES: readonly [RegExp, string][] = [
  [/bad header line|header line too short/, 'GUDEG_ERR_HTTP_BAD_FIELD_LINE'],
  [/header name/, 'GUDEG_ERR_HTTP_BAD_FIELD_NAME'],
  [/header value/, 'GUDEG_ERR_HTTP_BAD_FIELD_VALUE'],
  [/duplicate header/, 'GUDEG_ERR_HTTP_DUPLICATE_FIELD'],
  [/cannot have both/, 'GUDEG_ERR_HTTP_LENGTH_AND_TRANSFER_ENCODING'],
  [/cannot include range/, 'GUDEG_ERR_HTTP_RANGE_WITH_BODY'],
  [/content-length/, 'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH'],
  [/transfer-encoding/, 'GUDEG_ERR_HTTP_BAD_TRANSFER_ENCODING'],
  [/content-range/, 'GUDEG_ERR_HTTP_BAD_CONTENT_RANGE'],
  [/range/, 'GUDEG_ERR_HTTP_BAD_RANGE'],
];

function revive(value: unknown): unknown {
  const tagged = value as { $range?: [number, number]; $contentRange?: [number, number, number] };
  if (tagged.$range !== undefined) return new Range(...tagged.$range);
  if (tagged.$contentRange !== undefined) return new ContentRange(...tagged.$contentRange);
  return value;
}

describe('parseHeaders', () => {
  for (const { id, text, isResponse, result, error = '' } of cases) {
    const title = JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
    const code = DEVIATIONS[id] ?? CODES.find(([words]) => words.test(error))?.[1];
    if (result !== undefined && DEVIATIONS[id] === undefined) {
      it(`reads ${title} as Degu does`, () => {
        const headers = parseHeaders(text, isResponse);
        const expected = Object.entries(result).map(([name, value]) => [name, revive(value)]);
        expect(Object.entries(headers)).to.have.deep.members(expected);
      });
    } else {
      it(`refuses ${title} with ${code}`, () => {
        const fault = caught(code as never, () => parseHeaders(text, isResponse));
        expect(fault).to.be.instanceOf(HttpProtocolError);
      });
    }
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
