import { expect } from 'chai';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { Event, sleep } from 'gudeg/green';
import type { GatewayApp, GatewayResult } from 'gudeg/gateway';

import { GatewayServer } from './gateway-server.ts';

/** An app that answers 200 with what `make` gives. */
const giving =
  (make: () => unknown): GatewayApp =>
  (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return make() as GatewayResult;
  };

async function bodyOf(app: GatewayApp): Promise<string> {
  await using server = await GatewayServer.start(app);
  const { status, body } = await server.get();
  expect([status, server.server.errors, server.written]).to.deep.equal([200, [], []]);
  return body;
}

describe('a response of a gateway app', () => {
  for (const [form, make, expected] of [
    ['an array of text', () => ['hello, ', 'world'], 'hello, world'],
    ['an array of bytes', () => [Buffer.from('hi'), new Uint8Array([33])], 'hi!'],
    ['text alone', () => 'hello', 'hello'],
    ['bytes alone', () => Buffer.from('hello'), 'hello'],
    ['nothing in an array', () => [], ''],
    ['empty pieces', () => ['', new Uint8Array(0)], ''],
    ['a set', () => new Set(['a', 'b']), 'ab'],
    [
      'an async generator',
      async function* () {
        await Promise.resolve();
        yield 'a';
        yield 'b';
      },
      'ab',
    ],
    ['a stream', () => Readable.from(['a', 'b', 'c']), 'abc'],
    ['a promise of an array', () => Promise.resolve(['later']), 'later'],
    [
      'text that needs UTF-8',
      () => ['kr\u00e4mig', '\u{1f35b}'],
      'kr\u00c3\u00a4mig\u00f0\u009f\u008d\u009b',
    ],
  ] as const) {
    it(`can be ${form}`, async () => {
      expect(await bodyOf(giving(make))).to.equal(expected);
    });
  }

  it('comes from an app that is a generator: startResponse is called with its first piece', async () => {
    const app = function* (_environ: unknown, startResponse: Parameters<GatewayApp>[1]) {
      startResponse(200, {});
      yield 'from ';
      sleep(0.001);
      yield 'a generator';
    };
    expect(await bodyOf(app)).to.equal('from a generator');
  });

  it('comes from an async app', async () => {
    const app: GatewayApp = async (_environ, startResponse) => {
      await new Promise((resolve) => setImmediate(resolve));
      startResponse('200 OK', []);
      return 'async';
    };
    expect(await bodyOf(app)).to.equal('async');
  });

  it('has content-length when its pieces are in an array, however large', async () => {
    await using small = await GatewayServer.start(giving(() => ['ab', 'cd']));
    await using large = await GatewayServer.start(giving(() => ['x'.repeat(100_000), 'y']));
    const [first, second] = [await small.get(), await large.get()];
    expect([first.field('content-length'), first.body]).to.deep.equal(['4', 'abcd']);
    expect([second.field('content-length'), second.body.length]).to.deep.equal(['100001', 100_001]);
  });

  it('is chunked when its length is not known, one chunk for each piece', async () => {
    const pieces = function* () {
      yield 'stuff';
      yield '';
      yield 'more stuff';
    };
    await using server = await GatewayServer.start(giving(pieces));
    const { wire, values } = await server.get().then((response) => ({
      wire: response.wire,
      values: response.values('transfer-encoding'),
    }));
    expect(values).to.deep.equal(['chunked']);
    expect(wire).to.equal('5\r\nstuff\r\na\r\nmore stuff\r\n0\r\n\r\n');
  });

  it('ends with the connection when its length is not known and the client speaks HTTP/1.0', async () => {
    const pieces = function* () {
      yield 'stuff';
      yield 'more';
    };
    await using server = await GatewayServer.start(giving(pieces));
    const response = await server.request('GET / HTTP/1.0\r\n\r\n');
    expect(response.values('transfer-encoding')).to.deep.equal([]);
    expect(response.body).to.equal('stuffmore');
  });

  it('keeps the content-length that the app announces, and is not chunked then', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '6']]);
      return (function* () {
        yield 'abc';
        yield 'def';
      })();
    });
    const response = await server.get();
    expect([response.field('content-length'), response.body]).to.deep.equal(['6', 'abcdef']);
  });

  it('sends pieces as they come', async () => {
    const event = new Event();
    await using server = await GatewayServer.start(
      giving(function* () {
        yield 'first';
        event.wait();
        yield 'second';
      }),
    );
    await using client = await server.connect();
    client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    while (!client.received.includes('first')) await client.receive(client.received.length + 1);
    expect(client.received).to.not.include('second');
    event.send();
    expect((await client.response()).body).to.equal('firstsecond');
  });

  it('joins small pieces when minimumChunkSize says so', async () => {
    const pieces = function* () {
      for (const piece of 'abcdefg') yield piece;
    };
    await using server = await GatewayServer.start(giving(pieces), { minimumChunkSize: 3 });
    expect((await server.get()).wire).to.equal('3\r\nabc\r\n3\r\ndef\r\n1\r\ng\r\n0\r\n\r\n');
  });

  it('begins with what write() is given', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      write('a');
      write(Buffer.from('b'));
      return ['c'];
    });
    const response = await server.get();
    expect([response.field('transfer-encoding'), response.body]).to.deep.equal(['chunked', 'abc']);
  });

  it('may be all written, with a length', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', [['content-length', '5']])('abcde');
      return [];
    });
    expect((await server.get()).body).to.equal('abcde');
  });

  it('takes the status as a number, and its own reason', async () => {
    await using server = await GatewayServer.start((environ, startResponse) => {
      startResponse(environ.PATH_INFO === '/own' ? '404 Nowhere' : 404, []);
      return [];
    });
    expect((await server.get('/')).reason).to.equal('Not Found');
    expect((await server.get('/own')).reason).to.equal('Nowhere');
  });

  it('repeats a field that is given twice', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', [
        ['Set-Cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['__proto__', 'x'],
      ]);
      return [];
    });
    const response = await server.get();
    expect(response.values('set-cookie')).to.deep.equal(['a=1', 'b=2']);
    expect(response.values('__proto__')).to.deep.equal(['x']);
  });

  it('takes the fields as an object or a Map too', async () => {
    await using server = await GatewayServer.start((environ, startResponse) => {
      startResponse(200, environ.PATH_INFO === '/map' ? new Map([['x-a', '1']]) : { 'x-a': '1' });
      return [];
    });
    expect((await server.get('/map')).field('x-a')).to.equal('1');
    expect((await server.get('/')).field('x-a')).to.equal('1');
  });

  it('has names with capitals when asked for', async () => {
    await using server = await GatewayServer.start(
      giving(() => 'x'),
      {
        capitalizeResponseHeaders: true,
      },
    );
    expect((await server.get()).lines).to.include('Content-Type: text/plain');
  });

  for (const status of ['204 No Content', '304 Not Modified']) {
    it(`has neither body nor framing with ${status}`, async () => {
      await using server = await GatewayServer.start((_environ, startResponse) => {
        startResponse(status, []);
        return [''];
      });
      await using client = await server.connect();
      const response = await client.request('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
      expect(response.values('content-length')).to.deep.equal([]);
      expect(response.values('transfer-encoding')).to.deep.equal([]);
      expect((await client.request('GET / HTTP/1.1\r\nhost: a\r\n\r\n')).status).to.equal(
        response.status,
      );
    });

    it(`with ${status} and a body is the app's fault`, async () => {
      await using server = await GatewayServer.start((environ, startResponse) => {
        startResponse(status, []);
        return environ.PATH_INFO === '/array'
          ? ['x']
          : (function* () {
              yield 'x';
            })();
      });
      expect([(await server.get('/array')).status, (await server.get('/')).status]).to.deep.equal([
        500, 500,
      ]);
      expect(server.server.errors).to.deep.equal([
        'GUDEG_ERR_GATEWAY_RESPONSE',
        'GUDEG_ERR_GATEWAY_RESPONSE',
      ]);
    });
  }

  it('may announce a length of 0 with 204', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('204 No Content', [['Content-Length', '0']]);
      return [];
    });
    expect((await server.get()).values('content-length')).to.deep.equal([]);
  });

  it('to HEAD has the head that GET would get, and an iterable is not asked for more than that needs', async () => {
    let asked = 0;
    let isClosed = false;
    const pieces = function* () {
      try {
        for (;;) {
          asked++;
          yield 'x';
        }
      } finally {
        isClosed = true;
      }
    };
    await using server = await GatewayServer.start((environ, startResponse) => {
      startResponse('200 OK', environ.PATH_INFO === '/own' ? [['content-length', '99']] : []);
      if (environ.PATH_INFO === '/endless') return pieces();
      return environ.PATH_INFO === '/array' ? ['abc'] : [];
    });
    const head = (path: string) => server.request(`HEAD ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    expect((await head('/array')).field('content-length')).to.equal('3');
    expect((await head('/own')).field('content-length')).to.equal('99');
    expect((await head('/endless')).field('transfer-encoding')).to.equal('chunked');
    expect([asked, isClosed]).to.deep.equal([1, true]);
  });

  it('of many megabytes waits for a slow reader', async () => {
    const pieces = 320;
    let pushed = 0;
    await using server = await GatewayServer.start(
      giving(function* () {
        for (; pushed < pieces; pushed++) yield Buffer.alloc(65_536, 97);
      }),
    );
    const [host, port] = server.server.address as [string, number];
    const socket = connect(port, host);
    socket.write('GET / HTTP/1.0\r\n\r\n');
    // It stops when the kernel takes no more, and goes on when the client reads.
    for (let before = -1; pushed !== before || pushed === 0;) {
      before = pushed;
      await setTimeout(50);
    }
    expect(pushed).to.be.lessThan(pieces);
    let length = 0;
    for await (const data of socket) length += (data as Buffer).length;
    expect(length - pieces * 65_536).to.be.within(20, 200);
  });

  it('calls posthooks when it has left, whatever they do', async () => {
    const calls: unknown[] = [];
    const done = new Event();
    await using server = await GatewayServer.start((environ, startResponse) => {
      startResponse(200, []);
      environ['gudeg.posthooks'].push(
        [(...args: unknown[]) => calls.push(args), 1, 2],
        [
          () => {
            throw new Error('a hook failed');
          },
        ],
        [
          () => {
            sleep(0.001);
            done.send();
          },
        ],
      );
      return ['x'];
    });
    const response = await server.get();
    await done.waitAsync();
    expect([response.body, calls]).to.deep.equal(['x', [[1, 2]]]);
    expect(server.written.join('')).to.include('a hook failed');
  });
});
