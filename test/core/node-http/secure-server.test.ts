import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import * as https from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
import { Client, Pool } from 'undici';
import { createSecureServer, SecureServer, type SecureServerOptions } from 'gudeg/node-http';

import { needsPrograms } from '../../support/needs-program.ts';
import { plainEnvironment } from '../../support/plain-environment.ts';
import { caught } from '../caught.ts';
import { SecureCredentials, serialOf } from './secure-credentials.ts';

const run = promisify(execFile);

interface ClientError extends Error {
  readonly code: string;
}

/** A server on a free port that keeps what went wrong. */
class Observed implements AsyncDisposable {
  readonly server: SecureServer;
  readonly errors: { error: ClientError; socket: tls.TLSSocket }[] = [];

  private constructor(server: SecureServer) {
    this.server = server;
    server.on('tlsClientError', (error, socket) => {
      this.errors.push({ error: error as ClientError, socket });
    });
  }

  static async start(options: SecureServerOptions, listener: RequestListener): Promise<Observed> {
    const observed = new Observed(createSecureServer(options, listener));
    observed.server.listen(0, '127.0.0.1');
    await once(observed.server, 'listening');
    return observed;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async failure(): Promise<{ error: ClientError; socket: tls.TLSSocket }> {
    while (this.errors.length === 0) await once(this.server, 'tlsClientError');
    return this.errors.shift() as { error: ClientError; socket: tls.TLSSocket };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

type Options = https.RequestOptions & { session?: Buffer | undefined };

async function get(options: Options): Promise<{ body: string; socket: tls.TLSSocket }> {
  const request = https.get({ host: '127.0.0.1', path: '/', ...options });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const socket = response.socket as unknown as tls.TLSSocket;
  const body = Buffer.concat(await response.toArray()).toString();
  return { body, socket };
}

describe('SecureServer', function () {
  this.timeout(60_000);
  let c: SecureCredentials;

  before(() => {
    c = new SecureCredentials();
  });

  after(() => {
    c[Symbol.dispose]();
  });

  it('is an https.Server and a tls.Server', async () => {
    await using observed = await Observed.start(c.server, (_, response) => response.end());
    expect(observed.server).to.be.instanceOf(https.Server).and.instanceOf(tls.Server);
    expect(observed.server).to.be.instanceOf(SecureServer);
  });

  for (const [title, options] of Object.entries<object>({
    'an ALPNCallback': { ALPNCallback: () => 'http/1.1' },
    'a pskCallback': { pskCallback: () => null },
    'a hint for keys that are shared': { pskIdentityHint: 'x' },
    'groups of its own': { dhparam: '-----BEGIN DH PARAMETERS-----' },
    'a trace': { enableTrace: true },
    'an engine for clients': { clientCertEngine: 'x' },
    'compressed certificates': { certificateCompression: ['zlib'] },
    'a lenient parser': { insecureHTTPParser: true },
  })) {
    it(`refuses ${title}, and says what to do`, () => {
      const error = caught('GUDEG_ERR_INVALID_OPTION', () => createSecureServer(options));
      expect(error.message).to.match(/; /);
    });
  }

  for (const event of ['newSession', 'resumeSession', 'OCSPRequest']) {
    it(`refuses a listener for ${event}, which would never hear anything`, () => {
      const server = createSecureServer(c.server);
      caught('GUDEG_ERR_INVALID_OPTION', () => server.on(event, () => undefined));
      expect(server.listenerCount(event)).to.equal(0);
    });
  }

  it('keeps the connection of an agent, and resumes the session of the one before', async () => {
    const seen: [connection: number, isReused: boolean][] = [];
    let connections = 0;
    await using observed = await Observed.start(c.server, (request, response) => {
      const socket = request.socket as unknown as tls.TLSSocket;
      seen.push([connections, socket.isSessionReused()]);
      response.end('x');
    });
    observed.server.on('connection', () => {
      connections += 1;
    });
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: c.client.ca });
    const options = { agent, port: observed.port, servername: 'localhost' };
    await get(options);
    const { socket } = await get(options);
    expect(seen).to.deep.equal([
      [1, false],
      [1, false],
    ]);
    const closed = once(socket, 'close');
    observed.server.closeIdleConnections();
    await closed;
    await get(options);
    expect(seen[2]).to.deep.equal([2, true]);
    agent.destroy();
  });

  it('resumes what began with a server of the same ticketKeys', async () => {
    const answer = (request: IncomingMessage, response: { end(text: string): void }): void => {
      response.end(String((request.socket as unknown as tls.TLSSocket).isSessionReused()));
    };
    await using first = await Observed.start(c.server, answer);
    const ticketKeys = first.server.getTicketKeys();
    expect(ticketKeys).to.have.length(48);
    await using second = await Observed.start({ ...c.server, ticketKeys }, answer);
    await using third = await Observed.start(c.server, answer);
    const options = { ca: c.client.ca, servername: 'localhost', agent: false } as const;
    let session: Buffer | undefined;
    const request = https.get({ ...options, host: '127.0.0.1', port: first.port });
    request.on('socket', (socket) => {
      socket.on('session', (given: Buffer) => {
        session = given;
      });
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await response.toArray();
    expect((await get({ ...options, port: second.port, session })).body).to.equal('true');
    expect((await get({ ...options, port: third.port, session })).body).to.equal('false');
    third.server.setTicketKeys(ticketKeys);
    expect((await get({ ...options, port: third.port, session })).body).to.equal('true');
  });

  it('takes another certificate for connections from then on, and loses nothing', async () => {
    await using observed = await Observed.start(c.server, (_, response) => response.end('x'));
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: c.client.ca });
    const options = { port: observed.port, servername: 'localhost', ca: c.client.ca };
    const serialSeen = async (given: https.RequestOptions): Promise<string> =>
      (await get(given)).socket.getPeerCertificate().serialNumber;
    const kept = { ...options, agent };
    expect(await serialSeen(kept)).to.equal(serialOf(c.server.cert));
    const renewed = c.another(['localhost', '127.0.0.1']);
    observed.server.setSecureContext(renewed);
    expect(await serialSeen(kept)).to.equal(serialOf(c.server.cert));
    expect(await serialSeen({ ...options, agent: false })).to.equal(serialOf(renewed.cert));
    expect(() => {
      observed.server.setSecureContext({ key: 'x', cert: renewed.cert });
    }).to.throw();
    expect(await serialSeen({ ...options, agent: false })).to.equal(serialOf(renewed.cert));
    agent.destroy();
  });

  it('tells the keys of a session to who listens to keylog', async () => {
    await using observed = await Observed.start(c.server, (_, response) => response.end('x'));
    const lines: string[] = [];
    observed.server.on('keylog', (line, socket) => {
      lines.push(`${line.toString().split(' ')[0]} ${socket.encrypted}`);
      expect(line.at(-1)).to.equal(10);
    });
    await new Promise(setImmediate);
    await get({ port: observed.port, ca: c.client.ca, servername: 'localhost', agent: false });
    expect(lines).to.include.members(['CLIENT_TRAFFIC_SECRET_0 true', 'EXPORTER_SECRET true']);
  });

  it('ends a handshake whose SNICallback fails, and tells why', async () => {
    const SNICallback: SecureServerOptions['SNICallback'] = (name, done) => {
      if (name === 'no.context') done(null, {} as never);
      else done(new Error(`not ${name}`));
    };
    await using observed = await Observed.start({ ...c.server, SNICallback }, (_, response) => {
      response.end('x');
    });
    for (const [servername, message] of [
      ['a.b', /^not a\.b$/],
      ['no.context', /createSecureContext/],
    ] as const) {
      const client = tls.connect({ port: observed.port, host: '127.0.0.1', servername });
      const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).to.equal('ECONNRESET');
      const failure = await observed.failure();
      expect(failure.error.message).to.match(message);
      expect(failure.socket.destroyed).to.equal(true);
    }
    const { body } = await get({ port: observed.port, ca: c.client.ca, agent: false });
    expect(body).to.equal('x');
  });

  it('forgets a client that goes while its name is looked up', async () => {
    let answer: (() => void) | undefined;
    const SNICallback: SecureServerOptions['SNICallback'] = (name, done) => {
      if (name === 'later') answer = () => done(null);
      else done(null);
    };
    const options = { ...c.server, SNICallback, handshakeTimeout: 1000 };
    await using observed = await Observed.start(options, (_, response) => response.end('x'));
    const client = tls.connect({ port: observed.port, host: '127.0.0.1', servername: 'later' });
    client.on('error', () => undefined);
    const { error } = await observed.failure();
    expect(error.code).to.equal('GUDEG_ERR_TLS_HANDSHAKE_TIMEOUT');
    answer?.();
    const { body } = await get({ port: observed.port, ca: c.client.ca, agent: false });
    expect(body).to.equal('x');
    client.destroy();
  });

  for (const [title, code, attack] of [
    [
      'plain HTTP',
      'GUDEG_ERR_TLS_PLAINTEXT',
      (port: number) => connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    ],
    [
      'half a handshake',
      'GUDEG_ERR_TLS_HANDSHAKE_CUT',
      (port: number) => connect(port, '127.0.0.1').end(Buffer.from('1603010200', 'hex')),
    ],
    [
      'a client without a certificate',
      'GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE',
      (port: number) => tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }),
    ],
    [
      'a client of another CA',
      'GUDEG_ERR_TLS_UNKNOWN_CA',
      (port: number) =>
        tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...c.stranger }),
    ],
  ] as const) {
    it(`tells of ${title} by tlsClientError, and serves all others`, async () => {
      const options = { ...c.server, requestCert: true };
      await using observed = await Observed.start(options, (_, response) => response.end('x'));
      const agent = new https.Agent({ keepAlive: true, ...c.client });
      const bystander = { agent, port: observed.port, servername: 'localhost' };
      await get(bystander);
      const attacker = attack(observed.port);
      attacker.on('error', () => undefined);
      const { error, socket } = await observed.failure();
      expect(error.code).to.equal(code);
      expect([socket.destroyed, socket.writable, socket.remoteAddress]).to.deep.equal([
        true,
        false,
        '127.0.0.1',
      ]);
      expect((await get(bystander)).body).to.equal('x');
      attacker.destroy();
      agent.destroy();
    });
  }

  it('refuses a certificate that the crl revokes, and serves others of its CA', async () => {
    const { cert, key, crl } = c.revoked();
    const options = { ...c.server, crl, requestCert: true };
    await using observed = await Observed.start(options, (_, response) => response.end('x'));
    const at = { agent: false, port: observed.port, servername: 'localhost', ca: c.client.ca };
    expect((await get({ ...at, ...c.client })).body).to.equal('x');
    const revoked = get({ ...at, cert, key }).then(
      () => 'served',
      () => 'refused',
    );
    const { error } = await observed.failure();
    expect(error.message).to.match(/revoked/);
    expect(await revoked).to.equal('refused');
  });

  it('hands failed handshakes to clientError, as node:https does', async () => {
    await using observed = await Observed.start(c.server, (_, response) => response.end('x'));
    const told = once(observed.server, 'clientError') as Promise<[ClientError]>;
    const client = connect(observed.port, '127.0.0.1');
    client.on('error', () => undefined).end('GET / HTTP/1.1\r\n\r\n');
    expect((await told)[0].code).to.equal('GUDEG_ERR_TLS_PLAINTEXT');
  });

  it('outlives clients that reset their connection', async () => {
    await using observed = await Observed.start(c.server, (request, response) => {
      request.resume();
      if (request.method === 'GET') response.end('x');
    });
    for (let i = 0; i < 10; i += 1) {
      const raw = connect(observed.port, '127.0.0.1');
      const client = tls.connect({ socket: raw, rejectUnauthorized: false });
      client.on('error', () => undefined);
      raw.on('error', () => undefined);
      await once(client, 'secureConnect');
      client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
      if (i % 2 === 0) await new Promise(setImmediate);
      raw.resetAndDestroy();
    }
    const { body } = await get({ port: observed.port, ca: c.client.ca, agent: false });
    expect(body).to.equal('x');
  });

  it('serves sockets that somebody else accepted', async () => {
    await using observed = await Observed.start(c.server, (request, response) => {
      response.end(String((request.socket as unknown as tls.TLSSocket).encrypted));
    });
    const { createServer } = await import('node:net');
    const front = createServer((socket) => observed.server.emit('connection', socket));
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port } = front.address() as AddressInfo;
    const { body } = await get({ port, ca: c.client.ca, agent: false });
    expect(body).to.equal('true');
    front.close();
  });

  it('takes a PROXY header before the handshake', async () => {
    const options: SecureServerOptions = { ...c.server, proxyProtocol: 'v1' };
    await using observed = await Observed.start(options, ({ socket }, response) => {
      response.end(socket.remoteAddress);
    });
    const raw = connect(observed.port, '127.0.0.1');
    raw.write('PROXY TCP4 192.0.2.7 192.0.2.1 1000 443\r\n');
    const client = tls.connect({ socket: raw, rejectUnauthorized: false });
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(Buffer.concat(await client.toArray()).toString()).to.match(/\r\n\r\n192\.0\.2\.7$/);
  });

  it('upgrades a connection to bytes', async () => {
    await using observed = await Observed.start(c.server, () => undefined);
    observed.server.on('upgrade', (_request, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      );
      socket.pipe(socket);
    });
    const request = https.request({
      ...{ host: '127.0.0.1', port: observed.port, ca: c.client.ca, agent: false },
      headers: { Connection: 'Upgrade', Upgrade: 'echo' },
    });
    request.end();
    const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, tls.TLSSocket];
    socket.end('x'.repeat(100_000));
    expect(Buffer.concat(await socket.toArray())).to.have.length(100_000);
  });

  it('serves undici, with large bodies', async () => {
    await using observed = await Observed.start(c.server, (request, response) => {
      request.pipe(response);
    });
    const connectOptions = { ca: c.client.ca, servername: 'localhost' };
    const origin = `https://127.0.0.1:${observed.port}`;
    const pool = new Pool(origin, { connections: 4, connect: connectOptions });
    const body = Buffer.alloc(1 << 20, 'ab');
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const response = await pool.request({ method: 'POST', path: '/', body });
        return Buffer.from(await response.body.arrayBuffer());
      }),
    );
    for (const answer of answers) expect(answer.equals(body)).to.equal(true);
    await pool.close();
    const client = new Client(origin, { connect: connectOptions });
    const { statusCode, body: empty } = await client.request({ path: '/', method: 'GET' });
    expect([statusCode, await empty.text()]).to.deep.equal([200, '']);
    await client.close();
  });

  describe('and curl', () => {
    before(needsPrograms('curl'));

    it('serves curl with a certificate', async () => {
      await using observed = await Observed.start(
        { ...c.server, requestCert: true },
        (request, response) => {
          const socket = request.socket as unknown as tls.TLSSocket;
          response.end(`${socket.authorized} ${socket.getProtocol()}`);
        },
      );
      const { clientSslconfig } = c.pki;
      const { stdout } = await run(
        'curl',
        [
          ...['--silent', '--show-error', '--http1.1', '--tlsv1.2', '--tls-max', '1.2'],
          ...['--cacert', clientSslconfig.caFile],
          ...['--cert', clientSslconfig.certFile, '--key', clientSslconfig.keyFile],
          `https://127.0.0.1:${observed.port}/`,
        ],
        { env: plainEnvironment() },
      );
      expect(stdout).to.equal('true TLSv1.2');
    });
  });
});
