import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  connect as netConnect,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { Duplex } from 'node:stream';
import { connect as tlsConnect, createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { TempPKI } from 'gudeg';
import {
  connect,
  GreenSslSocket,
  listen,
  serve,
  spawn,
  Timeout,
  wrapSsl,
  wrapSslAsync,
  connectAsync,
  type GreenListener,
  type GreenSocket,
} from 'gudeg/green';

const long = Buffer.alloc(500_000, 'long');

describe('wrapSsl()', () => {
  let pki: TempPKI;
  let server: { cert: Buffer; key: Buffer };
  let client: { ca: Buffer; servername: string };

  before(() => {
    pki = new TempPKI();
    const { certFile, keyFile } = pki.anonymousServerSslconfig;
    server = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    const ca = readFileSync(pki.anonymousClientSslconfig.caFile);
    client = { ca, servername: 'localhost' };
  });

  after(() => {
    pki.close();
  });

  /** A server of node:net that goes on with TLS after a line. */
  async function nodeServer(options: TlsOptions): Promise<Server> {
    const tls = createTlsServer({ ...server, ...options }, (socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    const plain = createServer((socket) => {
      socket.once('data', (line) => {
        expect(line.toString()).to.equal('STARTTLS\n');
        socket.write('go\n');
        tls.emit('connection', socket);
      });
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    return plain;
  }

  /** A connection to such a server, ready for TLS. */
  function startTls(plain: Server): GreenSocket {
    const socket = connect(['127.0.0.1', (plain.address() as AddressInfo).port]);
    socket.sendall('STARTTLS\n');
    expect(socket.readline()).to.equal('go\n');
    return socket;
  }

  /** Runs `use` in a green thread while a green server goes on with TLS and echoes, after a line if `line`. */
  async function withGreenServer(
    use: (listener: GreenListener, port: number) => unknown,
    options: { tls?: TlsOptions; line?: boolean; seen?: (error: unknown) => void } = {},
  ): Promise<void> {
    const listener = await spawn(() => listen(['127.0.0.1', 0]));
    const [, port] = listener.address as [string, number];
    const serving = spawn(serve, listener, (socket) => {
      try {
        if (options.line === true) expect(socket.readline()).to.equal('STARTTLS\n');
        using wrapped = wrapSsl(socket, { serverSide: true, tls: { ...server, ...options.tls } });
        for (let data = wrapped.recv(); data.length > 0; data = wrapped.recv())
          wrapped.sendall(data);
      } catch (error) {
        options.seen?.(error);
        socket.close();
      }
    });
    try {
      await use(listener, port);
    } finally {
      listener.close();
      serving.kill();
      await serving.waitAsync().catch(() => undefined);
    }
  }

  it('goes on with TLS as the client of a server of Node', async () => {
    const plain = await nodeServer({ ALPNProtocols: ['x'] });
    await spawn(() => {
      const tls = { ...client, ALPNProtocols: ['x'] };
      using socket = wrapSsl(startTls(plain), { tls });
      expect(socket.version()).to.equal('TLSv1.3');
      expect(socket.cipher()[0]).to.match(/^TLS_/);
      expect(socket.selectedAlpnProtocol()).to.equal('x');
      expect(socket.sessionReused).to.equal(false);
      expect(socket.getpeercert()?.subjectaltname).to.contain('DNS:localhost');
      expect(socket.getpeercert(true)?.[0]).to.equal(0x30);
      socket.sendall('hello\n');
      expect(socket.readline()).to.equal('hello\n');
      const sending = spawn(() => {
        socket.sendall(long);
      });
      expect(long.equals(socket.readexactly(long.length))).to.equal(true);
      sending.wait();
    });
    plain.close();
  });

  it('goes on with TLS as the server of a client of Node, and tells it the end', async () => {
    await withGreenServer(async (_listener, port) => {
      const socket = tlsConnect({ port, host: '127.0.0.1', ...client });
      await once(socket, 'secureConnect');
      let received = 0;
      const complete = new Promise<void>((resolve) => {
        socket.on('data', (data: Buffer) => {
          received += data.length;
          if (received === long.length) resolve();
        });
      });
      socket.write(long);
      await complete;
      socket.end();
      await once(socket, 'close');
    });
  });

  it('finds the beginning of the handshake in what came with the line before it', async () => {
    await withGreenServer(
      async (_listener, port) => {
        const below = netConnect(port, '127.0.0.1');
        await once(below, 'connect');
        const socket = tlsConnect({ ...client, socket: firstWith('STARTTLS\n', below) });
        await once(socket, 'secureConnect');
        socket.write('hello');
        const [answer] = (await once(socket, 'data')) as [Buffer];
        expect(answer.toString()).to.equal('hello');
        socket.destroy();
        below.destroy();
      },
      { line: true },
    );
  });

  it('detaches the socket that it is given, and keeps its timeout', async () => {
    const plain = await nodeServer({});
    await spawn(() => {
      const socket = startTls(plain);
      socket.settimeout(0.05);
      using wrapped = wrapSsl(socket, { tls: client, timeout: 10 });
      expect(socket.closed).to.equal(true);
      expect(() => socket.recv()).to.throw(/closed/);
      expect(wrapped.gettimeout()).to.equal(0.05);
      expect(() => wrapped.recv()).to.throw(Timeout);
      wrapped.sendall('still there\n');
      wrapped.settimeout(10);
      expect(wrapped.readline()).to.equal('still there\n');
    });
    plain.close();
  });

  it('throws a Timeout when the handshake takes too long, and closes the connection', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const accepted = once(mute, 'connection') as Promise<[Socket]>;
    const { port } = mute.address() as AddressInfo;
    await spawn(() => {
      const socket = connect(['127.0.0.1', port]);
      expect(() => wrapSsl(socket, { tls: client, timeout: 0.05 })).to.throw(Timeout);
    });
    const [peer] = await accepted;
    const closed = new Promise((resolve) => peer.on('close', resolve));
    peer.on('error', () => undefined).resume();
    await closed;
    mute.close();
  });

  it('throws what is wrong with the server’s certificate', async () => {
    const plain = await nodeServer({});
    await spawn(() => {
      const codeOf = (tls: object): string => {
        try {
          wrapSsl(startTls(plain), { tls }).close();
          return 'done';
        } catch (error) {
          return (error as NodeJS.ErrnoException).code ?? String(error);
        }
      };
      expect(codeOf({ servername: 'localhost' })).to.match(/SELF_SIGNED|UNABLE_TO/);
      expect(codeOf({ ...client, servername: 'other' })).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
    });
    plain.close();
  });

  it('refuses clients without the certificate that is asked for, on the server’s side', async () => {
    const { caFile } = pki.serverSslconfig;
    const seen: unknown[] = [];
    const tls = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(caFile) };
    await withGreenServer(
      async (_listener, port) => {
        const socket = tlsConnect({ port, host: '127.0.0.1', ...client });
        const closed = new Promise((resolve) => socket.on('close', resolve));
        socket.on('error', () => undefined).resume();
        await closed;
        const { certFile, keyFile } = pki.clientSslconfig;
        const own = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
        await spawn(() => {
          using good = connect(['127.0.0.1', port], { tls: { ...client, ...own } });
          good.sendall('hello\n');
          expect(good.readline()).to.equal('hello\n');
        });
      },
      { tls, seen: (error) => seen.push(error) },
    );
    expect(seen).to.have.length(1);
    expect((seen[0] as NodeJS.ErrnoException).code).to.match(/PEER_DID_NOT_RETURN|ECONNRESET/);
  });

  it('has a promise-returning twin that a signal ends', async () => {
    await withGreenServer(async (_listener, port) => {
      const socket = await connectAsync(['127.0.0.1', port]);
      const wrapped = await wrapSslAsync(socket, { tls: client });
      await wrapped.sendallAsync('hello\n');
      expect(await wrapped.readlineAsync()).to.equal('hello\n');
      wrapped.close();
    });
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const socket = await connectAsync(['127.0.0.1', (mute.address() as AddressInfo).port]);
    const controller = new AbortController();
    const handshake = wrapSslAsync(socket, { tls: client, signal: controller.signal });
    controller.abort(new Error('enough'));
    expect(await handshake.catch((error: unknown) => (error as Error).message)).to.equal('enough');
    mute.close();
  });

  it('is of the same kind as what connect() and listen() with tls give', async () => {
    await spawn(() => {
      using listener = listen(['127.0.0.1', 0], { tls: server });
      const [, port] = listener.address as [string, number];
      const accepting = spawn(() => listener.accept());
      using socket = connect(['127.0.0.1', port], { tls: client });
      using accepted = accepting.wait();
      expect(socket.version()).to.equal('TLSv1.3');
      expect(accepted).to.be.instanceOf(GreenSslSocket);
    });
  });

  it('blocks green threads alone', async () => {
    const plain = await nodeServer({});
    const { port } = plain.address() as AddressInfo;
    const socket = await connectAsync(['127.0.0.1', port]);
    expect(() => wrapSsl(socket, { tls: client })).to.throw(/event loop/);
    expect(socket.closed).to.equal(false);
    socket.close();
    plain.close();
  });
});

/** The socket, with `text` before the first bytes that are written to it. */
function firstWith(text: string, below: Socket): Duplex {
  let first: Buffer = Buffer.from(text);
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      below.write(Buffer.concat([first, chunk]), () => {
        done();
      });
      first = Buffer.alloc(0);
    },
  });
  below.on('data', (data) => stream.push(data)).on('error', () => undefined);
  return stream;
}
