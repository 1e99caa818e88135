import { expect } from 'chai';

import { makeEngine } from './engine-probe.ts';

describe('the HTTP engine, without Node', () => {
  it('passes its unit tests', function () {
    this.timeout(300_000);
    expect(makeEngine('test')).to.match(/^[1-9]\d* tests, 0 failures\n$/);
  });
});
