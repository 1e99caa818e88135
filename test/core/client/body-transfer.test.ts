import { expect } from 'chai';
import fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Body, BodyIter, Client, TempServer, type App, type ListenAddress } from 'gudeg';
import { rejected } from '../caught.ts';
import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { RawServer } from '../../support/raw-server.ts';
import { socketPath } from '../../support/socket-path.ts';

const large = randomBytes(3 * 1024 * 1024 + 123);
/** AddressSanitizer keeps what was freed for a while. */
const isSanitized = process.env['ASAN_OPTIONS'] !== undefined;
const ok = 'HTTP/1.1 200 OK\r\n';

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads a body into one piece of memory, again and again. */
async function digestInto(body: unknown, bytes: number): Promise<string> {
  const target = Buffer.alloc(bytes);
  const hash = createHash('sha256');
  for (let count; (count = await (body as Body).readInto(target)) > 0;) {
    hash.update(target.subarray(0, count));
  }
  return hash.digest('hex');
}

const transports: readonly [string, ListenAddress][] = [
  ['TCP', ['127.0.0.1', 0]],
  ['a unix socket', socketPath()],
];

describe('a body that is read into memory of the application', function () {
  this.timeout(60_000);

  for (const [transport, address] of transports) {
    for (const bytes of [1000, 65_536, 1_048_576, 4_194_304]) {
      it(`comes whole over ${transport}, ${bytes} bytes at a time, both ways`, async () => {
        const app: App = async (_session, { body }) => {
          const seen = body === null ? '' : await digestInto(body, bytes);
          return [200, 'OK', { seen }, large];
        };
        await using server = await TempServer.start(app, {}, address);
        await using connection = await new Client(server.address ?? '').connect();
        for (let i = 0; i < 2; i++) {
          const { headers, body } = await connection.post('/', {}, large);
          expect(headers['seen']).to.equal(digest(large));
          expect(await digestInto(body, bytes)).to.equal(digest(large));
          expect(connection.isIdle, 'is idle').to.equal(true);
        }
      });
    }
  }

  it('is the same however it is split, and whichever way it is read', async () => {
    let pieces: Uint8Array[] = [];
    await using server = await RawServer.start((socket) => {
      const length = pieces.reduce((sum, { length }) => sum + length, 0);
      socket.write(`${ok}content-length: ${length}\r\n\r\n`);
      const next = (rest: Uint8Array[]): void => {
        const [piece, ...others] = rest;
        if (piece !== undefined) socket.write(piece, () => setImmediate(next, others));
      };
      next(pieces);
    });
    await using connection = await new Client(server.address).connect();
    const step = fc.record({ into: fc.boolean(), size: fc.integer({ min: 1, max: 300 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }),
        fc.infiniteStream(step),
        async (given, steps) => {
          pieces = given;
          const expected = Buffer.concat(given);
          const { body } = await connection.get('/');
          const got: Buffer[] = [];
          for (const { into, size } of steps) {
            const target = Buffer.alloc(size);
            const piece = into
              ? target.subarray(0, await (body as Body).readInto(target))
              : await (body as Body).read(size);
            if (piece.length === 0) break;
            got.push(piece);
          }
          expect(Buffer.concat(got).equals(expected)).to.equal(true);
          expect(connection.isIdle).to.equal(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves the request behind it on the connection alone', async () => {
    const app: App = async (_session, { uri, body }) => [
      200,
      'OK',
      {},
      body === null ? uri : await digestInto(body, 1_048_576),
    ];
    await using server = await ObservedServer.start(app);
    await using client = await RawClient.to(server.address);
    client.send(`POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: ${large.length}\r\n\r\n`);
    client.send(large).send('GET /b HTTP/1.1\r\nhost: a\r\n\r\n');
    expect((await client.response()).body).to.equal(digest(large));
    expect((await client.response()).body).to.equal('/b');
    expect(server.errors).to.deep.equal([]);
  });

  it('is handed over as it drips, not before the target is full', async () => {
    const text = 'one byte at a time';
    await using server = await RawServer.start((socket) => {
      socket.write(`${ok}content-length: ${text.length}\r\n\r\n`);
      const drip = (index: number): void => {
        if (index < text.length) {
          socket.write(text.charAt(index), () => setImmediate(drip, index + 1));
        }
      };
      drip(0);
    });
    await using connection = await new Client(server.address).connect();
    const { body } = await connection.get('/');
    const target = Buffer.alloc(10);
    expect(await (body as Body).readInto(target)).to.equal(10);
    expect(target.toString()).to.equal(text.slice(0, 10));
    expect(await (body as Body).readInto(target)).to.equal(8);
    expect(target.toString('latin1', 0, 8)).to.equal(text.slice(10));
    expect(await (body as Body).readInto(target)).to.equal(0);
    expect(connection.isIdle).to.equal(true);
  });

  it('that is cut off rejects, and its connection is gone', async () => {
    await using server = await RawServer.start((socket) => {
      socket.end(`${ok}content-length: 100000\r\n\r\n${'a'.repeat(70_000)}`);
    });
    await using connection = await new Client(server.address).connect();
    const { body } = await connection.get('/');
    const reading = (body as Body).readInto(Buffer.alloc(100_000));
    await rejected('GUDEG_ERR_CLIENT_RESPONSE_CUT', reading);
    expect(connection.closed).to.equal(true);
  });

  it('that the client cuts off rejects in the server', async () => {
    let outcome: unknown;
    const app: App = async (_session, { body }) => {
      outcome = await digestInto(body, 1_048_576).catch((error: unknown) => error);
      return [200, 'OK', {}, null];
    };
    await using server = await ObservedServer.start(app);
    await using client = await RawClient.to(server.address);
    client.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n`);
    client.send('a'.repeat(70_000)).finish();
    await client.rest();
    expect(outcome).to.have.property('code', 'GUDEG_ERR_HTTP_TRUNCATED_BODY');
  });

  it('ends in the middle with the reason of the signal', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${ok}content-length: 100000\r\n\r\n${'a'.repeat(70_000)}`);
    });
    await using connection = await new Client(server.address).connect();
    const abort = new AbortController();
    const { body } = await connection.get('/', {}, { signal: abort.signal });
    const target = Buffer.alloc(100_000);
    const reading = (body as Body).readInto(target);
    abort.abort(new Error('enough'));
    const error = await reading.catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('message', 'enough');
    expect(connection.closed).to.equal(true);
    await rejected('GUDEG_ERR_BODY_STATE', (body as Body).readInto(target));
  });

  it('refuses memory that was given away meanwhile', async () => {
    let goOn = (): void => undefined;
    await using server = await RawServer.start((socket) => {
      socket.write(`${ok}content-length: 8\r\n\r\nhalf`);
      goOn = () => socket.write('half');
    });
    await using connection = await new Client(server.address).connect();
    const { body } = await connection.get('/');
    const target = new Uint8Array(8);
    const reading = (body as Body).readInto(target);
    structuredClone(target.buffer, { transfer: [target.buffer] });
    goOn();
    await rejected('GUDEG_ERR_OUT_OF_RANGE', reading);
    expect(connection.closed).to.equal(true);
  });
});

describe('a large piece of a body', function () {
  this.timeout(60_000);

  for (const [transport, address] of transports) {
    it(`may be made again in the same memory once it was taken, over ${transport}`, async () => {
      const PIECE = 700_001;
      const COUNT = 12;
      function* patterns(): Generator<Buffer> {
        const memory = Buffer.alloc(PIECE);
        for (let i = 0; i < COUNT; i++) yield memory.fill(i);
      }
      const expected = createHash('sha256');
      for (const piece of patterns()) expected.update(piece);
      const wanted = expected.digest('hex');
      const app: App = async (_session, { body }) => [
        200,
        'OK',
        { seen: await digestInto(body, 65_536) },
        new BodyIter(patterns(), PIECE * COUNT),
      ];
      await using server = await TempServer.start(app, {}, address);
      await using connection = await new Client(server.address ?? '').connect();
      const sent = new BodyIter(patterns(), PIECE * COUNT);
      const { headers, body } = await connection.post('/', {}, sent);
      expect(headers['seen']).to.equal(wanted);
      expect(await digestInto(body, 65_536)).to.equal(wanted);
    });

    it(`is not kept a second time for a client that does not read, over ${transport}`, async () => {
      const piece = Buffer.alloc(24 * 1024 * 1024, 'a');
      await using server = await ObservedServer.start(() => [200, 'OK', {}, piece], {}, address);
      const place = server.address as [string, number] | string;
      const socket =
        typeof place === 'string' ? connect(place) : connect({ host: place[0], port: place[1] });
      const before = process.memoryUsage.rss();
      socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
      // Nothing listens for data: what has come stays in the socket, nearly all of it in the server.
      await once(socket, 'readable');
      const grown = process.memoryUsage.rss() - before;
      if (!isSanitized) expect(grown).to.be.lessThan(piece.length / 2);
      let bytes = 0;
      for await (const data of socket) bytes += (data as Buffer).length;
      expect(bytes).to.be.greaterThan(piece.length);
      expect(server.errors).to.deep.equal([]);
    });
  }

  it('of a request that its server refuses early still gets the answer', async () => {
    await using server = await RawServer.start((socket) => {
      socket.pause();
      socket.end(`${ok}content-length: 5\r\nconnection: close\r\n\r\nearly`, () => {
        socket.resetAndDestroy();
      });
    });
    await using connection = await new Client(server.address).connect();
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) {
        yield large;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const sent = new BodyIter(endless(), Number.MAX_SAFE_INTEGER);
    const answered = connection.post('/', {}, sent);
    const outcome = await answered.then(
      async ({ body }) => String(await body?.read()),
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    // What a reset overtakes is lost; nothing else may come of it.
    expect(outcome).to.be.oneOf(['early', 'GUDEG_ERR_CLIENT_NO_RESPONSE']);
    expect(connection.isIdle).to.equal(false);
  });
});
