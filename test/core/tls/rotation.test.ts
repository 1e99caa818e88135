import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';

import { TempPKI, type ServerSslconfig } from 'gudeg';

import { ObservedTlsServer } from '../../support/observed-tls-server.ts';
import { caught } from '../caught.ts';
import { Bystander } from './bystander.ts';

/** What a request is made with; Node's types have no secureContext there. */
type Target = RequestOptions & { readonly secureContext: SecureContext };

/** What a client saw. */
interface Seen {
  readonly status: number | undefined;
  readonly body: string;
  /** Undefined where a session was resumed. */
  readonly fingerprint: string | undefined;
}

async function ask(options: Target): Promise<Seen> {
  const outgoing = request(options);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { socket } = response;
  if (!(socket instanceof TLSSocket)) throw new Error('the answer did not come over TLS');
  const certificate: { fingerprint256?: string } = socket.getPeerCertificate();
  const body = await text(response);
  return { status: response.statusCode, body, fingerprint: certificate.fingerprint256 };
}

describe('changing the certificate of a TLS server', () => {
  let pki: TempPKI;
  let configs: ServerSslconfig[];
  let fingerprints: string[];
  let secureContext: SecureContext;

  before(() => {
    pki = new TempPKI();
    const renewed = pki.createKey();
    pki.createCsr(renewed);
    pki.issueCert(renewed, pki.serverCaId, { names: ['localhost', '127.0.0.1'] });
    const { caFile, certFile, keyFile } = pki.clientSslconfig;
    secureContext = createSecureContext({
      ca: readFileSync(caFile),
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
    });
    configs = [pki.serverSslconfig, pki.getServerSslconfig(renewed, pki.clientCaId ?? '')];
    fingerprints = configs.map(
      ({ certFile }) => new X509Certificate(readFileSync(certFile)).fingerprint256,
    );
  });

  after(() => {
    pki.close();
  });

  const config = (index: number): ServerSslconfig =>
    configs[index % configs.length] ?? pki.serverSslconfig;

  const target = (port: number, agent: Agent): Target => ({
    ...{ host: '127.0.0.1', port, agent },
    secureContext,
  });

  it('under load loses no request, on new connections and on kept ones', async function () {
    this.timeout(30_000);
    const changes = 10;
    await using server = await ObservedTlsServer.start(config(0));
    const kept = new Agent({ keepAlive: true, maxSockets: 8 });
    const fresh = new Agent({ keepAlive: false, maxCachedSessions: 0 });
    const resuming = new Agent({ keepAlive: false });
    const seen: Seen[] = [];
    let isOver = false;
    const client = async (agent: Agent): Promise<void> => {
      while (!isOver) seen.push(await ask(target(server.port, agent)));
    };
    const agents = [...new Array<Agent>(8).fill(kept), fresh, fresh, fresh, resuming, resuming];
    const clients = agents.map(client);
    for (let change = 1; change <= changes; change += 1) {
      // Each certificate serves a while: until so many more requests were answered.
      const wanted = seen.length + 20;
      while (seen.length < wanted) await ask(target(server.port, fresh));
      server.setSecureContext(config(change));
    }
    isOver = true;
    await Promise.all(clients);
    kept.destroy();
    expect(new Set(seen.map(({ status, body }) => `${status} ${body}`))).to.deep.equal(
      new Set(['200 hello']),
    );
    const shown = new Set(seen.map(({ fingerprint }) => fingerprint));
    shown.delete(undefined);
    expect([...shown].sort()).to.deep.equal([...fingerprints].sort());
    expect(server.failures).to.deep.equal([]);
  });

  it('shows the new one to the next connection, and leaves open ones alone', async () => {
    await using server = await ObservedTlsServer.start(config(0));
    await using before = await Bystander.to(server.port, pki.clientSslconfig);
    server.setSecureContext(config(1));
    await using after = await Bystander.to(server.port, pki.clientSslconfig);
    expect(before.socket.getPeerCertificate().fingerprint256).to.equal(fingerprints[0]);
    expect(after.socket.getPeerCertificate().fingerprint256).to.equal(fingerprints[1]);
    expect(await before.ask()).to.equal('HTTP/1.1 200 OK');
    expect(await after.ask()).to.equal('HTTP/1.1 200 OK');
  });

  it('keeps the old one where the new options are wrong', async () => {
    await using server = await ObservedTlsServer.start(config(0));
    const mixed = { ...config(0), keyFile: config(1).keyFile };
    caught('GUDEG_ERR_TLS_KEY_MISMATCH', () => {
      server.setSecureContext(mixed);
    });
    await using client = await Bystander.to(server.port, pki.clientSslconfig);
    expect(client.socket.getPeerCertificate().fingerprint256).to.equal(fingerprints[0]);
    expect(await client.ask()).to.equal('HTTP/1.1 200 OK');
  });

  it('makes clients show certificates of the CAs that count now, also those that resume', async () => {
    await using server = await ObservedTlsServer.start(config(0));
    const resuming = new Agent({ keepAlive: false });
    expect((await ask(target(server.port, resuming))).status).to.equal(200);
    using other = new TempPKI();
    const { certFile, keyFile } = config(0);
    server.setSecureContext({ certFile, keyFile, caFile: other.serverSslconfig.caFile });
    const reason = await ask(target(server.port, resuming)).then(
      ({ status }) => `served with ${status}`,
      (error: unknown) => String(error),
    );
    expect(reason).to.match(/unknown ca|ECONNRESET/);
    expect((await server.failure()).code).to.equal('GUDEG_ERR_TLS_UNKNOWN_CA');
  });
});
