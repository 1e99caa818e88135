import { expect } from 'chai';
import { connect } from 'node:net';
import { Event, sleep } from 'gudeg/green';
import type { GatewayApp, GatewayHeaders, StartResponse } from 'gudeg/gateway';

import { GatewayServer } from './gateway-server.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

function boom(): never {
  throw new Error('boom');
}

describe('a gateway app that fails', () => {
  it('before it has answered gets a 500, and the connection lives', async () => {
    await using server = await GatewayServer.start(boom);
    await using client = await server.connect();
    expect((await client.request(get)).status).to.equal(500);
    const response = await client.request(get);
    expect([response.status, response.body.includes('boom')]).to.deep.equal([500, false]);
    expect(server.server.errors).to.deep.equal(['boom', 'boom']);
  });

  it('after startResponse and before its first piece gets a 500 too', async () => {
    await using server = await GatewayServer.start(function* (_environ, startResponse) {
      startResponse('200 OK', [['x-a', '1']]);
      yield boom();
    });
    const response = await server.get();
    expect([response.status, response.field('x-a')]).to.deep.equal([500, undefined]);
  });

  it('in the middle of its body is cut off', async () => {
    await using server = await GatewayServer.start(function* (_environ, startResponse) {
      startResponse('200 OK', []);
      yield 'begun';
      boom();
    });
    await using client = await server.connect();
    const text = await client.send(get).rest();
    expect(text)
      .to.match(/begun/)
      .and.not.match(/0\r\n\r\n$/);
    expect(server.server.errors).to.deep.equal(['boom']);
  });

  it('shows its stack to the client with debug, and writes it to wsgi.errors', async () => {
    await using server = await GatewayServer.start(boom, { debug: true });
    const response = await server.get('/x?y');
    expect(response.status).to.equal(500);
    expect(response.body).to.match(/Error: boom\n +at boom/);
    expect(server.written.join('')).to.match(/^GET \/x\?y: Error: boom\n +at boom/);
    expect(server.server.errors).to.deep.equal([]);
  });

  it('may throw what is no error', async () => {
    for (const debug of [false, true]) {
      await using server = await GatewayServer.start(
        () => {
          throw null as unknown as Error;
        },
        { debug },
      );
      expect((await server.get()).status).to.equal(500);
    }
  });

  for (const [what, result] of [
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
    ['an object', {}],
    ['numbers in an array', [1, 2]],
    ['numbers from an iterable', new Set([1])],
    ['a Map', new Map([['a', 'b']])],
  ] as const) {
    it(`by giving ${what} is told so`, async () => {
      await using server = await GatewayServer.start((_environ, startResponse) => {
        startResponse('200 OK', []);
        return result as never;
      });
      expect((await server.get()).status).to.equal(500);
      expect(server.server.errors).to.deep.equal(['GUDEG_ERR_GATEWAY_RESPONSE']);
    });
  }

  it('by not calling startResponse is told so', async () => {
    await using server = await GatewayServer.start(() => ['x']);
    expect((await server.get()).status).to.equal(500);
    expect(server.server.errors).to.deep.equal(['GUDEG_ERR_GATEWAY_RESPONSE']);
  });

  for (const [what, status, headers] of [
    ['a status without a number', 'OK', []],
    ['a status of two digits', '20 OK', []],
    ['an informational status', '100 Continue', []],
    ['a status of 600', 600, []],
    ['a status with a line end', '200 OK\r\nx: y', []],
    ['a reason beyond one byte', '200 \u{1f35b}', []],
    ['no headers', '200 OK', null],
    ['headers as text', '200 OK', 'a: b'],
    ['a header that is no pair', '200 OK', ['ab']],
    ['a header of three', '200 OK', [['a', 'b', 'c']]],
    ['a header name with a space', '200 OK', [['a b', 'c']]],
    ['an empty header name', '200 OK', [['', 'c']]],
    ['a header name that is no text', '200 OK', [[1, 'c']]],
    ['a header value that is no text', '200 OK', [['a', 1]]],
    ['a header value with a line end', '200 OK', [['a', 'b\r\nc: d']]],
    ['a header value with a NUL', '200 OK', [['a', 'b\0']]],
    ['a header value beyond one byte', '200 OK', [['a', '\u{1f35b}']]],
    ['a header value with outer space', '200 OK', [['a', ' b']]],
    ['connection', '200 OK', [['Connection', 'close']]],
    ['transfer-encoding', '200 OK', [['Transfer-Encoding', 'chunked']]],
    ['upgrade', '200 OK', { Upgrade: 'x' }],
    ['a length that is no number', '200 OK', [['content-length', 'x']]],
    ['a negative length', '200 OK', [['content-length', '-1']]],
    [
      'two lengths',
      '200 OK',
      [
        ['content-length', '1'],
        ['content-length', '1'],
      ],
    ],
    ['a length with 204', '204 No Content', [['content-length', '1']]],
  ] as const) {
    it(`by giving startResponse ${what} is told so there`, async () => {
      let code: unknown;
      await using server = await GatewayServer.start((_environ, startResponse) => {
        try {
          startResponse(status, headers as unknown as GatewayHeaders);
        } catch (error) {
          code = (error as { code?: unknown }).code;
          throw error;
        }
        return [];
      });
      expect([(await server.get()).status, code]).to.deep.equal([
        500,
        'GUDEG_ERR_GATEWAY_RESPONSE',
      ]);
    });
  }

  it('by giving fewer or more bytes than it announced is refused, or cut off', async () => {
    const app: GatewayApp = (environ, startResponse) => {
      startResponse('200 OK', [['content-length', '3']]);
      const body = environ.QUERY_STRING;
      return environ.PATH_INFO === '/array' ? [body] : new Set(body);
    };
    await using server = await GatewayServer.start(app);
    expect((await server.get('/array?ab')).status).to.equal(500);
    expect((await server.get('/array?abcd')).status).to.equal(500);
    for (const [query, sent] of [
      ['ab', 'ab'],
      ['abcd', 'abc'],
    ]) {
      await using client = await server.connect();
      const text = await client
        .send(`GET /?${query} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
        .rest();
      expect(text.split('\r\n\r\n')[1]).to.equal(sent);
    }
    expect(server.server.errors.concat(server.written.map(() => 'written'))).to.have.length(4);
  });
});

describe('startResponse', () => {
  it('cannot be called twice without an error', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', []);
      startResponse('200 OK', []);
      return [];
    });
    expect((await server.get()).status).to.equal(500);
    expect(server.server.errors).to.deep.equal(['GUDEG_ERR_GATEWAY_RESPONSE']);
  });

  it('replaces a response that has not begun', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', [['x-a', '1']]);
      try {
        boom();
      } catch (error) {
        startResponse('503 Busy', [], error);
      }
      return ['sorry'];
    });
    const response = await server.get();
    expect([response.status, response.field('x-a'), response.body]).to.deep.equal([
      503,
      undefined,
      'sorry',
    ]);
  });

  it('throws the error that it is given when the response has begun', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', [])('begun');
      startResponse('500 Oops', [], new Error('too late'));
      return [];
    });
    await using client = await server.connect();
    expect(await client.send(get).rest()).to.match(/begun/);
    expect(server.server.errors).to.deep.equal(['too late']);
  });

  it('and write() are of no use when the response is over', async () => {
    let late: [StartResponse, (data: string) => void] | undefined;
    await using server = await GatewayServer.start((_environ, startResponse) => {
      late = [startResponse, startResponse('200 OK', [])];
      return ['x'];
    });
    await server.get();
    expect(() => late?.[0]('200 OK', [])).to.throw(/a second time/);
    expect(() => late?.[1]('more')).to.throw(/over/);
  });
});

describe('the iterable of a gateway app', () => {
  class Pieces implements Iterable<string> {
    closed = 0;
    readonly pieces: Iterable<string>;
    readonly onClose: () => void;

    constructor(pieces: Iterable<string>, onClose: () => void = () => undefined) {
      this.pieces = pieces;
      this.onClose = onClose;
    }

    [Symbol.iterator](): Iterator<string> {
      return this.pieces[Symbol.iterator]();
    }
    close(): void {
      this.closed++;
      this.onClose();
    }
  }

  it('is closed once when it was sent, when it throws, and to HEAD', async () => {
    const failing = function* () {
      yield 'x';
      boom();
    };
    for (const [method, pieces] of [
      ['GET', ['a']],
      ['GET', failing()],
      ['HEAD', ['a', 'b']],
    ] as const) {
      const result = new Pieces(pieces);
      await using server = await GatewayServer.start((_environ, startResponse) => {
        startResponse('200 OK', []);
        return result;
      });
      await using client = await server.connect();
      await client.send(`${method} / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`).rest();
      expect(result.closed).to.equal(1);
    }
  });

  it('may fail to close: that is reported, and the response stays', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', []);
      return new Pieces(['a'], boom);
    });
    const response = await server.get();
    expect([response.status, response.body]).to.deep.equal([200, 'a']);
    expect(server.written.join('')).to.include('boom');
  });

  it('is closed, and finally blocks run, when the client vanishes while pieces wait', async () => {
    const log: string[] = [];
    const ended = new Event();
    const app: GatewayApp = (_environ, startResponse) => {
      startResponse('200 OK', []);
      const pieces = function* () {
        try {
          for (;;) yield 'x'.repeat(65_536);
        } finally {
          sleep(0.001);
          log.push('finally');
        }
      };
      return new Pieces(pieces(), () => {
        log.push('close');
        ended.send();
      });
    };
    await using server = await GatewayServer.start(app);
    await using client = await server.connect();
    client.socket.pause();
    client.send(get);
    while (server.gateway.statistics().running === 0)
      await new Promise((resolve) => setImmediate(resolve));
    client.socket.resetAndDestroy();
    await ended.waitAsync();
    expect(log).to.deep.equal(['finally', 'close']);
    expect([server.server.errors, server.written]).to.deep.equal([[], []]);
  });

  it('gives write() an error when the client vanishes', async () => {
    const failed = new Event();
    await using server = await GatewayServer.start((_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      try {
        for (;;) write('x'.repeat(65_536));
      } catch (error) {
        failed.send(error);
        throw error;
      }
    });
    const [host, port] = server.server.address as [string, number];
    const socket = connect(port, host, () => socket.write(get));
    socket.once('data', () => socket.resetAndDestroy());
    const error = await failed.waitAsync();
    expect(error).to.have.property('code', 'GUDEG_ERR_CONNECTION_CLOSED');
  });
});
