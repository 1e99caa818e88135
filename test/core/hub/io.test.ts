import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  writeSync,
  readSync,
  constants,
} from 'node:fs';
import { connect as netConnect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { expect } from 'chai';
import {
  connect,
  debug,
  type GreenAddress,
  type GreenListener,
  type GreenSocket,
  listen,
  notifyOpened,
  onUnhandledError,
  serve,
  sleep,
  spawn,
  StopServe,
  Timeout,
  trampoline,
} from '../../../src/core/hub/index.ts';
import { errorOf } from './in-green.ts';

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

/** Runs a test's body in a green thread, in real time. */
const inGreen =
  <T>(body: () => T) =>
  (): Promise<T> =>
    spawn(body).waitAsync();

function upper(socket: GreenSocket): void {
  for (let data = socket.recv(); data.length > 0; data = socket.recv()) {
    socket.sendall(Buffer.from(data).toString().toUpperCase());
  }
}

describe('trampoline()', () => {
  let folder: string;
  let descriptors: number[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gudeg-green-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const read = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    descriptors = [read, openSync(fifo, constants.O_WRONLY)];
  });

  afterEach(() => {
    for (const descriptor of descriptors) closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });

  it('parks until a descriptor is readable', async () => {
    const [read = -1, write = -1] = descriptors;
    await spawn(() => {
      const reader = spawn(() => {
        trampoline(read, { read: true });
        const buffer = Buffer.alloc(10);
        return buffer.toString('utf8', 0, readSync(read, buffer));
      });
      sleep(0.002);
      expect(reader.dead).to.be.false;
      writeSync(write, 'data');
      expect(reader.wait()).to.equal('data');
      trampoline(write, { write: true });
    });
  });

  it('throws a Timeout, or the given error, when its time is up', async () => {
    const [read = -1] = descriptors;
    await spawn(() => {
      expect(errorOf(() => trampoline(read, { read: true, timeoutMs: 5 }))).to.be.instanceOf(
        Timeout,
      );
      const error = new Error('late');
      const options = { read: true, timeoutMs: 5, timeoutError: error };
      expect(errorOf(() => trampoline(read, options))).to.equal(error);
    });
  });

  it('refuses a second reader, bad descriptors and bad options', async () => {
    const [read = -1] = descriptors;
    await spawn(() => {
      const first = spawn(() => trampoline(read, { read: true }));
      sleep(0);
      const code = codeOf(errorOf(() => trampoline(read, { read: true })));
      expect(code).to.equal('GUDEG_ERR_HUB_BUSY_DESCRIPTOR');
      first.kill();
      expect(codeOf(errorOf(() => trampoline(-1, { read: true })))).to.equal(
        'GUDEG_ERR_INVALID_ARG_TYPE',
      );
      expect(codeOf(errorOf(() => trampoline(9999, { read: true })))).to.equal('GUDEG_ERR_HUB_IO');
      expect(codeOf(errorOf(() => trampoline(read, {})))).to.equal('GUDEG_ERR_INVALID_OPTION');
    });
  });

  it('160: lets several wait for the same event when it is told to', async () => {
    const [read = -1, write = -1] = descriptors;
    debug.hubPreventMultipleReaders(false);
    try {
      await spawn(() => {
        const readers = [1, 2].map((n) =>
          spawn(() => {
            trampoline(read, { read: true });
            return n;
          }),
        );
        sleep(0);
        expect(debug.formatHubListeners()).to.equal(
          `descriptor ${read}: 2 readers, 0 writers\n1 descriptors\n`,
        );
        writeSync(write, 'data');
        expect(readers.map((reader) => reader.wait())).to.deep.equal([1, 2]);
        expect(debug.formatHubListeners()).to.equal('0 descriptors\n');
      });
    } finally {
      debug.hubPreventMultipleReaders(true);
    }
  });

  it('goes on when the descriptor is broken: the next write says what is wrong', async () => {
    const [read = -1, write = -1] = descriptors;
    await spawn(() => {
      trampoline(write, { write: true });
      const block = Buffer.alloc(65_536);
      const fill = (): void => {
        for (;;) writeSync(write, block);
      };
      expect(codeOf(errorOf(fill))).to.equal('EAGAIN');
      const waiting = spawn(() => {
        trampoline(write, { write: true });
        writeSync(write, block);
      });
      sleep(0);
      closeSync(read);
      descriptors = [write];
      expect(codeOf(errorOf(() => waiting.wait()))).to.equal('EPIPE');
      expect(debug.formatHubListeners()).to.equal('0 descriptors\n');
    });
  });

  it('a waiter is told when the descriptor is closed', async () => {
    const [read = -1] = descriptors;
    await spawn(() => {
      const waiting = spawn(() => trampoline(read, { read: true }));
      sleep(0);
      notifyOpened(read);
      expect(codeOf(errorOf(() => waiting.wait()))).to.equal('GUDEG_ERR_HUB_IO');
    });
  });
});

describe('green sockets', () => {
  const addresses: [string, () => GreenAddress][] = [
    ['IPv4', () => ['127.0.0.1', 0]],
    ['IPv6', () => ['::1', 0]],
    ['unix', () => join(tmpdir(), `gudeg-green-${process.pid}.sock`)],
  ];
  if (process.platform === 'linux') {
    addresses.push(['abstract', () => Buffer.from(`\0gudeg-green-${process.pid}`)]);
  }
  for (const [name, address] of addresses) {
    it(
      `163: listen, serve, connect over ${name}: a handler that returns closes the connection`,
      inGreen(() => {
        const at = address();
        using listener = listen(at);
        const server = spawn(serve, listener, (socket: GreenSocket) => {
          socket.sendall(Buffer.from(socket.recv()).toString().toUpperCase());
        });
        const socket = connect(at instanceof Uint8Array ? at : listener.address);
        socket.sendall('abc');
        expect(socket.readline()).to.equal('ABC');
        expect(socket.recv()).to.have.lengthOf(0);
        socket.close();
        server.kill(new StopServe());
        server.wait();
      }),
    );
  }

  it(
    '165: StopServe, raised in a handler or thrown into the server, lets serve() return',
    inGreen(() => {
      const serving = (): { listener: GreenListener; server: ReturnType<typeof spawn> } => {
        const listener = listen(['127.0.0.1', 0]);
        const server = spawn(serve, listener, () => {
          throw new StopServe();
        });
        return { listener, server: server };
      };
      const first = serving();
      connect(first.listener.address).close();
      expect(first.server.wait(2)).to.be.undefined;
      first.listener.close();
      const second = serving();
      sleep(0);
      second.server.kill(new StopServe());
      expect(second.server.wait(2)).to.be.undefined;
      second.listener.close();
    }),
  );

  for (const [title, stopTimeout, isKilled] of [
    ['with a stopTimeout handlers are killed then, and clients see the end', 0.05, true],
    ['without one handlers finish', undefined, false],
  ] as const) {
    it(
      `167: a server that was stopped refuses connections; ${title}`,
      inGreen(() => {
        const listener = listen(['127.0.0.1', 0]);
        const { address } = listener;
        const handler = (socket: GreenSocket): void => {
          socket.sendall('hello\n');
          if (isKilled) sleep(60);
          else socket.recv();
          socket.sendall('late');
        };
        const server = spawn(() => serve(listener, handler, { concurrency: 2, stopTimeout }));
        const client = connect(address);
        expect(client.readline()).to.equal('hello\n');
        listener.close();
        server.wait(5);
        expect(codeOf(errorOf(() => connect(address)))).to.equal('ECONNREFUSED');
        if (!isKilled) client.sendall('go on');
        expect(Buffer.from(client.readexactly(4)).toString()).to.equal(isKilled ? '' : 'late');
        client.close();
      }),
    );
  }

  it(
    'an interrupted readexactly() or readline() loses nothing',
    inGreen(() => {
      using listener = listen(['127.0.0.1', 0]);
      const client = connect(listener.address);
      const socket = listener.accept();
      client.sendall('ab');
      expect(() => new Timeout(0.02).run(() => socket.readexactly(4))).to.throw(Timeout);
      expect(() => new Timeout(0.02).run(() => socket.readline())).to.throw(Timeout);
      client.sendall('cd\n');
      expect(socket.readline()).to.equal('abcd\n');
      client.close();
      socket.close();
    }),
  );

  it('166: an error in a handler is reported, its connection is closed, serving goes on', async () => {
    const reports: unknown[] = [];
    const before = onUnhandledError((error) => reports.push(error));
    try {
      await spawn(() => {
        using listener = listen(['127.0.0.1', 0]);
        const error = new Error('handler');
        const server = spawn(serve, listener, (socket: GreenSocket) => {
          if (Buffer.from(socket.recv()).toString() === 'throw') throw error;
          socket.sendall('fine');
        });
        const ask = (text: string): string => {
          using socket = connect(listener.address);
          socket.sendall(text);
          return Buffer.from(socket.recv()).toString();
        };
        expect(ask('throw')).to.equal('');
        expect(ask('other')).to.equal('fine');
        expect(reports).to.deep.equal([error]);
        server.kill();
      });
    } finally {
      onUnhandledError(before);
    }
  });

  it(
    'at its limit serve() takes no more connections',
    inGreen(() => {
      using listener = listen(['127.0.0.1', 0]);
      let most = 0;
      let running = 0;
      const handler = (socket: GreenSocket): void => {
        most = Math.max(most, ++running);
        sleep(0.005);
        running--;
        socket.sendall('x');
      };
      const server = spawn(() => serve(listener, handler, { concurrency: 2 }));
      const clients = Array.from({ length: 6 }, () =>
        spawn(() => connect(listener.address).recv().length),
      );
      expect(clients.map((client) => client.wait())).to.deep.equal([1, 1, 1, 1, 1, 1]);
      expect(most).to.equal(2);
      server.kill();
    }),
  );

  it(
    'reads lines, exact counts and pieces, and sends more than the buffers hold',
    inGreen(() => {
      using listener = listen(['127.0.0.1', 0]);
      const big = Buffer.alloc(3_000_000, 'x');
      const server = spawn(serve, listener, (socket: GreenSocket) => {
        socket.sendall('one\ntwo\r\n12345rest');
        socket.sendall(big);
        socket.sendall('\nlast');
      });
      using socket = connect(listener.address);
      expect([socket.readline(), socket.readline()]).to.deep.equal(['one\n', 'two\r\n']);
      expect(Buffer.from(socket.readexactly(5)).toString()).to.equal('12345');
      expect(Buffer.from(socket.recv(2)).toString()).to.equal('re');
      expect(socket.readexactly(2 + big.length)).to.have.lengthOf(2 + big.length);
      expect([...socket]).to.deep.equal(['\n', 'last']);
      server.kill();
    }),
  );

  it(
    'settimeout(), shutdown(), use after close, a second reader',
    inGreen(() => {
      using listener = listen(['127.0.0.1', 0]);
      const server = spawn(serve, listener, upper);
      const socket = connect(listener.address);
      socket.settimeout(0.005);
      expect(errorOf(() => socket.recv())).to.be.instanceOf(Timeout);
      socket.settimeout(null);
      const reader = spawn(() => Buffer.from(socket.recv()).toString());
      sleep(0);
      expect(codeOf(errorOf(() => socket.recv()))).to.equal('GUDEG_ERR_HUB_BUSY_DESCRIPTOR');
      socket.sendall('half');
      socket.shutdown('write');
      expect(reader.wait()).to.equal('HALF');
      expect(socket.recv()).to.have.lengthOf(0);
      socket.close();
      socket.close();
      expect(codeOf(errorOf(() => socket.recv()))).to.equal('GUDEG_ERR_HUB_IO');
      expect(codeOf(errorOf(() => socket.sendall('x')))).to.equal('GUDEG_ERR_HUB_IO');
      server.kill();
    }),
  );

  it('a reset by the peer reads as the end', async () => {
    const sockets: Socket[] = [];
    const server: Server = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await spawn(() => {
      const socket = connect(['127.0.0.1', port]);
      const reading = spawn(() => socket.recv().length);
      while (sockets.length === 0) sleep(0.001);
      sockets[0]?.resetAndDestroy();
      expect(reading.wait()).to.equal(0);
    });
    server.close();
  });

  it('a refused connection, a bad address and a slow one are errors', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await spawn(() => {
      expect(codeOf(errorOf(() => connect(['127.0.0.1', port])))).to.equal('ECONNREFUSED');
      expect(codeOf(errorOf(() => connect(['127.0.0.1', 70_000])))).to.equal(
        'GUDEG_ERR_INVALID_ADDRESS',
      );
      expect(codeOf(errorOf(() => connect(5 as never)))).to.equal('GUDEG_ERR_INVALID_ADDRESS');
    });
    expect(() => connect(['127.0.0.1', port])).to.throw(/event loop/);
  });

  it('speaks TLS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gudeg-green-tls-'));
    try {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
      const request = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
      ];
      execFileSync('openssl', [...request, '-keyout', key, '-out', cert, ...subject], {
        stdio: 'ignore',
      });
      const pem = readFileSync(cert);
      await spawn(() => {
        using listener = listen(['127.0.0.1', 0], { tls: { key: readFileSync(key), cert: pem } });
        const server = spawn(serve, listener, upper);
        const [, port] = listener.address as [string, number];
        using socket = connect(['127.0.0.1', port], {
          tls: { ca: pem, servername: 'localhost' },
          timeout: 5,
        });
        socket.sendall('secret\n');
        expect(socket.readline()).to.equal('SECRET\n');
        server.kill();
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('secure contexts can be made in any green thread and outside', async () => {
    const make = (): boolean => tls.createSecureContext() instanceof Object;
    const made = [
      make(),
      await spawn(make),
      await spawn(() => [spawn(make), spawn(make)].every((each) => each.wait())),
    ];
    expect(made).to.deep.equal([true, true, true]);
  });

  it('a green server serves clients of others', async () => {
    const listener = await spawn(() => listen(['127.0.0.1', 0])).waitAsync();
    const server = spawn(serve, listener, upper);
    const [host, port] = listener.address as [string, number];
    const text = await new Promise((resolve, reject) => {
      const socket = netConnect(port, host, () => socket.write('plain'));
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.end();
      });
      socket.once('error', reject);
    });
    expect(text).to.equal('PLAIN');
    server.kill();
    listener.close();
  });
});
