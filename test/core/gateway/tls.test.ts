import { expect } from 'chai';
import { Client, TempPKI, type ClientOptions } from 'gudeg';

import { GatewayServer } from './gateway-server.ts';

describe('a gateway app behind TLS', () => {
  let pki: TempPKI;

  before(() => {
    pki = new TempPKI();
  });

  after(() => {
    pki.close();
  });

  /** What an app answers that tells its scheme, and who the client is. */
  async function answer(isTls: boolean): Promise<string> {
    await using server = await GatewayServer.start(
      (environ, startResponse) => {
        startResponse(200, []);
        const { tls } = environ['gudeg.session'];
        return [`${environ['wsgi.url_scheme']} ${tls?.peerCertificate?.subject ?? 'nobody'}`];
      },
      {},
      isTls ? { tls: pki.serverSslconfig } : {},
    );
    const options: ClientOptions = isTls ? { tls: pki.clientSslconfig } : {};
    const connection = await new Client(server.server.address ?? '', options).connect();
    const { body } = await connection.get('/', {});
    const text = await body?.text();
    connection.close();
    return text ?? '';
  }

  it('has the scheme https, and the client’s certificate in its session', async () => {
    expect(await answer(true)).to.equal(`https CN=${pki.clientId ?? ''}`);
  });

  it('has the scheme http without TLS', async () => {
    expect(await answer(false)).to.equal('http nobody');
  });
});
