import { expect } from 'chai';
import {
  Client,
  Dispatcher,
  Pool,
  ProxyApp,
  TempPKI,
  TempServer,
  TempSSLServer,
  type App,
  type ClientError,
  type TlsClientOptions,
} from 'gudeg';

/** Tells who asks, and over what. */
const whoAsks: App = ({ tls }) => {
  const subject = tls?.peerCertificate?.subject ?? 'nobody';
  return [200, 'OK', {}, `${subject} ${tls?.isResumed === true ? 'resumed' : 'new'}`];
};

type Init = NonNullable<Parameters<typeof fetch>[1]>;

const through = (dispatcher: Dispatcher): Pick<Init, 'dispatcher'> => ({
  dispatcher: dispatcher as unknown as NonNullable<Init['dispatcher']>,
});

const hostOf = (server: { readonly address: unknown }): string =>
  `localhost:${String((server.address as readonly [string, number])[1])}`;

describe('clients of https servers', () => {
  let pki: TempPKI;
  let alice: TlsClientOptions;
  let bob: TlsClientOptions;
  let names: { alice: string; bob: string };

  before(() => {
    pki = new TempPKI();
    const other = pki.createKey();
    pki.createCsr(other);
    pki.issueCert(other, pki.clientCaId ?? '');
    alice = pki.clientSslconfig;
    bob = pki.getClientSslconfig(pki.serverCaId, other);
    names = { alice: `CN=${pki.clientId ?? ''}`, bob: `CN=${other}` };
  });

  after(() => {
    pki.close();
  });

  const start = (): Promise<TempSSLServer> => TempSSLServer.start(pki.serverSslconfig, whoAsks);

  async function ask(pool: Pool): Promise<string> {
    const { body } = await pool.get('/');
    return (await body?.text()) ?? '';
  }

  it('share no connection and no session where their TLS differs', async () => {
    await using server = await start();
    await using ofAlice = new Pool(server.address ?? '', { tls: alice });
    await using ofBob = new Pool(server.address ?? '', { tls: bob });
    const answers = [];
    for (let round = 0; round < 2; round += 1) answers.push(await ask(ofAlice), await ask(ofBob));
    const [first, second] = [`${names.alice} new`, `${names.bob} new`];
    expect(answers).to.deep.equal([first, second, first, second]);
    expect([ofAlice.statistics().open, ofBob.statistics().open]).to.deep.equal([1, 1]);
    expect(server.counts?.accepted).to.equal(2);
  });

  it('resume a session with the TLS that it began with alone', async () => {
    await using server = await start();
    const clients = [alice, bob].map((tls) => new Client(server.address ?? '', { tls }));
    const answers: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      for (const client of clients) {
        const connection = await client.connect();
        const { body } = await connection.get('/', {});
        answers.push((await body?.text()) ?? '');
        connection.close();
      }
    }
    expect(answers).to.deep.equal([
      ...[`${names.alice} new`, `${names.bob} new`],
      ...[`${names.alice} resumed`, `${names.bob} resumed`],
    ]);
  });

  describe('Dispatcher', () => {
    it('speaks TLS with origins of https, with its option tls, and none with those of http', async () => {
      await using secure = await start();
      await using plain = await TempServer.start(whoAsks);
      const tls = { ...alice, checkHostname: true };
      await using dispatcher = new Dispatcher({ tls });
      for (const [url, answer] of [
        [`https://${hostOf(secure)}/`, `${names.alice} new`],
        [`http://${hostOf(plain)}/`, 'nobody new'],
        [`https://${hostOf(secure)}/again`, `${names.alice} new`],
      ] as const) {
        expect(await (await fetch(url, through(dispatcher))).text()).to.equal(answer);
      }
      expect(secure.counts?.accepted).to.equal(1);
    });

    it('does not speak http with a server of https at the same place', async () => {
      await using secure = await start();
      await using dispatcher = new Dispatcher({ tls: alice });
      const response = await fetch(`https://${hostOf(secure)}/`, through(dispatcher));
      expect(await response.text()).to.equal(`${names.alice} new`);
      const error = await fetch(`http://${hostOf(secure)}/`, through(dispatcher)).catch(
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(TypeError);
    });

    it('trusts the CAs of Node where it is told no others', async () => {
      await using secure = await start();
      await using dispatcher = new Dispatcher();
      const error = (await fetch(`https://${hostOf(secure)}/`, through(dispatcher)).catch(
        (reason: unknown) => reason,
      )) as Error;
      expect(error.cause).to.have.property('code', 'GUDEG_ERR_TLS_UNKNOWN_CA');
    });
  });

  describe('ProxyApp', () => {
    async function viaProxy(tls: TlsClientOptions, errors: ClientError[] = []) {
      await using upstream = await start();
      await using pool = new Pool(upstream.address ?? '', { tls });
      const app = new ProxyApp(pool, { onError: (error) => errors.push(error) });
      await using proxy = await TempServer.start(app);
      const connection = await new Client(proxy.address ?? '').connect();
      const { status, body } = await connection.get('/', {});
      const text = await body?.text();
      connection.close();
      return { status, text };
    }

    it('asks a server of https with the certificate of its pool', async () => {
      expect(await viaProxy(alice)).to.deep.equal({ status: 200, text: `${names.alice} new` });
    });

    it('answers 502 where the server’s certificate is none to trust, and tells why', async () => {
      using other = new TempPKI();
      const errors: ClientError[] = [];
      const { status } = await viaProxy({ ...alice, caFile: other.clientSslconfig.caFile }, errors);
      expect(status).to.equal(502);
      expect(errors.map(({ code }) => code)).to.deep.equal(['GUDEG_ERR_TLS_UNKNOWN_CA']);
    });
  });
});
