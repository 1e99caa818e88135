import { expect } from 'chai';
import { readdirSync } from 'node:fs';

import { NodeProgram } from '../support/node-program.ts';

/** What each example prints. */
const PRINTED: Readonly<Record<string, string>> = {
  '10-client.js': '200 OK you said hello\n200 OK you said goodbye\n',
  '11-embedded-server.js':
    "200 text/plain hello, world\n200 { got: { hello: 'world' } }\n" +
    "[ 'k1', 'v1' ] hello\nnull chunk without one\n[ 'k2', 'v2' ] \n",
  '12-blocking-client.js': '200 OK /one for example\n200 OK /two for example\n',
  '13-proxy.js':
    '/ -> 200 here\n/api/users?page=2 -> 200 GET /users?page=2 over there\n' +
    '/api/users -> 502 Bad Gateway\n',
  '14-fetch.js': "200 { uri: '/items?page=1', got: { hello: 'world' } }\n",
};

describe('the examples of clients', function () {
  this.timeout(60_000);

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
