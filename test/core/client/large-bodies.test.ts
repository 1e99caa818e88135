import { expect } from 'chai';
import { BodyIter, ChunkedBodyIter, Client, TempServer, type App } from 'gudeg';

const MEBIBYTE = Buffer.alloc(1024 * 1024, 'a');
const COUNT = 256;
const TOTAL = MEBIBYTE.length * COUNT;
/** Both ends are in this process; each may hold what sockets and high-water marks do, and garbage. */
const MAX_GROWTH = 96 * 1024 * 1024;

function* mebibytes(): Generator<Buffer> {
  for (let i = 0; i < COUNT; i++) yield MEBIBYTE;
}

function* chunks(): Generator<[null, Buffer]> {
  for (const piece of mebibytes()) yield [null, piece];
  yield [null, Buffer.alloc(0)];
}

/** How far the memory of the process grows while something runs. */
class Growth {
  readonly #before: number = process.memoryUsage.rss();
  #most = 0;

  look(): void {
    this.#most = Math.max(this.#most, process.memoryUsage.rss() - this.#before);
  }

  get bytes(): number {
    this.look();
    return this.#most;
  }
}

const app: App = async (_session, { body, uri }) => {
  let bytes = 0;
  for await (const piece of body ?? [])
    bytes += (piece instanceof Uint8Array ? piece : piece[1]).length;
  if (uri === '/length') return [200, 'OK', {}, new BodyIter(mebibytes(), TOTAL)];
  if (uri === '/chunks') return [200, 'OK', {}, new ChunkedBodyIter(chunks())];
  return [200, 'OK', {}, String(bytes)];
};

/** AddressSanitizer keeps what was freed for a while. */
const isSanitized = process.env['ASAN_OPTIONS'] !== undefined;

describe('large bodies of a client', function () {
  this.timeout(120_000);

  for (const [kind, uri] of [
    ['a length', '/length'],
    ['chunks', '/chunks'],
  ] as const) {
    it(`come in flat memory with ${kind}`, async () => {
      await using server = await TempServer.start(app, {}, Buffer.from('\0'));
      await using connection = await new Client(server.address ?? '').connect();
      const { body } = await connection.get(uri);
      const growth = new Growth();
      let bytes = 0;
      for await (const piece of body ?? []) {
        bytes += (piece instanceof Uint8Array ? piece : piece[1]).length;
        growth.look();
      }
      expect(bytes).to.equal(TOTAL);
      if (!isSanitized) expect(growth.bytes).to.be.lessThan(MAX_GROWTH);
    });

    it(`go in flat memory with ${kind}`, async () => {
      await using server = await TempServer.start(app);
      await using connection = await new Client(server.address ?? '').connect();
      const growth = new Growth();
      function* watched<T>(pieces: Iterable<T>): Generator<T> {
        for (const piece of pieces) {
          growth.look();
          yield piece;
        }
      }
      const content =
        uri === '/length'
          ? new BodyIter(watched(mebibytes()), TOTAL)
          : new ChunkedBodyIter(watched(chunks()));
      const { body } = await connection.post('/', {}, content);
      expect(await body?.text()).to.equal(String(TOTAL));
      if (!isSanitized) expect(growth.bytes).to.be.lessThan(MAX_GROWTH);
    });
  }

  it('let other things happen, also where they come as fast as they are read', async () => {
    await using server = await TempServer.start(app, {}, Buffer.from('\0'));
    await using connection = await new Client(server.address ?? '').connect();
    const { body } = await connection.get('/length');
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    for await (const piece of body ?? []) expect(piece.length).to.be.greaterThan(0);
    isOver = true;
    // A connection reads a mebibyte before it lets the others have a turn.
    expect(turns).to.be.at.least(COUNT / 2);
  });
});
