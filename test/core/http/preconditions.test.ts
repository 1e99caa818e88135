import { expect } from 'chai';

import {
  acceptedCodings,
  evaluatePreconditions,
  formatHttpDate,
  parseHttpDate,
  rangeApplies,
  reasonPhrase,
} from '../../../src/core/http/index.ts';

const time = Date.UTC(1994, 10, 6, 8, 49, 37);
const at = 'Sun, 06 Nov 1994 08:49:37 GMT';
const before = 'Sun, 06 Nov 1994 08:49:36 GMT';
const after = 'Sun, 06 Nov 1994 08:49:38 GMT';
/** The change was 400 ms later than any field can say. */
const current = { etag: '"abc"', lastModifiedMs: time + 400 };

describe('HTTP dates', () => {
  it('are written in the preferred form', () => {
    expect(formatHttpDate(time)).to.equal(at);
  });

  for (const text of [at, 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
    it(`are read from '${text}'`, () => {
      expect(parseHttpDate(text)).to.equal(time);
    });
  }

  for (const text of [
    '',
    '0',
    '1994-11-06',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun, 66 Nov 1994 08:49:37 GMT',
    'Sun, 06 Xyz 1994 08:49:37 GMT',
  ]) {
    it(`are not read from '${text}'`, () => {
      expect(parseHttpDate(text)).to.equal(null);
    });
  }
});

describe('evaluatePreconditions', () => {
  for (const [headers, verdict] of [
    [{}, 200],
    [{ 'if-match': '"abc"' }, 200],
    [{ 'if-match': '"x", "abc"' }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-match': 'W/"abc"' }, 412],
    [{ 'if-match': 'abc' }, 412],
    [{ 'if-unmodified-since': at }, 200],
    [{ 'if-unmodified-since': before }, 412],
    [{ 'if-unmodified-since': 'yesterday' }, 200],
    [{ 'if-match': '"abc"', 'if-unmodified-since': before }, 200],
    [{ 'if-none-match': '"abc"' }, 304],
    [{ 'if-none-match': 'W/"abc"' }, 304],
    [{ 'if-none-match': '"x","abc"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"x"' }, 200],
    [{ 'if-none-match': '"a,b"' }, 200],
    [{ 'if-modified-since': at }, 304],
    [{ 'if-modified-since': after }, 304],
    [{ 'if-modified-since': before }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-none-match': '"x"', 'if-modified-since': at }, 200],
    [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 412],
  ] as const) {
    it(`answers ${verdict} to ${JSON.stringify(headers)}`, () => {
      expect(evaluatePreconditions(headers, current)).to.equal(verdict);
    });
  }
});

describe('rangeApplies', () => {
  for (const [ifRange, applies] of [
    [undefined, true],
    ['"abc"', true],
    ['"x"', false],
    ['W/"abc"', false],
    [at, true],
    [before, false],
    [after, false],
    ['nonsense', false],
  ] as const) {
    it(`is ${applies} for if-range ${ifRange}`, () => {
      const headers = ifRange === undefined ? {} : { 'if-range': ifRange };
      expect(rangeApplies(headers, current)).to.equal(applies);
    });
  }

  it('takes no weak entity tag, even where the file has one', () => {
    const weak = { ...current, etag: 'W/"abc"' };
    expect(rangeApplies({ 'if-range': 'W/"abc"' }, weak)).to.equal(false);
  });
});

describe('acceptedCodings', () => {
  for (const [field, expected] of [
    [undefined, ''],
    ['', ''],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br gzip'],
    ['GZIP;Q=0.5, BR;q=0.2', 'gzip br'],
    ['br;q=0, gzip', 'gzip'],
    ['*', 'br gzip'],
    ['*;q=0', ''],
    ['br;q=0, *', 'gzip'],
    ['br;q=x', ''],
    ['identity', ''],
  ] as const) {
    it(`takes '${field}' for '${expected}'`, () => {
      expect(acceptedCodings(field, ['br', 'gzip']).join(' ')).to.equal(expected);
    });
  }
});

describe('reasonPhrase', () => {
  it('gives the usual phrase, and Unknown for a status without one', () => {
    expect(reasonPhrase(206)).to.equal('Partial Content');
    expect(reasonPhrase(299)).to.equal('Unknown');
  });

  it('gives those of RFC 9110 where older ones are in use', () => {
    expect(reasonPhrase(413)).to.equal('Content Too Large');
    expect(reasonPhrase(422)).to.equal('Unprocessable Content');
  });
});
