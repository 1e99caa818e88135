import { expect } from 'chai';
import { readdirSync } from 'node:fs';

import { NodeProgram } from '../support/node-program.ts';

/** What each example prints. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  '60-tls.js': [
    'hello over TLSv1.3 from DNS:localhost',
    'client: GUDEG_ERR_TLS_HOSTNAME',
    'server: GUDEG_ERR_TLS_CERTIFICATE_REJECTED',
    'hello over TLSv1.3 from DNS:localhost, DNS:example.org',
  ],
  '61-client-certificates.js': [
    'alice: somebody new',
    'alice: alice',
    'bob: bob',
    'mallory: GUDEG_ERR_CLIENT_NO_RESPONSE',
    'server: GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE',
    'nobody: GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE',
  ],
  '62-https-express.js': [
    'https, a known client, over TLSv1.3 from DNS:localhost',
    'https, UNABLE_TO_GET_ISSUER_CERT, over TLSv1.3 from DNS:www.example.org',
    'https, a known client, over TLSv1.3 from DNS:localhost, DNS:api.localhost',
  ],
};

describe('the examples of TLS', () => {
  it('are all run here', () => {
    const names = readdirSync(new URL('../../examples/', import.meta.url));
    const own = names.filter((name) => /^6.*\.js$/.test(name));
    expect(own).to.deep.equal(Object.keys(PRINTED));
  });

  for (const [name, printed] of Object.entries(PRINTED)) {
    it(`${name} prints what it says`, async () => {
      const { code, stdout, stderr } = await NodeProgram.file(`examples/${name}`).end;
      expect([code, stdout.trimEnd().split('\n'), stderr]).to.deep.equal([0, printed, '']);
    });
  }
});
