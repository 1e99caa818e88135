import { expect } from 'chai';
import { Server, type App, type CompleteServerOptions, type ServerOptions } from 'gudeg';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { caught } from '../caught.ts';

const ok: App = () => [200, 'OK', {}, 'ok'];
const reader: App = async (_session, { body }) => [200, 'OK', {}, (await body?.read()) ?? null];
const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const chunked = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n';

function completed(options: ServerOptions): CompleteServerOptions {
  return new Server(['127.0.0.1', 0], ok, options).options;
}

/** The status of the answer to `text`. */
async function statusOf(options: ServerOptions, text: string, app: App = reader): Promise<number> {
  await using server = await ObservedServer.start(app, options);
  await using client = await RawClient.to(server.address);
  return (await client.send(text).response()).status;
}

describe('the options of a server', () => {
  it('have these defaults', () => {
    expect(completed({})).to.deep.equal({
      profile: 'rfc',
      timeoutMs: 0,
      maxConnections: 65_536,
      maxRequests: 0,
      headTimeoutMs: 30_000,
      keepAliveTimeoutMs: 60_000,
      bodyTimeoutMs: 30_000,
      requestTimeoutMs: 300_000,
      writeTimeoutMs: 30_000,
      maxStartLineBytes: 16_384,
      maxHeadBytes: 32_768,
      maxHeaderCount: 100,
      maxBodyBytes: Number.MAX_SAFE_INTEGER,
      maxChunkLineBytes: 4096,
      maxChunkExtensionBytes: 262_144,
      maxChunkBytes: 16_777_216,
      maxTrailerBytes: 8192,
      maxDrainBytes: 65_536,
      outputHighWaterBytes: 65_536,
      inputHighWaterBytes: 65_536,
      errorResponses: true,
      dateHeader: true,
      acceptsPerTurn: 128,
      backlog: 511,
      reusePort: false,
      ipv6Only: false,
      proxyProtocol: 'off',
      proxyAllowIps: ['127.0.0.1', '::1'],
    });
  });

  it('have the defaults of Degu in its profile', () => {
    expect(completed({ profile: 'degu' })).to.include({
      maxConnections: 50,
      maxRequests: 1000,
      headTimeoutMs: 30_000,
      keepAliveTimeoutMs: 30_000,
      maxStartLineBytes: 32_768,
      maxHeadBytes: 32_768,
      maxHeaderCount: 1000,
      maxDrainBytes: 0,
      errorResponses: false,
      dateHeader: false,
    });
  });

  it('take timeoutMs for all timeouts but the one of the whole request', () => {
    expect(completed({ timeoutMs: 7, writeTimeoutMs: 8 })).to.include({
      headTimeoutMs: 7,
      keepAliveTimeoutMs: 7,
      bodyTimeoutMs: 7,
      writeTimeoutMs: 8,
      requestTimeoutMs: 300_000,
    });
  });

  for (const [options, message] of [
    [{ maxConnection: 1 }, 'there is no option maxConnection; did you mean maxConnections?'],
    [{ max_requests: 1 }, 'there is no option max_requests; did you mean maxRequests?'],
    [{ headTimeout: 1 }, 'there is no option headTimeout; did you mean headTimeoutMs?'],
    [{ profile: 'http2' }, "the option profile must be 'rfc' or 'degu'; got 'http2'"],
    [{ maxConnections: 0 }, 'the option maxConnections must be an integer in 1..4294967295; got 0'],
    [{ maxRequests: -1 }, 'the option maxRequests must be an integer in 0..4294967295; got -1'],
    [{ timeoutMs: 1.5 }, 'the option timeoutMs must be an integer in 0..2147483647; got 1.5'],
    [
      { headTimeoutMs: '1' },
      "the option headTimeoutMs must be an integer in 0..2147483647; got '1'",
    ],
    [
      { maxHeadBytes: 65_536 },
      'the option maxHeadBytes must be an integer in 64..65535; got 65536',
    ],
    [{ maxHeaderCount: 1001 }, 'the option maxHeaderCount must be an integer in 1..1000; got 1001'],
    [{ backlog: NaN }, 'the option backlog must be an integer in 1..2147483647; got NaN'],
    [{ dateHeader: 1 }, 'the option dateHeader must be true or false; got 1'],
    [{ reusePort: 'yes' }, "the option reusePort must be true or false; got 'yes'"],
  ] as [ServerOptions, string][]) {
    it(`are refused as in ${JSON.stringify(options)}`, () => {
      const error = caught('GUDEG_ERR_INVALID_OPTION', () => completed(options));
      expect(error.message).to.equal(message);
    });
  }

  it('that nothing resembles name all that exist', () => {
    const options = { zzz: 1 } as ServerOptions;
    const { message } = caught('GUDEG_ERR_INVALID_OPTION', () => completed(options));
    expect(message).to.match(/^there is no option zzz; known are .*maxConnections, .*ipv6Only$/);
  });

  it('of undefined mean their defaults', () => {
    const options = { maxRequests: undefined, dateHeader: undefined } as unknown as ServerOptions;
    expect(completed(options)).to.include({ maxRequests: 0, dateHeader: true });
  });

  it('app has to be a function, and so has onConnect', () => {
    const make = (app: unknown) => () => new Server(['127.0.0.1', 0], app as App);
    expect(caught('GUDEG_ERR_INVALID_ARG_TYPE', make({})).message).to.equal(
      'app must be a function; got {}',
    );
    const app = Object.assign(() => null, { onConnect: 5 });
    expect(caught('GUDEG_ERR_INVALID_ARG_TYPE', make(app)).message).to.equal(
      'app.onConnect must be a function; got 5',
    );
  });

  it('profile decides what is a request', async () => {
    const head = 'GET /a%20b HTTP/1.1\r\nhost: a\r\n\r\n';
    expect(await statusOf({}, head)).to.equal(200);
    expect(await statusOf({ profile: 'degu', errorResponses: true }, head)).to.equal(400);
  });

  it('maxConnections answers one more with 503', async () => {
    await using server = await ObservedServer.start(ok, { maxConnections: 2 });
    await using first = await RawClient.to(server.address);
    await using second = await RawClient.to(server.address);
    await first.request(get);
    await second.request(get);
    await using third = await RawClient.to(server.address);
    const response = await third.response();
    expect([response.status, response.body]).to.deep.equal([503, 'too many connections\n']);
    expect(response.field('connection')).to.equal('close');
    expect(await third.ending).to.equal('closed');
    expect(server.overloads).to.deep.equal(['GUDEG_ERR_TOO_MANY_CONNECTIONS']);
    expect(server.connectionCount).to.equal(2);
    expect((await first.request(get)).status).to.equal(200);
  });

  it('maxConnections counts those that are open now', async () => {
    await using server = await ObservedServer.start(ok, { maxConnections: 1 });
    for (let i = 0; i < 3; i++) {
      await using client = await RawClient.to(server.address);
      client.send(get.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
      expect((await client.response()).status).to.equal(200);
      client.finish();
      while (server.connectionCount > 0) await new Promise(setImmediate);
    }
  });

  it('maxConnections without errorResponses just closes', async () => {
    await using server = await ObservedServer.start(ok, {
      maxConnections: 1,
      errorResponses: false,
    });
    await using first = await RawClient.to(server.address);
    await first.request(get);
    await using second = await RawClient.to(server.address);
    expect(await second.rest()).to.equal('');
  });

  describe('limit the head:', () => {
    const line = (bytes: number): string => `GET /${'x'.repeat(bytes - 16)} HTTP/1.1\r\n`;

    it('maxStartLineBytes', async () => {
      const options = { maxStartLineBytes: 100 };
      expect(await statusOf(options, `${line(99)}host: a\r\n\r\n`)).to.equal(200);
      expect(await statusOf(options, `${line(200)}host: a\r\n\r\n`)).to.equal(414);
    });

    it('maxHeadBytes', async () => {
      const head = (bytes: number): string =>
        `GET / HTTP/1.1\r\nhost: a\r\nx: ${'v'.repeat(bytes - 32)}\r\n\r\n`;
      expect(head(1000)).to.have.length(1000);
      expect(await statusOf({ maxHeadBytes: 1000 }, head(1000))).to.equal(200);
      expect(await statusOf({ maxHeadBytes: 1000 }, head(1001))).to.equal(431);
      expect(await statusOf({ maxHeadBytes: 65_535 }, head(65_535))).to.equal(200);
    });

    it('maxHeaderCount', async () => {
      const head = (count: number): string =>
        `GET / HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(count - 1)}\r\n`;
      expect(await statusOf({ maxHeaderCount: 5 }, head(5))).to.equal(200);
      expect(await statusOf({ maxHeaderCount: 5 }, head(6))).to.equal(431);
      expect(await statusOf({ maxHeaderCount: 1000 }, head(1000))).to.equal(200);
    });
  });

  describe('limit the body:', () => {
    it('maxBodyBytes, announced', async () => {
      const post = (bytes: number): string =>
        `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`;
      expect(await statusOf({ maxBodyBytes: 10 }, post(10))).to.equal(200);
      expect(await statusOf({ maxBodyBytes: 10 }, post(11))).to.equal(413);
      expect(await statusOf({ maxBodyBytes: 0 }, post(0))).to.equal(200);
    });

    it('maxBodyBytes, in chunks', async () => {
      expect(
        await statusOf({ maxBodyBytes: 4 }, `${chunked}2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n`),
      ).to.equal(200);
      expect(
        await statusOf({ maxBodyBytes: 4 }, `${chunked}2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n`),
      ).to.equal(413);
    });

    it('maxChunkBytes', async () => {
      expect(await statusOf({ maxChunkBytes: 4 }, `${chunked}4\r\nabcd\r\n0\r\n\r\n`)).to.equal(
        200,
      );
      expect(await statusOf({ maxChunkBytes: 4 }, `${chunked}5\r\nabcde\r\n0\r\n\r\n`)).to.equal(
        413,
      );
    });

    it('maxChunkLineBytes', async () => {
      const body = (bytes: number): string => `1;a=${'b'.repeat(bytes - 6)}\r\nx\r\n0\r\n\r\n`;
      expect(await statusOf({ maxChunkLineBytes: 20 }, chunked + body(20))).to.equal(200);
      expect(await statusOf({ maxChunkLineBytes: 20 }, chunked + body(40))).to.equal(400);
    });

    it('maxChunkExtensionBytes, for all chunks of a body together', async () => {
      const body = (chunks: number): string => `${'1;a=bcdef\r\nx\r\n'.repeat(chunks)}0\r\n\r\n`;
      const options = { maxChunkExtensionBytes: 24 };
      expect(await statusOf(options, chunked + body(3))).to.equal(200);
      expect(await statusOf(options, chunked + body(4))).to.equal(413);
    });

    it('maxTrailerBytes', async () => {
      const body = (bytes: number): string => `0\r\nx: ${'y'.repeat(bytes - 5)}\r\n\r\n`;
      expect(await statusOf({ maxTrailerBytes: 40 }, chunked + body(30))).to.equal(200);
      expect(await statusOf({ maxTrailerBytes: 40 }, chunked + body(80))).to.equal(431);
    });

    it('maxDrainBytes, for what the app left', async () => {
      const post = (bytes: number): string =>
        `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`;
      await using server = await ObservedServer.start(ok, { maxDrainBytes: 100 });
      await using patient = await RawClient.to(server.address);
      patient.send(post(100));
      await patient.response();
      patient.send(`${'x'.repeat(100)}${get}`);
      expect((await patient.response()).status).to.equal(200);
      await using client = await RawClient.to(server.address);
      client.send(post(101));
      await client.response();
      expect(await client.ending).to.equal('closed');
    });
  });

  it('inputHighWaterBytes stops reading a body that nobody takes', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const length = 50_000_000;
    await using server = await ObservedServer.start(
      async (_session, { body }) => {
        await gate;
        let count = 0;
        if (body?.chunked === false) for await (const piece of body) count += piece.length;
        return [200, 'OK', {}, String(count)];
      },
      { inputHighWaterBytes: 10_000 },
    );
    await using client = await RawClient.to(server.address);
    client.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`);
    client.send(Buffer.alloc(length));
    // What the kernel takes is the kernel's affair; it isn't all.
    let before = -1;
    while (before !== client.socket.writableLength) {
      before = client.socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    expect(client.socket.writableLength).to.be.above(0);
    release();
    expect((await client.response()).body).to.equal(String(length));
  });

  it('outputHighWaterBytes says when a source has to wait', async () => {
    const given: number[] = [];
    for (const outputHighWaterBytes of [1, 1_000_000]) {
      let count = 0;
      await using server = await ObservedServer.start(
        (_session, _request, api) => [
          200,
          'OK',
          {},
          new api.BodyIter(
            (function* () {
              for (; count < 20_000; count++) yield 'x'.repeat(1000);
            })(),
            20_000_000,
          ),
        ],
        { outputHighWaterBytes },
      );
      await using client = await RawClient.to(server.address);
      client.socket.pause();
      client.send(get);
      let before = -1;
      while (before !== count || count === 0) {
        before = count;
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      given.push(count);
    }
    const [small = 0, large = 0] = given;
    expect(small).to.be.within(1, 19_999);
    expect(large - small).to.be.above(300);
  });

  it('errorResponses: false closes without a word', async () => {
    await using server = await ObservedServer.start(
      () => {
        throw new Error('no');
      },
      { errorResponses: false },
    );
    for (const text of [get, 'GET / HTTP/1.1\r\n\r\n', 'nonsense\r\n\r\n']) {
      await using client = await RawClient.to(server.address);
      expect(await client.send(text).rest()).to.equal('');
    }
    expect(server.errors).to.deep.equal(['no']);
    expect(server.protocolErrors).to.have.length(2);
  });

  it('errorResponses: false still sends the answers before', async () => {
    await using server = await ObservedServer.start(
      (_session, { uri }) => {
        if (uri === '/boom') throw new Error('no');
        return [200, 'OK', {}, null];
      },
      { errorResponses: false, dateHeader: false },
    );
    await using client = await RawClient.to(server.address);
    client.send(get + get.replace('/', '/boom') + get);
    expect(await client.rest()).to.equal('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });

  it('dateHeader decides about the date, of errors too', async () => {
    for (const dateHeader of [true, false]) {
      await using server = await ObservedServer.start(ok, { dateHeader });
      await using client = await RawClient.to(server.address);
      const date = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/;
      for (const text of [get, 'GET / HTTP/1.1\r\n\r\n']) {
        const found = (await client.request(text)).field('date');
        if (dateHeader) expect(found).to.match(date);
        else expect(found).to.equal(undefined);
      }
    }
  });
});
