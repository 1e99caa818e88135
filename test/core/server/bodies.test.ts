import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  Body,
  BodyIter,
  ChunkedBody,
  ChunkedBodyIter,
  FileSource,
  type App,
  type ResponseBody,
} from 'gudeg';
import { request } from 'undici';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const large = randomBytes(10 * 1024 * 1024);

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function urlOf(server: ObservedServer): string {
  const [host, port] = server.address as readonly [string, number];
  return `http://${host}:${port}/`;
}

const echo: App = (_session, { body }) => [200, 'OK', {}, body];

describe('a body of an answer', () => {
  for (const [what, make, bytes] of [
    ['null', () => null, ''],
    ['empty text', () => '', ''],
    ['text', () => 'hello', 'hello'],
    ['text beyond ASCII', () => 'héllo 好 😀', 'héllo 好 😀'],
    ['short text beyond ASCII at its end', () => `${'a'.repeat(40)}é`, `${'a'.repeat(40)}é`],
    ['text of 48 characters and one more', () => 'a'.repeat(49), 'a'.repeat(49)],
    ['text of a lone surrogate', () => 'a\ud800b', 'a\ufffdb'],
    ['text at the edge of what goes inline', () => 'b'.repeat(10_922), 'b'.repeat(10_922)],
    ['text beyond that', () => 'é好'.repeat(20_000), 'é好'.repeat(20_000)],
    ['an empty Uint8Array', () => new Uint8Array(0), ''],
    ['a Uint8Array', () => new Uint8Array([104, 105]), 'hi'],
    ['a part of a larger buffer', () => Buffer.from('xxhellox').subarray(2, 7), 'hello'],
    ['bytes at the edge of what goes inline', () => Buffer.alloc(32_768, 97), 'a'.repeat(32_768)],
    ['bytes beyond that', () => Buffer.alloc(32_769, 97), 'a'.repeat(32_769)],
    ['10 MiB of bytes', () => large, large],
    ['a Body of bytes', () => new Body(Buffer.from('hello'), 5), 'hello'],
    ['an empty Body', () => new Body(Buffer.alloc(0), 0), ''],
    ['a Body of 10 MiB', () => new Body(large, large.length), large],
    [
      'a Body of a Readable',
      () => new Body(Readable.from([Buffer.from('hel'), Buffer.from('lo')]), 5),
      'hello',
    ],
    [
      'a Body of a source that gives promises',
      () => {
        let left = 3;
        const read = (): Promise<Uint8Array> => {
          const piece = Buffer.from(left-- > 0 ? 'ab' : '');
          return new Promise((resolve) => setImmediate(resolve, piece));
        };
        return new Body({ read }, 6);
      },
      'ababab',
    ],
    ['a BodyIter', () => new BodyIter(['he', '', Buffer.from('llo')], 5), 'hello'],
    [
      'a BodyIter of a generator that waits',
      () =>
        new BodyIter(
          (async function* () {
            for (const item of ['a', 'b', 'c']) {
              await new Promise(setImmediate);
              yield item;
            }
          })(),
          3,
        ),
      'abc',
    ],
    [
      'a ChunkedBodyIter',
      () => new ChunkedBodyIter([[null, 'hello'] as const, [null, ''] as const]),
      'hello',
    ],
    [
      'a ChunkedBody of a Readable of 10 MiB',
      () => new ChunkedBody(Readable.from(slices(large, 60_000))),
      large,
    ],
  ] as [string, () => ResponseBody, string | Buffer][]) {
    it(`may be ${what}`, async () => {
      await using server = await ObservedServer.start(() => [200, 'OK', {}, make()]);
      for (let i = 0; i < 2; i++) {
        const { body, headers } = await request(urlOf(server));
        const got = Buffer.from(await body.arrayBuffer());
        expect(got.length).to.equal(Buffer.byteLength(bytes));
        expect(digest(got)).to.equal(digest(Buffer.from(bytes)));
        const length = headers['content-length'];
        if (headers['transfer-encoding'] === undefined) expect(length).to.equal(`${got.length}`);
        else expect(headers['transfer-encoding']).to.equal('chunked');
      }
      expect(server.errors).to.deep.equal([]);
    });
  }

  it('in chunks keeps their boundaries, extensions and trailers', async () => {
    const chunks = [
      [null, 'hello'],
      [['k', 'v'], 'world'],
      [['end', '"1"'], ''],
    ] as const;
    await using server = await ObservedServer.start(() => [
      200,
      'OK',
      {},
      new ChunkedBodyIter(chunks, { trailers: () => ({ digest: 'abc', 'x-b': 'c' }) }),
    ]);
    await using client = await RawClient.to(server.address);
    const { wire, trailers } = await client.request(get);
    expect(wire).to.equal(
      '5\r\nhello\r\n5;k=v\r\nworld\r\n0;end="1"\r\ndigest: abc\r\nx-b: c\r\n\r\n',
    );
    expect(trailers).to.deep.equal(['digest: abc', 'x-b: c']);
    expect((await client.request(get)).status).to.equal(200);
  });

  describe('from a file', () => {
    const path = join(tmpdir(), `gudeg-test-${process.pid}-file`);

    before(() => writeFile(path, large));

    after(() => rm(path));

    for (const [what, offset, length] of [
      ['whole', 0, large.length],
      ['in a part', 1_000_001, 3_000_003],
      ['of one byte', 7, 1],
      ['of no byte', 7, 0],
    ] as const) {
      it(`is sent ${what}, and the file closed`, async () => {
        const sources: FileSource[] = [];
        await using server = await ObservedServer.start(() => {
          const { fd } = openFd(path);
          const source = new FileSource(fd, offset, length);
          sources.push(source);
          return [200, 'OK', {}, new Body(source, length)];
        });
        for (let i = 0; i < 2; i++) {
          const { body } = await request(urlOf(server));
          const got = Buffer.from(await body.arrayBuffer());
          expect(digest(got)).to.equal(digest(large.subarray(offset, offset + length)));
        }
        // The answer after next shows that the one before was done with.
        await request(urlOf(server), { method: 'HEAD' });
        expect(sources.slice(0, 2).map(({ fd }) => fd)).to.deep.equal([-1, -1]);
        expect(server.errors).to.deep.equal([]);
      });
    }

    it('that is shorter than announced cuts the connection and is an error', async () => {
      await using server = await ObservedServer.start(() => {
        const { fd } = openFd(path);
        const source = new FileSource(fd, large.length - 10, 20);
        return [200, 'OK', {}, new Body(source, 20)];
      });
      await using client = await RawClient.to(server.address);
      client.send(get);
      await client.ending;
      expect(server.errors).to.have.length(1);
    });
  });

  describe('that fails on its way', () => {
    for (const [what, make, code] of [
      ['too short', () => new BodyIter(['he'], 5), 'GUDEG_ERR_BODY_LENGTH'],
      ['too long', () => new BodyIter(['hello', '!'], 5), 'GUDEG_ERR_BODY_LENGTH'],
      ['truncated', () => new Body(Buffer.from('he'), 5), 'GUDEG_ERR_BODY_TRUNCATED'],
      [
        'without a last chunk',
        () => new ChunkedBodyIter([[null, 'hello'] as const]),
        'GUDEG_ERR_BODY_CHUNKS',
      ],
      [
        'with a chunk behind the last',
        () =>
          new ChunkedBodyIter([
            [null, 'hello'],
            [null, ''],
            [null, 'x'],
          ] as const),
        'GUDEG_ERR_BODY_CHUNKS',
      ],
      [
        'with an extension that holds a line end',
        () =>
          new ChunkedBodyIter([
            [['k', 'v\r\n'], 'hello'],
            [null, ''],
          ] as const),
        'GUDEG_ERR_BAD_CHUNK_EXTENSION',
      ],
      [
        'with a trailer that steers framing',
        () =>
          new ChunkedBodyIter(
            [
              [null, 'hello'],
              [null, ''],
            ] as const,
            {
              trailers: { 'content-length': '5' },
            },
          ),
        'GUDEG_ERR_BAD_TRAILER',
      ],
      [
        'because its source throws',
        () =>
          new BodyIter(
            (function* () {
              yield 'he';
              throw new Error('broken');
            })(),
            5,
          ),
        'broken',
      ],
      [
        'because it was used before',
        () => {
          const body = new Body(Buffer.from('hello'), 5);
          body.close();
          return body;
        },
        'GUDEG_ERR_BODY_STATE',
      ],
    ] as [string, () => ResponseBody, string][]) {
      it(`${what} never looks whole, and is an error`, async () => {
        await using server = await ObservedServer.start(() => [200, 'OK', {}, make()], {
          dateHeader: false,
        });
        await using client = await RawClient.to(server.address);
        const text = await client.send(get).rest();
        expect(text).not.to.match(/\r\n0(;[^\r]*)?\r\n\r\n$/);
        expect(text.split('\r\n\r\n')[1]?.length ?? 0, 'bytes of content').to.be.below(
          text.includes('chunked') ? 11 : 6,
        );
        if (code === 'GUDEG_ERR_BODY_LENGTH' && what === 'too short') {
          expect(text).to.equal('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe');
        }
        expect(server.errors).to.deep.equal([code]);
      });
    }
  });

  it('waits for a slow client instead of filling memory', async () => {
    let given = 0;
    const piece = Buffer.alloc(65_536);
    await using server = await ObservedServer.start(() => [
      200,
      'OK',
      {},
      new BodyIter(
        (function* () {
          for (; given < 2000; given++) yield piece;
        })(),
        2000 * piece.length,
      ),
    ]);
    const [host, port] = server.address as readonly [string, number];
    const socket = connect(port, host);
    let count = 0;
    const whole = new Promise<void>((resolve) => {
      socket.on('data', (data) => {
        count += data.length;
        if (count > 2000 * piece.length) resolve();
      });
    });
    socket.write(get);
    await once(socket, 'data');
    socket.pause();
    // The kernel's buffers fill; then the source stands still.
    let before = -1;
    while (before !== given) {
      before = given;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    expect(given).to.be.within(1, 1500);
    socket.resume();
    await whole;
    socket.destroy();
    expect(given).to.equal(2000);
  });
});

describe('a body of a request', () => {
  it('is null where there is none', async () => {
    await using server = await ObservedServer.start((_session, { body }) => [
      200,
      'OK',
      {},
      body === null ? 'null' : 'a body',
    ]);
    await using client = await RawClient.to(server.address);
    expect((await client.request(get)).body).to.equal('null');
  });

  for (const [what, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
    ['what comes with the head', Buffer.alloc(3000, 97)],
    ['more than one read', Buffer.alloc(200_000, 98)],
    ['10 MiB', large],
  ] as const) {
    for (const [how, app] of [
      ['answered as it is', echo],
      ['read whole', async (_session, { body }) => [200, 'OK', {}, (await body?.read()) ?? null]],
      [
        'read whole, later',
        async (_session, request_) => {
          await new Promise(setImmediate);
          return [200, 'OK', {}, (await request_.body?.read()) ?? null];
        },
      ],
      [
        'iterated',
        async (_session, { body }) => {
          const pieces: Buffer[] = [];
          if (body?.chunked === false) for await (const piece of body) pieces.push(piece);
          else if (body !== null) for await (const [, data] of body) pieces.push(data as Buffer);
          return [200, 'OK', {}, Buffer.concat(pieces)];
        },
      ],
    ] as [string, App][]) {
      it(`of ${what} with content-length can be ${how}`, async () => {
        await using server = await ObservedServer.start(app);
        const answer = await request(urlOf(server), { method: 'POST', body: bytes });
        expect(digest(Buffer.from(await answer.body.arrayBuffer()))).to.equal(digest(bytes));
        expect(server.errors).to.deep.equal([]);
      });

      it(`of ${what} in chunks can be ${how}`, async () => {
        await using server = await ObservedServer.start(app);
        const body = Readable.from(slices(bytes, 50_000));
        const answer = await request(urlOf(server), { method: 'POST', body });
        expect(digest(Buffer.from(await answer.body.arrayBuffer()))).to.equal(digest(bytes));
        expect(server.errors).to.deep.equal([]);
      });
    }
  }

  it('can be read in measured pieces', async () => {
    const read: string[] = [];
    await using server = await ObservedServer.start(async (_session, { body }) => {
      if (body?.chunked !== false) return [400, 'Bad Request', {}, null];
      for (const size of [2, 0, 3, 100]) read.push((await body.read(size)).toString());
      return [200, 'OK', {}, `${body.state} ${body.remaining}`];
    });
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\nhel');
    client.send('lo wo').send('rld');
    expect((await client.response()).body).to.equal('1 0');
    expect(read).to.deep.equal(['he', '', 'llo', ' world']);
  });

  it('gives text and JSON', async () => {
    await using server = await ObservedServer.start(async (_session, { body, path }) => {
      const value = path[0] === 'json' ? await body?.json() : await body?.text();
      return [200, 'OK', {}, JSON.stringify(value)];
    });
    const send = async (path: string, body: string): Promise<[number, string]> => {
      const answer = await request(urlOf(server) + path, { method: 'POST', body });
      return [answer.statusCode, await answer.body.text()];
    };
    expect(await send('text', 'é好')).to.deep.equal([200, '"é好"']);
    expect(await send('json', '{"a":[1]}')).to.deep.equal([200, '{"a":[1]}']);
    expect((await send('json', '{"a'))[0]).to.be.oneOf([400, 500]);
    expect(server.errors).to.deep.equal(['GUDEG_ERR_BODY_JSON']);
  });

  it('shows chunks with their extensions, and trailers', async () => {
    await using server = await ObservedServer.start(async (_session, { body }) => {
      if (body?.chunked !== true) return [400, 'Bad Request', {}, null];
      const before = body.trailers;
      const chunks: unknown[] = [];
      for (;;) {
        const [extension, data] = await body.readChunk();
        chunks.push([extension, Buffer.from(data).toString()]);
        if (data.length === 0) break;
      }
      return [200, 'OK', {}, JSON.stringify([before, chunks, body.trailers, body.state])];
    });
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
    client.send('5;k=v\r\nhello\r\n3\r\nabc\r\n0;end=1\r\nX-Sum: 17\r\nx-b: c\r\n\r\n');
    expect(JSON.parse((await client.response()).body)).to.deep.equal([
      null,
      [
        [['k', 'v'], 'hello'],
        [null, 'abc'],
        [['end', '1'], ''],
      ],
      { 'x-sum': '17', 'x-b': 'c' },
      2,
    ]);
  });

  it('in chunks is relayed with boundaries, extensions and trailers', async () => {
    await using server = await ObservedServer.start(echo);
    await using client = await RawClient.to(server.address);
    const wire = '5;k=v\r\nhello\r\na\r\n0123456789\r\n0;end="x y"\r\nx-sum: 17\r\n\r\n';
    client.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
    for (const byte of wire) client.send(byte);
    expect((await client.response()).wire).to.equal(wire);
  });

  it('in chunks is relayed without white space around the parts of its extensions', async () => {
    await using server = await ObservedServer.start(echo);
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
    client.send('1;a = "b = c" ; d\r\nx\r\n1 ; k =\tv\r\ny\r\n0\r\n\r\n');
    expect((await client.response()).wire).to.equal(
      '1;a="b = c";d\r\nx\r\n1;k=v\r\ny\r\n0\r\n\r\n',
    );
  });

  it('is echoed while it still comes', async () => {
    await using server = await ObservedServer.start(echo);
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nabc');
    while (!client.received.endsWith('abc')) await client.receive(client.received.length + 1);
    client.send('def');
    expect((await client.response()).body).to.equal('abcdef');
  });

  it('that ends early is an error for who reads it', async () => {
    await using server = await ObservedServer.start(async (_session, { body }) => [
      200,
      'OK',
      {},
      (await body?.read()) ?? null,
    ]);
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhe').finish();
    expect((await client.response()).status).to.equal(400);
    expect(server.errors).to.deep.equal(['GUDEG_ERR_HTTP_TRUNCATED_BODY']);
  });

  it('with a broken chunk is refused with 400', async () => {
    await using server = await ObservedServer.start(async (_session, { body }) => [
      200,
      'OK',
      {},
      (await body?.read()) ?? null,
    ]);
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n');
    const response = await client.response();
    expect([response.status, response.field('connection')]).to.deep.equal([400, 'close']);
    expect(await client.ending).to.equal('closed');
    expect(server.errors).to.deep.equal(['GUDEG_ERR_HTTP_BAD_CHUNK_SIZE']);
  });

  it('cannot be read behind the answer', async () => {
    let late: Promise<unknown> = Promise.resolve();
    await using server = await ObservedServer.start((_session, { body }) => {
      late = new Promise(setImmediate).then(() => body?.read());
      late.catch(() => undefined);
      return [200, 'OK', {}, null];
    });
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhe');
    await client.response();
    const error = await late.then(
      () => null,
      (reason: unknown) => reason as { code: string },
    );
    expect(error?.code).to.equal('GUDEG_ERR_REQUEST_OVER');
  });

  describe('that the app leaves unread', () => {
    const ok: App = () => [200, 'OK', {}, 'done'];

    it('is dropped when it is small, and the connection goes on', async () => {
      await using server = await ObservedServer.start(ok);
      await using client = await RawClient.to(server.address);
      client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello' + get);
      expect([(await client.response()).body, (await client.response()).body]).to.deep.equal([
        'done',
        'done',
      ]);
      client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 50000\r\n\r\n');
      expect((await client.response()).body).to.equal('done');
      client.send(Buffer.alloc(50_000, 97)).send(get);
      expect((await client.response()).body).to.equal('done');
      client.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n');
      expect((await client.response()).body).to.equal('done');
      client.send(`0\r\nx: y\r\n\r\n${get}`);
      expect((await client.response()).body).to.equal('done');
    });

    it('ends the connection when it is large', async () => {
      await using server = await ObservedServer.start(ok);
      await using client = await RawClient.to(server.address);
      client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n');
      expect((await client.response()).body).to.equal('done');
      expect(await client.ending).to.equal('closed');
    });
  });
});

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function openFd(path: string): { fd: number } {
  return { fd: openSync(path, 'r') };
}
