import { expect } from 'chai';
import fc from 'fast-check';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';

import { Body, BodyState, type ByteSource } from '../../../src/core/http/index.ts';
import { caught, rejected } from '../caught.ts';
import { RecordingSink } from './recording-sink.ts';

/** Gives the pieces one by one, by promise when `isSlow`, and notes how it is used. */
class PieceSource implements ByteSource {
  readonly asked: number[] = [];
  closed = 0;
  #pieces: (string | Error)[];
  #isSlow: boolean;

  constructor(pieces: (string | Error)[], isSlow = false) {
    this.#pieces = pieces;
    this.#isSlow = isSlow;
  }

  read(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    this.asked.push(maxBytes);
    const piece = this.#pieces.shift() ?? '';
    if (this.#isSlow) {
      return piece instanceof Error ? Promise.reject(piece) : Promise.resolve(Buffer.from(piece));
    }
    if (piece instanceof Error) throw piece;
    return Buffer.from(piece);
  }

  close(): void {
    this.closed += 1;
  }
}

async function pieceLengths(body: Body): Promise<number[]> {
  const lengths: number[] = [];
  for await (const piece of body) lengths.push(piece.length);
  return lengths;
}

describe('Body', () => {
  it('begins READY with everything remaining', () => {
    const source = Buffer.from('hello');
    const body = new Body(source, 5);
    expect(body).to.include({ state: 0, contentLength: 5, remaining: 5, chunked: false, source });
    expect(body.maxReadBytes).to.equal(16_777_216);
  });

  for (const [source, length, code] of [
    [null, 5, 'GUDEG_ERR_INVALID_ARG_TYPE'],
    ['hello', 5, 'GUDEG_ERR_INVALID_ARG_TYPE'],
    [17, 5, 'GUDEG_ERR_INVALID_ARG_TYPE'],
    [{}, 5, 'GUDEG_ERR_INVALID_ARG_TYPE'],
    [['hello'], 5, 'GUDEG_ERR_INVALID_ARG_TYPE'],
    [Buffer.from('hello'), '5', 'GUDEG_ERR_INVALID_ARG_TYPE'],
    [Buffer.from('hello'), -1, 'GUDEG_ERR_OUT_OF_RANGE'],
    [Buffer.from('hello'), 1.5, 'GUDEG_ERR_OUT_OF_RANGE'],
    [Buffer.from('hello'), 2 ** 53, 'GUDEG_ERR_OUT_OF_RANGE'],
  ] as const) {
    it(`cannot be made of ${JSON.stringify(source)} and ${JSON.stringify(length)}`, () => {
      caught(code, () => new Body(source as never, length as never));
    });
  }

  describe('readInto()', () => {
    it('fills the target, then gives what remains, then nothing', async () => {
      const body = new Body(Buffer.from('hello, world'), 12);
      const target = Buffer.alloc(8);
      expect(await body.readInto(target)).to.equal(8);
      expect(target.toString()).to.equal('hello, w');
      expect(body).to.include({ state: BodyState.STARTED, remaining: 4 });
      expect(await body.readInto(target)).to.equal(4);
      expect(target.toString()).to.equal('orldo, w');
      expect(body.state).to.equal(BodyState.STARTED);
      expect(await body.readInto(target)).to.equal(0);
      expect(body.state).to.equal(BodyState.CONSUMED);
      await rejected('GUDEG_ERR_BODY_STATE', body.readInto(target));
    });

    for (const isSlow of [false, true]) {
      const how = isSlow ? 'later' : 'at once';
      it(`puts the pieces together that a source gives ${how}`, async () => {
        const source = new PieceSource(['he', 'l', 'lo'], isSlow);
        const target = Buffer.alloc(10);
        expect(await new Body(source, 5).readInto(target)).to.equal(5);
        expect(target.toString('latin1', 0, 5)).to.equal('hello');
        expect(source.asked).to.deep.equal([5, 3, 2]);
      });

      it(`fails for a source that ends or breaks ${how}`, async () => {
        const target = Buffer.alloc(10);
        const short = new PieceSource(['he'], isSlow);
        await rejected('GUDEG_ERR_BODY_TRUNCATED', new Body(short, 5).readInto(target));
        expect(short.closed).to.equal(1);
        const long = new PieceSource(['hello, world'], isSlow);
        await rejected('GUDEG_ERR_BODY_SOURCE', new Body(long, 5).readInto(target));
        const broken = new PieceSource([new Error('disk on fire')], isSlow);
        const error = await new Body(broken, 5).readInto(target).catch((e: unknown) => e);
        expect(error).to.be.an('error').with.property('message', 'disk on fire');
      });
    }

    it('lets a source write to the target itself', async () => {
      const source: ByteSource = {
        read: () => {
          throw new Error('read() was called');
        },
        readInto: (target, start) => {
          expect(target).to.have.length(5);
          target[start] = 97 + start;
          return start % 2 === 0 ? 1 : Promise.resolve(1);
        },
      };
      const target = Buffer.alloc(8);
      expect(await new Body(source, 5).readInto(target)).to.equal(5);
      expect(target.toString('latin1', 0, 5)).to.equal('abcde');
    });

    it('refuses what is no memory, and a second operation', async () => {
      const body = new Body(new PieceSource(['he', 'llo'], true), 5);
      await rejected('GUDEG_ERR_INVALID_ARG_TYPE', body.readInto('abc' as never));
      await rejected('GUDEG_ERR_OUT_OF_RANGE', body.readInto(Buffer.alloc(0)));
      expect(body.state).to.equal(BodyState.READY);
      const target = Buffer.alloc(5);
      const reading = body.readInto(target);
      await rejected('GUDEG_ERR_BODY_STATE', body.readInto(target));
      expect(await reading).to.equal(5);
    });
  });

  describe('read()', () => {
    it('gives everything and makes the body CONSUMED', async () => {
      const body = new Body(Buffer.from('hello'), 5);
      expect(String(await body.read())).to.equal('hello');
      expect(body).to.include({ state: BodyState.CONSUMED, remaining: 0 });
    });

    it('gives the very bytes of the source, uncopied, when they come in one piece', async () => {
      const bytes = Buffer.from('hello');
      expect(await new Body(bytes, 5).read()).to.equal(bytes);
      const source = new PieceSource(['hello']);
      const body = new Body(source, 5);
      const reading = body.read();
      expect(body.state, 'before the promise is awaited').to.equal(BodyState.CONSUMED);
      expect(await reading).to.be.instanceOf(Buffer);
      expect(source.asked).to.deep.equal([5]);
    });

    it('gives a Buffer, whatever array the source gave, so that toString() is text', async () => {
      const memory = new TextEncoder().encode('(hello)');
      const body = new Body(memory.subarray(1, 6), 5);
      expect((await body.read()).toString()).to.equal('hello');
    });

    it('joins what comes in pieces, and asks only for what is missing', async () => {
      for (const isSlow of [false, true]) {
        const source = new PieceSource(['he', 'l', 'lo'], isSlow);
        expect(String(await new Body(source, 5).read())).to.equal('hello');
        expect(source.asked).to.deep.equal([5, 3, 2]);
        expect(source.closed).to.equal(1);
      }
    });

    it('gives nothing for an empty body, and consumes it', async () => {
      const source = new PieceSource([]);
      const body = new Body(source, 0);
      expect(await body.read()).to.have.length(0);
      expect(body.state).to.equal(BodyState.CONSUMED);
      expect(source.asked).to.deep.equal([]);
    });

    it('rejects the second time, and leaves the state', async () => {
      const body = new Body(Buffer.from('hello'), 5);
      await body.read();
      const error = await rejected('GUDEG_ERR_BODY_STATE', body.read());
      expect(error.message).to.equal('Body is already consumed; keep what the first read gave');
      expect(body.state).to.equal(BodyState.CONSUMED);
    });

    it('refuses more than maxReadBytes before it reads, and the body stays usable', async () => {
      const source = new PieceSource(['hello']);
      const body = new Body(source, 5);
      body.maxReadBytes = 4;
      const error = await rejected('GUDEG_ERR_BODY_TOO_LARGE', body.read());
      expect(error.status).to.equal(413);
      expect(error.message).to.include('5 bytes').and.to.include('at most 4');
      expect(source.asked).to.deep.equal([]);
      expect(body.state).to.equal(BodyState.READY);
      body.maxReadBytes = 5;
      expect(String(await body.read())).to.equal('hello');
    });

    it('refuses 16 MiB and a byte by default', async () => {
      const body = new Body(new PieceSource([]), 16_777_217);
      await rejected('GUDEG_ERR_BODY_TOO_LARGE', body.read());
    });

    it('says how much came when the source ends early, and the body is in ERROR', async () => {
      for (const isSlow of [false, true]) {
        const source = new PieceSource(['hel'], isSlow);
        const body = new Body(source, 9);
        const error = await rejected('GUDEG_ERR_BODY_TRUNCATED', body.read());
        expect(error.message).to.include('after 3 of 9 bytes');
        expect(body.state).to.equal(BodyState.ERROR);
        expect(source.closed).to.equal(1);
        const again = await rejected('GUDEG_ERR_BODY_STATE', body.read());
        expect(again.message).to.equal('Body failed before and cannot be used any more');
      }
    });

    it('hands on what the source throws', async () => {
      for (const isSlow of [false, true]) {
        const fault = new Error('connection reset');
        const body = new Body(new PieceSource([fault], isSlow), 5);
        expect(await body.read().catch((error: unknown) => error)).to.equal(fault);
        expect(body.state).to.equal(BodyState.ERROR);
      }
    });

    it('refuses a source that gives too much, or no bytes at all', async () => {
      await rejected('GUDEG_ERR_BODY_SOURCE', new Body(new PieceSource(['hello!']), 5).read());
      const broken = { read: () => 'hello' } as unknown as ByteSource;
      await rejected('GUDEG_ERR_BODY_SOURCE', new Body(broken, 5).read());
    });
  });

  describe('read(size)', () => {
    it('gives that much while it lasts; only the read behind the end makes it CONSUMED', async () => {
      const body = new Body(new PieceSource(['he', 'llo'], true), 5);
      expect(String(await body.read(2))).to.equal('he');
      expect(body).to.include({ state: BodyState.STARTED, remaining: 3 });
      expect(String(await body.read(3))).to.equal('llo');
      expect(body).to.include({ state: BodyState.STARTED, remaining: 0 });
      expect(await body.read(3)).to.have.length(0);
      expect(body.state).to.equal(BodyState.CONSUMED);
      await rejected('GUDEG_ERR_BODY_STATE', body.read(3));
    });

    it('waits until the size is there, or the body ends', async () => {
      const body = new Body(new PieceSource(['h', 'e', 'l', 'l', 'o'], true), 5);
      expect(String(await body.read(4))).to.equal('hell');
      expect(String(await body.read(4))).to.equal('o');
    });

    it('lets read() give the rest', async () => {
      const body = new Body(Buffer.from('hello'), 5);
      await body.read(2);
      expect(String(await body.read())).to.equal('llo');
      expect(body.state).to.equal(BodyState.CONSUMED);
    });

    it('of 0 reads nothing and consumes nothing', async () => {
      const body = new Body(Buffer.from('hello'), 5);
      expect(await body.read(0)).to.have.length(0);
      expect(body).to.include({ state: BodyState.STARTED, remaining: 5 });
    });

    for (const size of [-1, 1.5, NaN, 16_777_217, '5']) {
      it(`refuses ${JSON.stringify(size)} and leaves the body READY`, async () => {
        const body = new Body(Buffer.from('hello'), 5);
        await rejected('GUDEG_ERR_OUT_OF_RANGE', body.read(size as number));
        expect(body.state).to.equal(BodyState.READY);
      });
    }

    it('refuses to begin while another read runs', async () => {
      const body = new Body(new PieceSource(['he', 'llo'], true), 5);
      const first = body.read(5);
      const error = await rejected('GUDEG_ERR_BODY_STATE', body.read(5));
      expect(error.message).to.include('has an operation running');
      expect(String(await first)).to.equal('hello');
    });

    it('gives the bytes of the body in order, for any pieces and sizes', async () => {
      const pieces = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1 }), { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(
          pieces,
          fc.array(fc.nat(8)),
          fc.boolean(),
          async (given, sizes, isSlow) => {
            const whole = given.join('');
            const limited: ByteSource = {
              read(maxBytes) {
                const piece = given[0] ?? '';
                given[0] = piece.slice(maxBytes);
                if (given[0] === '') given.shift();
                const bytes = Buffer.from(piece.slice(0, maxBytes));
                return isSlow ? Promise.resolve(bytes) : bytes;
              },
            };
            const body = new Body(limited, whole.length);
            let seen = '';
            for (const size of sizes) {
              if (body.state === BodyState.CONSUMED) break;
              const expected = Math.min(size, body.remaining);
              const piece = String(await body.read(size));
              expect(piece).to.have.length(expected);
              seen += piece;
            }
            if (body.state !== BodyState.CONSUMED) seen += String(await body.read());
            expect(seen).to.equal(whole);
          },
        ),
      );
    });
  });

  describe('text() and json()', () => {
    it('give the body as UTF-8 and as a value', async () => {
      expect(await new Body(Buffer.from('grün'), 5).text()).to.equal('grün');
      expect(await new Body(Buffer.from('{"a":[1]}'), 9).json()).to.deep.equal({ a: [1] });
    });

    for (const text of ['', '{', '{"a":1}}', 'undefined']) {
      it(`json() answers '${text}' with an error of status 400`, async () => {
        const body = new Body(Buffer.from(text), text.length);
        const error = await rejected('GUDEG_ERR_BODY_JSON', body.json());
        expect(error.status).to.equal(400);
        expect(error.message).to.match(/^the body is not JSON: ./);
      });
    }
  });

  describe('iteration', () => {
    it('gives pieces of at most 1 MiB and consumes the body', async () => {
      const size = 3 * 1_048_576 + 1;
      const body = new Body(Buffer.alloc(size), size);
      expect(await pieceLengths(body)).to.deep.equal([1_048_576, 1_048_576, 1_048_576, 1]);
      expect(body.state).to.equal(BodyState.CONSUMED);
    });

    it('gives nothing for an empty body', async () => {
      const body = new Body(Buffer.alloc(0), 0);
      expect(await pieceLengths(body)).to.deep.equal([]);
      expect(body.state).to.equal(BodyState.CONSUMED);
    });

    it('needs a READY body, and a refusal changes nothing', async () => {
      const body = new Body(Buffer.from('hello'), 5);
      await body.read(1);
      const error = await rejected('GUDEG_ERR_BODY_STATE', pieceLengths(body));
      expect(error.message).to.include('is partly read');
      expect(body.state).to.equal(BodyState.STARTED);
      expect(String(await body.read())).to.equal('ello');
    });

    it('leaves the rest to read() when it is broken off', async () => {
      const body = new Body(new PieceSource(['he', 'llo']), 5);
      for await (const piece of body) {
        expect(String(piece)).to.equal('he');
        break;
      }
      expect(body.state).to.equal(BodyState.STARTED);
      expect(String(await body.read())).to.equal('llo');
    });

    it('rejects when the source ends early', async () => {
      const body = new Body(new PieceSource(['hel'], true), 5);
      await rejected('GUDEG_ERR_BODY_TRUNCATED', pieceLengths(body));
      expect(body.state).to.equal(BodyState.ERROR);
    });
  });

  describe('writeTo(sink)', () => {
    for (const isSlow of [false, true]) {
      it(`writes everything to a ${isSlow ? 'slow' : 'fast'} sink and gives the length`, async () => {
        const sink = new RecordingSink(isSlow);
        const body = new Body(new PieceSource(['he', 'llo'], isSlow), 5);
        expect(await body.writeTo(sink)).to.equal(5);
        expect(sink.text).to.equal('hello');
        expect(body.state).to.equal(BodyState.CONSUMED);
      });
    }

    it('asks the source for 1 MiB at most', async () => {
      const source = new PieceSource(['x'.repeat(1_048_576), 'y']);
      await new Body(source, 1_048_577).writeTo(new RecordingSink());
      expect(source.asked).to.deep.equal([1_048_576, 1]);
    });

    it('needs a READY body, and a refusal changes nothing', async () => {
      const body = new Body(Buffer.from('hello'), 5);
      await body.read(1);
      await rejected('GUDEG_ERR_BODY_STATE', body.writeTo(new RecordingSink()));
      expect(body.state).to.equal(BodyState.STARTED);
    });

    it('reads no further when the sink fails, and frees the source', async () => {
      const source = new PieceSource(['he', 'llo']);
      const body = new Body(source, 5);
      const fault = new Error('broken pipe');
      const broken = { write: () => Promise.reject(fault) };
      expect(await body.writeTo(broken).catch((error: unknown) => error)).to.equal(fault);
      expect(source.asked).to.deep.equal([5]);
      expect(source.closed).to.equal(1);
      expect(body.state).to.equal(BodyState.ERROR);
    });

    it('refuses what cannot be written to', async () => {
      const body = new Body(Buffer.from('hello'), 5);
      await rejected('GUDEG_ERR_INVALID_ARG_TYPE', body.writeTo(null as never));
      expect(body.state).to.equal(BodyState.READY);
    });
  });

  describe('takeSource() and close()', () => {
    it('hand the source over once, and leave the body CONSUMED', () => {
      const source = new PieceSource([]);
      const body = new Body(source, 5);
      expect(body.takeSource()).to.equal(source);
      expect(body).to.include({ state: BodyState.CONSUMED, remaining: 0 });
      caught('GUDEG_ERR_BODY_STATE', () => body.takeSource());
      expect(source.closed).to.equal(0);
    });

    it('give an unread body up, and free the source once', async () => {
      const source = new PieceSource(['hello']);
      const body = new Body(source, 5);
      body.close();
      body.close();
      expect(body.state).to.equal(BodyState.ERROR);
      expect(source.closed).to.equal(1);
      await rejected('GUDEG_ERR_BODY_STATE', body.read());
    });

    it('do nothing to a body that was read', async () => {
      const body = new Body(new PieceSource(['hello']), 5);
      await body.read();
      body.close();
      expect(body.state).to.equal(BodyState.CONSUMED);
    });
  });

  describe('made of a stream', () => {
    const streamOf = (...pieces: string[]): Readable =>
      Readable.from(pieces.map((piece) => Buffer.from(piece)));

    it('cuts the pieces of the stream to what is asked for', async () => {
      const body = new Body(streamOf('hello, ', '', 'world'), 12);
      expect(String(await body.read(3))).to.equal('hel');
      expect(String(await body.read(7))).to.equal('lo, wor');
      expect(String(await body.read())).to.equal('ld');
    });

    it('reads contentLength bytes and destroys the stream', async () => {
      const stream = streamOf('hello, ', 'world');
      expect(await new Body(stream, 5).text()).to.equal('hello');
      await new Promise((resolve) => stream.once('close', resolve));
      expect(stream.destroyed).to.equal(true);
    });

    it('destroys a stream that it never read when it is given up', async () => {
      const stream = streamOf('hello');
      new Body(stream, 5).close();
      await new Promise((resolve) => stream.once('close', resolve));
      expect(stream.destroyed).to.equal(true);
    });

    it('rejects when the stream ends early, fails, or gives text', async () => {
      await rejected('GUDEG_ERR_BODY_TRUNCATED', new Body(streamOf('hell'), 5).read());
      const texts = Readable.from(['hello']);
      await rejected('GUDEG_ERR_BODY_SOURCE', new Body(texts as never, 5).read());
      const fault = new Error('disk gone');
      const failing = new Readable({ read: () => failing.destroy(fault) });
      expect(await new Body(failing, 5).read().catch((error: unknown) => error)).to.equal(fault);
    });
  });

  describe('made of a web stream', () => {
    it('reads it, and cancels it when it is given up', async () => {
      expect(await new Body(new Blob(['hello']).stream(), 5).text()).to.equal('hello');
      let isCancelled = false;
      const stream = new ReadableStream<Uint8Array>({
        cancel() {
          isCancelled = true;
        },
      });
      new Body(stream, 5).close();
      expect(isCancelled).to.equal(true);
    });
  });

  describe('made of a FileHandle', () => {
    it('reads from its current position and leaves it open', async () => {
      await using file = await open(import.meta.filename);
      await file.read(Buffer.alloc(7), 0, 7);
      expect(await new Body(file, 8).text()).to.equal('{ expect');
      expect(await new Body(file, 2).text()).to.equal(' }');
    });
  });
});
