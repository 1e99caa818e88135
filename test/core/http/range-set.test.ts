import { expect } from 'chai';
import fc from 'fast-check';

import { Range, resolveRangeSet } from '../../../src/core/http/index.ts';

/** `0-9,20-29`, `none` for no satisfiable range, `ignored` for a field of no effect. */
function resolved(field: string | Range, total: number): string {
  const ranges = resolveRangeSet(field, total);
  if (ranges === null) return 'ignored';
  if (ranges.length === 0) return 'none';
  return ranges.map(({ start, stop }) => `${start}-${stop - 1}`).join(',');
}

describe('resolveRangeSet', () => {
  for (const [field, total, expected] of [
    ['bytes=0-9', 100, '0-9'],
    ['bytes=0-', 100, '0-99'],
    ['bytes=90-200', 100, '90-99'],
    ['bytes=-5', 100, '95-99'],
    ['bytes=-500', 100, '0-99'],
    ['bytes=0-0,-1', 100, '0-0,99-99'],
    ['bytes=50-59, 0-9', 100, '50-59,0-9'],
    ['BYTES=0-9', 100, '0-9'],
    ['bytes=,0-9,,', 100, '0-9'],
    ['bytes=0-9\t,\t20-29', 100, '0-9,20-29'],
    ['bytes=0-9,200-', 100, '0-9'],
    ['bytes=0-99999999999999999999999', 100, '0-99'],
    ['bytes=0-9,5-14', 100, '0-14'],
    ['bytes=5-14,50-59,0-9', 100, '0-14,50-59'],
    ['bytes=0-9,10-19', 100, '0-9,10-19'],
    ['bytes=100-', 100, 'none'],
    ['bytes=99999999999999999999999-', 100, 'none'],
    ['bytes=-0', 100, 'none'],
    ['bytes=0-', 0, 'none'],
    ['bytes=-5', 0, 'ignored'],
    ['bytes=9-0', 100, 'ignored'],
    ['bytes=', 100, 'ignored'],
    ['bytes=-', 100, 'ignored'],
    ['bytes=a-b', 100, 'ignored'],
    ['bytes=0-9,x', 100, 'ignored'],
    ['bytes=0 -9', 100, 'ignored'],
    ['bytes=+0-9', 100, 'ignored'],
    ['bytes 0-9', 100, 'ignored'],
    ['lines=0-9', 100, 'ignored'],
    ['', 100, 'ignored'],
  ] as const) {
    it(`takes '${field}' of ${total} bytes for ${expected}`, () => {
      expect(resolved(field, total)).to.equal(expected);
    });
  }

  it('takes a Range object, clamped to the total', () => {
    expect(resolved(new Range(3, 9), 100)).to.equal('3-8');
    expect(resolved(new Range(3, 9), 5)).to.equal('3-4');
    expect(resolved(new Range(3, 9), 3)).to.equal('none');
  });

  it('ignores more than 16 ranges, and more than two that overlap', () => {
    const many = (count: number): string =>
      `bytes=${Array.from({ length: count }, (_, i) => `${i * 10}-${i * 10 + 1}`).join(',')}`;
    expect(resolved(many(16), 1000).split(',')).to.have.length(16);
    expect(resolved(many(17), 1000)).to.equal('ignored');
    expect(resolved('bytes=0-,0-,0-', 1000)).to.equal('ignored');
    expect(resolved(`bytes=0-1${','.repeat(10_000)}`, 1000)).to.equal('ignored');
  });

  it('never gives a range that is empty, outside the total, or overlaps another', () => {
    const spec = fc.oneof(
      fc.tuple(fc.nat(300), fc.nat(300)).map(([a, b]) => `${a}-${b}`),
      fc.nat(300).map((a) => `${a}-`),
      fc.nat(300).map((a) => `-${a}`),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(spec, { maxLength: 8 }), fc.nat(300), (specs, total) => {
        const ranges = resolveRangeSet(`bytes=${specs.join(',')}`, total) ?? [];
        const ordered = ranges.toSorted((a, b) => a.start - b.start);
        ordered.forEach(({ start, stop }, i) => {
          expect(start).to.be.at.least(ordered[i - 1]?.stop ?? 0);
          expect(stop).to.be.above(start).and.at.most(total);
        });
      }),
    );
  });
});
