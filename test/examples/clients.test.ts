import { expect } from 'chai';
import { readdirSync } from 'node:fs';

import { NodeProgram } from '../support/node-program.ts';

/** What each example prints. */
const PRINTED: Readonly<Record<string, string>> = {
  '10-client.js': '200 OK you said hello\n200 OK you said goodbye\n',
};

describe('the examples of clients', () => {
  const folder = new URL('../../examples/', import.meta.url);

  it('are all run here', () => {
    const names = readdirSync(folder).filter((name) => name.startsWith('1'));
    expect(names).to.deep.equal(Object.keys(PRINTED));
  });

  for (const [name, printed] of Object.entries(PRINTED)) {
    it(`${name} prints what it says`, async () => {
      const { code, stdout, stderr } = await NodeProgram.file(`examples/${name}`).end;
      expect([code, stdout, stderr]).to.deep.equal([0, printed, '']);
    });
  }
});
