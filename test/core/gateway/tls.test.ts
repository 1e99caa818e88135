import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Client, TempPKI, type ClientOptions, type ServerOptions, type Server } from 'gudeg';
import {
  serve,
  serveAsync,
  type Environ,
  type GatewayOptions,
  type ServeOptions,
} from 'gudeg/gateway';
import { Event, spawn, StopServe } from 'gudeg/green';

import { rejected } from '../caught.ts';
import { GatewayServer } from './gateway-server.ts';

describe('a gateway app behind TLS', () => {
  let pki: TempPKI;
  let client: X509Certificate;

  before(() => {
    pki = new TempPKI();
    client = new X509Certificate(readFileSync(pki.clientSslconfig.certFile));
  });

  after(() => {
    pki.close();
  });

  const ours = (): ClientOptions => ({ tls: pki.clientSslconfig });
  const anonymous = (): ClientOptions => ({ tls: pki.anonymousClientSslconfig });

  /** Asks once, on a connection of its own. */
  async function ask(server: Server, options: ClientOptions, headers = {}): Promise<string> {
    const connection = await new Client(server.address ?? '', options).connect();
    const { body } = await connection.get('/', headers);
    const text = await body?.text();
    connection.close();
    return text ?? '';
  }

  /** What the app finds in its environ: the strings, by name. */
  async function environ(
    serverOptions: ServerOptions,
    options: ClientOptions,
    { headers = {}, ...gatewayOptions }: GatewayOptions & { headers?: object } = {},
  ): Promise<Record<string, string>> {
    const isText = ([, value]: [string, unknown]): boolean => typeof value === 'string';
    const app = (found: Environ, startResponse: (status: number, fields: []) => unknown) => {
      startResponse(200, []);
      return [JSON.stringify(Object.fromEntries(Object.entries(found).filter(isText)))];
    };
    await using server = await GatewayServer.start(app, gatewayOptions, serverOptions);
    const text = await ask(server.server, options, headers);
    return JSON.parse(text) as Record<string, string>;
  }

  const tlsNames = (found: object): string[] =>
    Object.keys(found).filter((name) => /^(HTTPS$|SSL_)/.test(name));

  it('has the scheme https and what mod_ssl tells of the connection and the client’s certificate', async () => {
    const found = await environ({ tls: pki.serverSslconfig }, ours());
    expect(found['wsgi.url_scheme']).to.equal('https');
    expect(found).to.include({
      HTTPS: 'on',
      SSL_PROTOCOL: 'TLSv1.3',
      SSL_CIPHER: 'TLS_AES_128_GCM_SHA256',
      SSL_SESSION_RESUMED: 'Initial',
      SSL_CLIENT_VERIFY: 'SUCCESS',
      SSL_CLIENT_S_DN: `CN=${pki.clientId ?? ''}`,
      SSL_CLIENT_S_DN_CN: pki.clientId,
      SSL_CLIENT_I_DN: `CN=${pki.clientCaId ?? ''}`,
      SSL_CLIENT_M_SERIAL: client.serialNumber,
      SSL_CLIENT_V_START: client.validFrom,
      SSL_CLIENT_V_END: client.validTo,
      SSL_CLIENT_FINGERPRINT: client.fingerprint256.replaceAll(':', '').toLowerCase(),
      SSL_CLIENT_CERT: client.toString(),
    });
  });

  it('tells of clients without a certificate that they have none', async () => {
    const tls = { ...pki.anonymousServerSslconfig, allowUnauthenticatedClients: true as const };
    const found = await environ({ tls }, anonymous());
    expect(found['SSL_CLIENT_VERIFY']).to.equal('NONE');
    expect(tlsNames(found)).to.have.members([
      ...['HTTPS', 'SSL_PROTOCOL', 'SSL_CIPHER', 'SSL_SESSION_RESUMED', 'SSL_CLIENT_VERIFY'],
    ]);
  });

  it('has the name that the client asked for', async () => {
    const tls = { ...pki.clientSslconfig, sslHost: 'localhost', checkHostname: true };
    const found = await environ({ tls: pki.serverSslconfig }, { tls });
    expect(found['SSL_TLS_SNI']).to.equal('localhost');
  });

  it('cannot be told by a client’s fields who it is', async () => {
    const headers = { 'ssl-client-verify': 'SUCCESS', 'ssl-client-s-dn': 'CN=root', https: 'on' };
    const found = await environ({}, {}, { headers });
    expect(tlsNames(found)).to.deep.equal([]);
    expect(found['HTTP_SSL_CLIENT_VERIFY']).to.equal('SUCCESS');
  });

  it('has the scheme http without TLS', async () => {
    expect((await environ({}, {}))['wsgi.url_scheme']).to.equal('http');
  });

  it('keeps its scheme where a trusted peer says nothing of it, and believes one that does', async () => {
    const believed = { forwardedAllowIps: ['127.0.0.1'] };
    const tls = { tls: pki.serverSslconfig };
    expect((await environ(tls, ours(), believed))['wsgi.url_scheme']).to.equal('https');
    const headers = { 'x-forwarded-proto': 'http' };
    const found = await environ(tls, ours(), { ...believed, headers });
    expect(found['wsgi.url_scheme']).to.equal('http');
  });

  describe('of serve()', () => {
    async function schemeOf(options: ServeOptions, client: ClientOptions): Promise<string> {
      const serverEvent = new Event<Server>();
      const thread = spawn(
        serve,
        ['127.0.0.1', 0],
        (found: Environ, startResponse) => {
          startResponse(200, []);
          return [`${found['wsgi.url_scheme']} ${String(found['SSL_CLIENT_VERIFY'])}`];
        },
        { logOutput: false, serverEvent, ...options },
      );
      try {
        const server = await Promise.race([serverEvent.waitAsync(), thread.waitAsync()]);
        return await ask(server as Server, client);
      } finally {
        thread.kill(new StopServe());
        await thread;
      }
    }

    it('takes certfile, keyfile and caCerts, and serves clients with a certificate', async () => {
      const { certFile, keyFile, caFile } = pki.serverSslconfig;
      const options = { certfile: certFile, keyfile: keyFile, caCerts: caFile };
      expect(await schemeOf(options, ours())).to.equal('https SUCCESS');
    });

    it('serves everybody with certReqs: none, by name or number, and takes relative paths', async () => {
      const { certFile, keyFile } = pki.serverSslconfig;
      const options = {
        certfile: relative(process.cwd(), certFile),
        keyfile: relative(process.cwd(), keyFile),
      };
      for (const certReqs of ['none', 0] as const) {
        expect(await schemeOf({ ...options, certReqs }, anonymous())).to.equal('https NONE');
      }
    });

    it('refuses what does not fit together before it listens', async () => {
      const { certFile, keyFile, caFile } = pki.serverSslconfig;
      const pair = { certfile: certFile, keyfile: keyFile };
      const wrong: [ServeOptions, RegExp][] = [
        [{ certfile: certFile }, /both certfile and keyfile/],
        [pair, /certfile needs caCerts/],
        [{ ...pair, certReqs: 'required' }, /required needs caCerts/],
        [{ ...pair, certReqs: 'none', caCerts: caFile }, /exclude each other/],
        [{ certReqs: 'none' }, /both certfile and keyfile/],
      ];
      for (const [options, message] of wrong) {
        const serving = serveAsync(['127.0.0.1', 0], () => [], options);
        const error = await rejected('GUDEG_ERR_INVALID_OPTION', serving);
        expect(error.message).to.match(message);
      }
    });
  });
});
