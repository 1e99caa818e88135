import { expect } from 'chai';
import fc from 'fast-check';

import { ByteCollector } from '../../../src/core/http/byte-collector.ts';

describe('ByteCollector', () => {
  it('gives the pieces one behind the other, whatever their sizes', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .integer({ min: 16_000, max: 70_000 })
        .map((size) => new Uint8Array(size).fill(size & 0xff)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const collector = new ByteCollector();
        for (const each of pieces) collector.add(each);
        const whole = Buffer.concat(pieces);
        expect(collector.length).to.equal(whole.length);
        expect(collector.take().equals(whole)).to.equal(true);
      }),
    );
  });

  it('keeps no object for each of a million single bytes', () => {
    const collector = new ByteCollector();
    const byte = Uint8Array.of(7);
    const before = process.memoryUsage();
    for (let i = 0; i < 1_000_000; i++) collector.add(byte);
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    expect(grown).to.be.below(40_000_000);
    expect(collector.take()).to.have.length(1_000_000);
  });
});
