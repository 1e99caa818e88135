import { expect } from 'chai';
import { once } from 'node:events';

import { TempPKI } from 'gudeg';

import { completeClientTls, completeServerTls } from '../../../src/core/tls/index.ts';

/** The warning that the process emits for what `run` does. */
async function warningOf(
  run: () => unknown,
): Promise<{ name: string; code: string; message: string }> {
  const emitted = once(process, 'warning');
  run();
  const [warning] = (await emitted) as [{ name: string; code: string; message: string }];
  return warning;
}

describe('warnings about TLS options', () => {
  let pki: TempPKI;

  before(() => {
    pki = new TempPKI({ bits: 2048 });
  });

  after(() => {
    pki.close();
  });

  /** A certificate of the server's CA with this period, and its key. */
  function pair(notBefore: Date, notAfter: Date): { certFile: string; keyFile: string } {
    const id = pki.createKey();
    pki.createCsr(id);
    pki.issueCert(id, pki.serverCaId, { notBefore, notAfter });
    return { certFile: pki.path(id, 'cert'), keyFile: pki.path(id, 'key') };
  }

  it('tell of a certificate that is expired', async () => {
    const expired = pair(new Date('2001-01-01'), new Date('2002-01-01'));
    const warning = await warningOf(() =>
      completeServerTls({ ...expired, allowUnauthenticatedClients: true }),
    );
    expect(warning.name).to.equal('GudegWarning');
    expect(warning.code).to.equal('GUDEG_WARN_TLS_CERTIFICATE');
    expect(warning.message).to.match(/expired on Jan {2}1 .* 2002 GMT; peers refuse it$/);
  });

  it('tell of a certificate that is not valid yet', async () => {
    const early = pair(new Date('2901-01-01'), new Date('2902-01-01'));
    const { caFile } = pki.clientSslconfig;
    const { message } = await warningOf(() => completeClientTls({ ...early, caFile }));
    expect(message).to.match(/is not valid before Jan {2}1 .* 2901 GMT; peers refuse it$/);
  });

  it('tell of a server in the profile degu that anybody may use', async () => {
    const { code, message } = await warningOf(() =>
      completeServerTls({ ...pki.anonymousServerSslconfig, tlsProfile: 'degu' }),
    );
    expect(code).to.equal('GUDEG_WARN_TLS_UNAUTHENTICATED');
    expect(message).to.contain('allows unauthenticated clients');
  });
});
