import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  type Body,
  BodyIter,
  ChunkedBodyIter,
  FilesApp,
  Server,
  SSLServer,
  TempPKI,
  TempSSLServer,
  type App,
  type GudegError,
  type ResponseBody,
  type Session,
} from 'gudeg';
import { Agent, fetch } from 'undici';
import { needsPrograms } from '../../support/needs-program.ts';
import { plainEnvironment } from '../../support/plain-environment.ts';
import { caught, rejected } from '../caught.ts';

const run = promisify(execFile);

const CHUNK = Buffer.alloc(50_000, 'chunk ');
const BIG = Buffer.alloc(3_000_000, 'all of it; ');

const who = (session: Session): Record<string, unknown> => ({
  protocol: session.tls?.protocol,
  cipher: session.tls?.cipher,
  alpn: session.tls?.alpnProtocol,
  name: session.tls?.serverName,
  isResumed: session.tls?.isResumed,
  isAuthorized: session.tls?.isAuthorized,
  subject: session.tls?.peerCertificate?.subject,
  fingerprint: session.tls?.fingerprint,
});

describe('SSLServer', () => {
  let pki: TempPKI;
  let server: TempSSLServer;
  let port: number;
  let folder: string;
  let failures: GudegError[];
  let files: App;

  const bodies: Record<string, () => ResponseBody> = {
    '/big': () => BIG,
    '/iter': () => new BodyIter(Array<Buffer>(40).fill(CHUNK), 40 * CHUNK.length),
    '/chunks': () =>
      new ChunkedBodyIter(
        [...Array<Buffer>(40).fill(CHUNK), Buffer.alloc(0)].map((data) => [null, data] as const),
      ),
  };

  const app: App = async (session, request, api) => {
    if (request.uri === '/big-file') return await files(session, request, api);
    const body = bodies[request.uri];
    if (body !== undefined) return [200, 'OK', {}, body()];
    if (request.uri === '/sips') {
      const sip = Buffer.alloc(100);
      let bytes = 0;
      for (let count; (count = await (request.body as Body).readInto(sip)) > 0;) {
        bytes += count;
        if (bytes % 10_000 === 0) await setImmediate();
      }
      return [200, 'OK', {}, `sipped ${bytes}`];
    }
    if (request.method === 'POST') {
      const bytes = (await request.body?.read()) as Buffer;
      return [200, 'OK', {}, Buffer.from(bytes)];
    }
    return [200, 'OK', {}, JSON.stringify(who(session))];
  };

  const identity = (): { ca: Buffer; cert: Buffer; key: Buffer } => ({
    ca: readFileSync(pki.clientSslconfig.caFile),
    cert: readFileSync(pki.clientSslconfig.certFile),
    key: readFileSync(pki.clientSslconfig.keyFile),
  });

  const to = async (options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port, ...identity(), ...options });
    await once(socket, 'secureConnect');
    return socket;
  };

  /** What the app saw of a connection that says `connection: close`. */
  const seenBy = async (socket: TLSSocket): Promise<Record<string, unknown>> => {
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    let text = '';
    socket.setEncoding('latin1').on('data', (data: string) => (text += data));
    await once(socket, 'end');
    socket.destroy();
    return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
  };

  before(async () => {
    pki = new TempPKI();
    folder = mkdtempSync(join(tmpdir(), 'gudeg-tls-'));
    writeFileSync(join(folder, 'big-file'), BIG);
    files = new FilesApp(folder);
    server = await TempSSLServer.start(pki.serverSslconfig, app);
    failures = [];
    server.on('tlsError', (error) => failures.push(error));
    port = (server.address as readonly [string, number])[1];
  });

  after(async () => {
    await server.terminate();
    pki.close();
    rmSync(folder, { recursive: true });
  });

  it('shows the app what was negotiated, and who the client is', async () => {
    const socket = await to({ servername: 'localhost', ALPNProtocols: ['h2', 'http/1.1'] });
    const own = socket.getCertificate() as { fingerprint256: string };
    expect(socket.alpnProtocol).to.equal('http/1.1');
    expect(await seenBy(socket)).to.deep.include({
      protocol: 'TLSv1.3',
      alpn: 'http/1.1',
      name: 'localhost',
      isResumed: false,
      isAuthorized: true,
      fingerprint: own.fingerprint256,
    });
    const old = await seenBy(await to({ maxVersion: 'TLSv1.2' }));
    expect(old).to.include({ protocol: 'TLSv1.2', alpn: null, name: null, isAuthorized: true });
    expect(old['cipher']).to.match(/^ECDHE-ECDSA-/);
  });

  it('is a Server with the option tls', async () => {
    const plain = new Server(['127.0.0.1', 0], app, { tls: pki.serverSslconfig });
    expect(plain.isTls).to.equal(true);
    expect(String(new SSLServer(pki.serverSslconfig, ['127.0.0.1', 0], app))).to.match(
      /^SSLServer\(/,
    );
    expect(new Server(['127.0.0.1', 0], app).isTls).to.equal(false);
    caught('GUDEG_ERR_SERVER_STATE', () => {
      new Server(['127.0.0.1', 0], app).setSecureContext(pki.serverSslconfig);
    });
    caught('GUDEG_ERR_INVALID_OPTION', () => {
      plain.setSecureContext({ certFile: pki.serverSslconfig.certFile });
    });
    await plain.close();
  });

  it('calls onConnect behind the handshake, with the client’s certificate', async () => {
    const seen: unknown[] = [];
    const admitting: App = Object.assign((): [200, string, object, string] => [200, '', {}, ''], {
      onConnect: (session: Session) => {
        seen.push(session.tls?.isAuthorized, session.requests);
        return session.tls?.protocol === 'TLSv1.3';
      },
    }) as App;
    await using strict = await TempSSLServer.start(pki.serverSslconfig, admitting);
    const [, strictPort] = strict.address as readonly [string, number];
    const welcome = await to({ port: strictPort });
    welcome.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const [answer] = (await once(welcome, 'data')) as [Buffer];
    expect(answer.toString()).to.match(/^HTTP\/1.1 200 /);
    welcome.destroy();
    const unwelcome = await to({ port: strictPort, maxVersion: 'TLSv1.2' });
    await once(unwelcome.resume(), 'end');
    unwelcome.destroy();
    expect(seen).to.deep.equal([true, 0, true, 0]);
  });

  it('sends bodies of all kinds, and takes large ones, for undici', async () => {
    const dispatcher = new Agent({ connect: identity() });
    const base = `https://localhost:${port}`;
    for (const [path, size] of [
      ['/big', BIG.length],
      ['/big-file', BIG.length],
      ['/iter', 40 * CHUNK.length],
      ['/chunks', 40 * CHUNK.length],
    ] as const) {
      const response = await fetch(`${base}${path}`, { dispatcher });
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(bytes.length, path).to.equal(size);
      const piece = path === '/big' || path === '/big-file' ? BIG : CHUNK;
      expect(bytes.subarray(0, piece.length).equals(piece), path).to.equal(true);
    }
    const echo = await fetch(`${base}/`, { method: 'POST', body: BIG, dispatcher });
    expect(Buffer.from(await echo.arrayBuffer()).equals(BIG)).to.equal(true);
    await dispatcher.close();
  });

  it('answers pipelined requests in one record and keeps the connection', async () => {
    const socket = await to();
    const request = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
    let text = '';
    socket.setEncoding('latin1').on('data', (data: string) => (text += data));
    for (let round = 1; round <= 3; round++) {
      socket.write(request.repeat(10));
      while (text.split('HTTP/1.1 200 ').length - 1 < round * 10 || !text.endsWith('}')) {
        await once(socket, 'data');
      }
    }
    socket.destroy();
  });

  for (const size of [100, 16_384, 150_050]) {
    it(`gives ${size} bytes of a body in small pieces, and what came behind them`, async () => {
      const socket = await to();
      let text = '';
      socket.setEncoding('latin1').on('data', (data: string) => (text += data));
      const head = `POST /sips HTTP/1.1\r\nhost: x\r\ncontent-length: ${size}\r\n\r\n`;
      const body = 'x'.repeat(size);
      // The end of the second body shares its record with the request behind it.
      socket.write(head);
      socket.write(body);
      socket.write(`${head}${body}GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      await once(socket, 'end');
      expect(text.match(/sipped \d+|"protocol"/g)).to.deep.equal([
        `sipped ${size}`,
        `sipped ${size}`,
        '"protocol"',
      ]);
      socket.destroy();
    });
  }

  it('waits for a client that does not read, and then sends the rest', async () => {
    const socket = await to();
    socket.pause();
    socket.write('GET /iter HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    // Its own turn comes when the other has long been served.
    const other = await seenBy(await to());
    expect(other['isAuthorized']).to.equal(true);
    let size = 0;
    socket.on('data', (data: Buffer) => (size += data.length));
    await once(socket.resume(), 'end');
    expect(size).to.be.greaterThan(40 * CHUNK.length);
    socket.destroy();
  });

  // Far more than the sockets hold, so that pieces are offered again and again.
  for (const outputHighWaterBytes of [1024, 20_000, 300_000]) {
    it(`sends large pieces whole where ${outputHighWaterBytes} bytes of output may wait`, async () => {
      const pieces = Array.from({ length: 16 }, (_, i) => Buffer.alloc(1_000_000, i));
      const content = Buffer.concat(pieces);
      await using sender = await TempSSLServer.start(
        pki.serverSslconfig,
        () => [200, 'OK', {}, new BodyIter(pieces, content.length)],
        { outputHighWaterBytes },
      );
      const socket = await to({ port: (sender.address as readonly [string, number])[1] });
      const received: Buffer[] = [];
      socket.on('data', (data: Buffer) => received.push(data));
      socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      await once(socket, 'end');
      const whole = Buffer.concat(received);
      expect(whole.subarray(whole.indexOf('\r\n\r\n') + 4).equals(content)).to.equal(true);
      socket.destroy();
    });
  }

  it('serves a client whose bytes come one at a time', async () => {
    const socket = await to();
    for (const byte of 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r') socket.write(byte);
    socket.write('\n');
    let text = '';
    socket.setEncoding('latin1').on('data', (data: string) => (text += data));
    await once(socket, 'end');
    expect(text).to.match(/^HTTP\/1.1 200 OK\r\n/);
    socket.destroy();
  });

  it('serves node:https and curl', async function () {
    needsPrograms('curl').call(this, () => undefined);
    const agent = new HttpsAgent({ keepAlive: true, ...identity() });
    for (let i = 0; i < 3; i++) {
      const [response] = (await once(
        httpsGet({ host: 'localhost', port, path: '/chunks', agent }),
        'response',
      )) as [NodeJS.ReadableStream];
      let size = 0;
      for await (const data of response) size += data.length;
      expect(size).to.equal(40 * CHUNK.length);
    }
    agent.destroy();
    const { caFile, certFile, keyFile } = pki.clientSslconfig;
    const { stdout } = await run(
      'curl',
      [
        ...['-sS', '--http1.1', '--cacert', caFile, '--cert', certFile, '--key', keyFile],
        ...['--data-binary', 'from curl', `https://localhost:${port}/`, '-w', '%{http_code}'],
      ],
      { env: plainEnvironment() },
    );
    expect(stdout).to.equal('from curl200');
  });

  it('serves Python’s ssl', async function () {
    needsPrograms('python3').call(this, () => undefined);
    const { caFile, certFile, keyFile } = pki.clientSslconfig;
    const program = `
import http.client, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
context.load_cert_chain(sys.argv[3], sys.argv[4])
connection = http.client.HTTPSConnection('localhost', int(sys.argv[1]), context=context)
for i in range(2):
    connection.request('POST', '/', body=b'x' * 100000)
    print(len(connection.getresponse().read()))
`;
    const args = ['-c', program, String(port), caFile, certFile, keyFile];
    expect((await run('python3', args, { env: plainEnvironment() })).stdout).to.equal(
      '100000\n100000\n',
    );
  });

  it('tells of a handshake that takes too long, and closes', async () => {
    const tls = { ...pki.serverSslconfig, handshakeTimeoutMs: 50 };
    await using hasty = await TempSSLServer.start(tls, app);
    const [, hastyPort] = hasty.address as readonly [string, number];
    const told = once(hasty, 'tlsError');
    const socket = tcpConnect(hastyPort, '127.0.0.1');
    await once(socket.resume(), 'end');
    const [error, address] = (await told) as [GudegError, readonly [string, number]];
    expect(error.code).to.equal('GUDEG_ERR_TLS_HANDSHAKE_TIMEOUT');
    expect(address[1]).to.equal(socket.localPort);
    socket.destroy();
  });

  it('refuses a client that speaks none of its protocols', async () => {
    const before = failures.length;
    const socket = connect({ port, host: '127.0.0.1', ...identity(), ALPNProtocols: ['h2'] });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    expect(failures.slice(before).map(({ code }) => code)).to.deep.equal(['GUDEG_ERR_TLS_ALPN']);
  });

  it('shows the certificate for the name that a client asks for', async () => {
    using shop = new TempPKI({ clientPki: false, names: ['shop.example'] });
    using wild = new TempPKI({ clientPki: false, names: ['*.example.net'] });
    const certificateOf = ({ anonymousServerSslconfig: { certFile, keyFile } }: TempPKI) => ({
      ...{ certFile, keyFile },
    });
    await using named = await TempSSLServer.start(
      {
        ...pki.serverSslconfig,
        serverNames: { 'Shop.example': certificateOf(shop), '*.example.net': certificateOf(wild) },
      },
      app,
    );
    const [, namedPort] = named.address as readonly [string, number];
    const names: Record<string, string> = {
      'shop.example': 'DNS:shop.example',
      'a.example.net': 'DNS:*.example.net',
      'A.Example.NET': 'DNS:*.example.net',
      'a.b.example.net': 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
      'other.example': 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    };
    for (const [servername, expected] of Object.entries(names)) {
      const socket = await to({ port: namedPort, servername, rejectUnauthorized: false });
      expect(socket.getPeerCertificate().subjectaltname, servername).to.equal(expected);
      expect(await seenBy(socket)).to.include({ isAuthorized: true });
    }
  });

  it('staples an OCSP response for those who ask', async () => {
    const ocspResponse = Buffer.from('what a responder signed');
    await using stapling = await TempSSLServer.start({ ...pki.serverSslconfig, ocspResponse }, app);
    const [, staplingPort] = stapling.address as readonly [string, number];
    const socket = connect({
      ...{ host: '127.0.0.1', port: staplingPort, requestOCSP: true },
      ...identity(),
    });
    const [response] = (await once(socket, 'OCSPResponse')) as [Buffer];
    expect(response.equals(ocspResponse)).to.equal(true);
    socket.destroy();
  });

  it('writes the secrets of its sessions to the key log', async () => {
    const keyLogFile = join(folder, 'keys');
    await using logging = await TempSSLServer.start({ ...pki.serverSslconfig, keyLogFile }, app);
    const [, loggingPort] = logging.address as readonly [string, number];
    await seenBy(await to({ port: loggingPort }));
    expect(readFileSync(keyLogFile, 'latin1')).to.match(
      /^(SERVER_HANDSHAKE_TRAFFIC_SECRET|CLIENT_TRAFFIC_SECRET_0) [0-9a-f]{64} [0-9a-f]{64,96}$/m,
    );
  });

  describe('session tickets', () => {
    /** A session of a server, behind its first answer. */
    const sessionOf = async (at: number): Promise<Buffer> => {
      const socket = await to({ port: at });
      const got = once(socket, 'session');
      await seenBy(socket);
      return ((await got) as [Buffer])[0];
    };

    const resumes = async (at: number, session: Buffer): Promise<unknown> => {
      const socket = await to({ port: at, session });
      const isReused = socket.isSessionReused();
      const seen = await seenBy(socket);
      expect(seen['isAuthorized']).to.equal(true);
      expect(seen['isResumed']).to.equal(isReused);
      return seen['isResumed'];
    };

    it('resume a session, in TLS 1.2 and 1.3, with the client’s certificate', async () => {
      expect(await resumes(port, await sessionOf(port))).to.equal(true);
      const old = await to({ maxVersion: 'TLSv1.2' });
      const session = old.getSession();
      await seenBy(old);
      const socket = await to({ session, maxVersion: 'TLSv1.2' });
      expect(await seenBy(socket)).to.include({ isResumed: true, isAuthorized: true });
    });

    it('are good behind a new certificate, and not behind other CAs', async () => {
      await using renewed = await TempSSLServer.start(pki.serverSslconfig, app);
      const [, at] = renewed.address as readonly [string, number];
      const session = await sessionOf(at);
      renewed.setSecureContext(pki.serverSslconfig);
      expect(await resumes(at, session)).to.equal(true);
      const again = await sessionOf(at);
      using other = new TempPKI();
      const ca = [pki.serverSslconfig.caFile, other.serverSslconfig.caFile].map((file) =>
        readFileSync(file),
      );
      const { certFile, keyFile } = pki.serverSslconfig;
      renewed.setSecureContext({ certFile, keyFile, ca });
      expect(await resumes(at, again)).to.equal(false);
    });

    it('are good for another server with the same ticketKeys alone', async () => {
      const ticketKeys = Buffer.alloc(48, 7);
      const tls = { ...pki.serverSslconfig, ticketKeys };
      await using one = await TempSSLServer.start(tls, app);
      await using two = await TempSSLServer.start(tls, app);
      const [, first] = one.address as readonly [string, number];
      const [, second] = two.address as readonly [string, number];
      const session = await sessionOf(first);
      expect(await resumes(second, session)).to.equal(true);
      expect(await resumes(port, await sessionOf(first))).to.equal(false);
    });

    it('expire when their key does', async function () {
      this.timeout(20_000);
      const tls = { ...pki.serverSslconfig, ticketLifetimeS: 1 };
      await using brief = await TempSSLServer.start(tls, app);
      const [, at] = brief.address as readonly [string, number];
      const session = await sessionOf(at);
      // Keys change with the seconds of the clock, which time(2) sees a few milliseconds late; each is
      // good for one more.
      const goneAt = (Math.floor(Date.now() / 1000) + 2) * 1000 + 100;
      while (Date.now() < goneAt) {
        await new Promise((resolve) => setTimeout(resolve, goneAt - Date.now()));
      }
      expect(await resumes(at, session)).to.equal(false);
    });

    it('are not given without sessionTickets', async () => {
      const tls = { ...pki.serverSslconfig, sessionTickets: false };
      await using plain = await TempSSLServer.start(tls, app);
      const [, at] = plain.address as readonly [string, number];
      const socket = await to({ port: at });
      let sessions = 0;
      socket.on('session', () => sessions++);
      await seenBy(socket);
      expect(sessions).to.equal(0);
    });
  });

  it('takes a new certificate under load, and loses no request', async function () {
    this.timeout(30_000);
    const tls = pki.serverSslconfig;
    await using busy = await TempSSLServer.start(tls, app);
    const [, at] = busy.address as readonly [string, number];
    const renewed = pki.createKey();
    pki.createCsr(renewed);
    pki.issueCert(renewed, pki.serverCaId, { names: ['localhost', '127.0.0.1'] });
    const next = pki.getServerSslconfig(renewed, pki.clientCaId as string);
    const certificates = new Set<string>();
    let served = 0;
    const client = async (isKept: boolean): Promise<void> => {
      const agent = new HttpsAgent({ keepAlive: isKept, maxSockets: 1, ...identity() });
      while (served < 400) {
        const request = httpsGet({ host: 'localhost', port: at, agent });
        const [response] = (await once(request, 'response')) as [
          NodeJS.ReadableStream & { statusCode: number; socket: TLSSocket },
        ];
        certificates.add(response.socket.getPeerCertificate().fingerprint256);
        expect(response.statusCode).to.equal(200);
        response.resume();
        await once(response, 'end');
        served++;
        if (served % 40 === 0) busy.setSecureContext((served / 40) % 2 === 0 ? tls : next);
      }
      agent.destroy();
    };
    await Promise.all([client(true), client(true), client(false), client(false)]);
    expect(certificates.size).to.equal(2);
  });

  it('needs a certificate, and CAs or the word that anybody may come', async () => {
    const start = (tls: object): Promise<unknown> => TempSSLServer.start(tls, app);
    await rejected('GUDEG_ERR_INVALID_OPTION', start({}));
    const { certFile, keyFile } = pki.serverSslconfig;
    await rejected('GUDEG_ERR_INVALID_OPTION', start({ certFile, keyFile }));
    await using open = await TempSSLServer.start(pki.anonymousServerSslconfig, app);
    const [, at] = open.address as readonly [string, number];
    const seen = await seenBy(await to({ port: at, cert: '', key: '' }));
    expect(seen).to.deep.include({ isAuthorized: false, protocol: 'TLSv1.3' });
    expect(seen).not.to.have.property('subject');
  });
});
