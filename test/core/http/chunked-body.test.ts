import { expect } from 'chai';
import fc from 'fast-check';
import { Readable } from 'node:stream';

import {
  BodyState,
  ChunkedBody,
  type Chunk,
  type ChunkExtension,
  type ChunkSource,
} from '../../../src/core/http/index.ts';
import { caught, rejected } from '../caught.ts';
import { ChunkRecordingSink, RecordingSink } from './recording-sink.ts';

type Given = readonly [extension: ChunkExtension | null, data: string];

/** Gives the chunks one by one, by promise when `isSlow`; trailers once the last one was given. */
class ListSource implements ChunkSource {
  trailers: Record<string, string> | null = null;
  closed = 0;
  #chunks: Given[];
  #isSlow: boolean;
  #trailers: Record<string, string> | null;

  constructor(
    chunks: readonly Given[],
    { isSlow = false, trailers = null as Record<string, string> | null } = {},
  ) {
    this.#chunks = [...chunks];
    this.#isSlow = isSlow;
    this.#trailers = trailers;
  }

  readChunk(): Chunk | Promise<Chunk> {
    const [extension, data] = this.#chunks.shift() ?? [null, ''];
    if (data === '') this.trailers = this.#trailers;
    const chunk: Chunk = [extension, Buffer.from(data, 'latin1')];
    return this.#isSlow ? Promise.resolve(chunk) : chunk;
  }

  close(): void {
    this.closed += 1;
  }
}

const HELLO: readonly Given[] = [
  [null, 'hello'],
  [['key', 'value'], ', world'],
  [['the', 'end'], ''],
];

/** The chunks of a coded body, by an independent reading of RFC 9112 section 7.1. */
function decode(coded: string): Given[] {
  const chunks: Given[] = [];
  for (let rest = coded; ;) {
    const match = /^([0-9a-f]+)(?:;([^=\r\n]*)(?:=([^\r\n]*))?)?\r\n/.exec(rest);
    if (match === null) throw new Error(`no chunk line: ${rest}`);
    const [line, size = '', key, value = ''] = match;
    const dataEnd = line.length + parseInt(size, 16);
    chunks.push([key === undefined ? null : [key, value], rest.slice(line.length, dataEnd)]);
    expect(rest.slice(dataEnd, dataEnd + 2)).to.equal('\r\n');
    rest = rest.slice(dataEnd + 2);
    if (size === '0') {
      expect(rest).to.equal('');
      return chunks;
    }
  }
}

for (const isSlow of [false, true]) {
  describe(`ChunkedBody of a ${isSlow ? 'slow' : 'fast'} source`, () => {
    const bodyOf = (chunks: readonly Given[] = HELLO): ChunkedBody =>
      new ChunkedBody(new ListSource(chunks, { isSlow }));

    it('readChunk() gives chunks with their extensions; the empty one is the last', async () => {
      const body = bodyOf();
      expect(body).to.include({ state: BodyState.READY, chunked: true });
      const [extension, data] = await body.readChunk();
      expect(extension).to.equal(null);
      expect(data.toString()).to.equal('hello');
      expect(body.state).to.equal(BodyState.STARTED);
      expect((await body.readChunk())[0]).to.deep.equal(['key', 'value']);
      const last = await body.readChunk();
      expect(last[0]).to.deep.equal(['the', 'end']);
      expect(last[1]).to.have.length(0);
      expect(body.state).to.equal(BodyState.CONSUMED);
      await rejected('GUDEG_ERR_BODY_STATE', body.readChunk());
    });

    it('read() joins the data of all chunks', async () => {
      const body = bodyOf();
      expect(String(await body.read())).to.equal('hello, world');
      expect(body.state).to.equal(BodyState.CONSUMED);
      await rejected('GUDEG_ERR_BODY_STATE', body.read());
    });

    it('read() after readChunk() gives the rest', async () => {
      const body = bodyOf();
      await body.readChunk();
      expect(String(await body.read())).to.equal(', world');
    });

    it('read() gives at most maxReadBytes, and the body is lost beyond', async () => {
      const body = bodyOf();
      body.maxReadBytes = 12;
      expect(await body.read()).to.have.length(12);
      const source = new ListSource(HELLO, { isSlow });
      const larger = new ChunkedBody(source);
      larger.maxReadBytes = 11;
      const error = await rejected('GUDEG_ERR_BODY_TOO_LARGE', larger.read());
      expect(error.status).to.equal(413);
      expect(error.message).to.include('12 bytes so far').and.to.include('at most 11');
      expect(larger.state).to.equal(BodyState.ERROR);
      expect(source.closed).to.equal(1);
    });

    it('iteration gives every chunk, the empty last one too', async () => {
      const body = bodyOf();
      const seen: string[] = [];
      for await (const [extension, data] of body)
        seen.push(`${String(extension)} ${data.toString()}`);
      expect(seen).to.deep.equal(['null hello', 'key,value , world', 'the,end ']);
      expect(body.state).to.equal(BodyState.CONSUMED);
    });

    it('iteration and writeTo() need a READY body, and a refusal changes nothing', async () => {
      const body = bodyOf();
      await body.readChunk();
      await rejected('GUDEG_ERR_BODY_STATE', body[Symbol.asyncIterator]().next());
      await rejected('GUDEG_ERR_BODY_STATE', body.writeTo(new RecordingSink()));
      expect(body.state).to.equal(BodyState.STARTED);
    });

    it('writeTo() codes the chunks again and gives the bytes written', async () => {
      const sink = new RecordingSink(isSlow);
      const coded = '5\r\nhello\r\n7;key=value\r\n, world\r\n0;the=end\r\n\r\n';
      expect(await bodyOf().writeTo(sink)).to.equal(coded.length);
      expect(sink.text).to.equal(coded);
    });

    it('trailers are there once the body was read, and go out with writeTo()', async () => {
      const trailers = { 'x-sum': '42' };
      const source = new ListSource(HELLO, { isSlow, trailers });
      const body = new ChunkedBody(source);
      expect(body.trailers).to.equal(null);
      await body.read();
      expect(body.trailers).to.deep.equal(trailers);
      const sink = new RecordingSink();
      const written = await new ChunkedBody(
        new ListSource([[null, 'a']], { isSlow, trailers }),
      ).writeTo(sink);
      expect(sink.text).to.equal('1\r\na\r\n0\r\nx-sum: 42\r\n\r\n');
      expect(written).to.equal(sink.text.length);
    });
  });
}

describe('ChunkedBody', () => {
  it('text() and json() read it as UTF-8 and as a value', async () => {
    const body = new ChunkedBody(
      new ListSource([
        [null, '{"a"'],
        [null, ':1}'],
      ]),
    );
    expect(await body.json()).to.deep.equal({ a: 1 });
    expect(await new ChunkedBody(new ListSource(HELLO)).text()).to.equal('hello, world');
    await rejected('GUDEG_ERR_BODY_JSON', new ChunkedBody(new ListSource(HELLO)).json());
  });

  it('leaves coding to a sink that does it itself, and gives the bytes all the same', async () => {
    const trailers = { 'x-sum': '42' };
    const sink = new ChunkRecordingSink();
    const plain = new RecordingSink();
    const written = await new ChunkedBody(new ListSource(HELLO, { trailers })).writeTo(sink);
    await new ChunkedBody(new ListSource(HELLO, { trailers })).writeTo(plain);
    expect(sink.chunks).to.deep.equal([
      [null, 'hello', null],
      [['key', 'value'], ', world', null],
      [['the', 'end'], '', trailers],
    ]);
    expect(sink.pieces).to.deep.equal([]);
    expect(written).to.equal(plain.text.length);
  });

  it('codes what decodes to the same chunks, whatever they hold', async () => {
    const token = fc.stringMatching(/^[-!#$%&'*+.^_`|~0-9A-Za-z]{1,12}$/);
    const extension = fc.option(fc.tuple(token, token));
    const chunks = fc.array(fc.tuple(extension, fc.string({ unit: 'binary-ascii', minLength: 1 })));
    await fc.assert(
      fc.asyncProperty(chunks, extension, async (middle, lastExtension) => {
        const all: Given[] = [...middle, [lastExtension, '']];
        const sink = new RecordingSink();
        const written = await new ChunkedBody(new ListSource(all)).writeTo(sink);
        expect(written).to.equal(sink.text.length);
        expect(decode(sink.text)).to.deep.equal(all);
      }),
    );
  });

  for (const extension of [
    ['key', 'two words'],
    ['key', 'a\r\nx: y'],
    ['key', 'a\0'],
    ['key', '"open end'],
    ['a b', 'c'],
    ['', 'c'],
    ['a\r\n', ''],
    ['a;', 'b'],
    ['k', 'ü'],
  ] as const) {
    it(`does not write the extension ${JSON.stringify(extension)}`, async () => {
      const sink = new RecordingSink();
      const body = new ChunkedBody(new ListSource([[extension, 'data']]));
      await rejected('GUDEG_ERR_BAD_CHUNK_EXTENSION', body.writeTo(sink));
      expect(sink.text).to.equal('');
      expect(body.state).to.equal(BodyState.ERROR);
    });
  }

  for (const [extension, line] of [
    [['key', ''], '1;key'],
    [['key', '"two words"'], '1;key="two words"'],
    [['key', '"a\\"b"'], '1;key="a\\"b"'],
    [['a=b;c="d"', ''], '1;a=b;c="d"'],
    [['key', "~'(a:b)*,;<c>[d]"], "1;key=~'(a:b)*,;<c>[d]"],
  ] as const) {
    it(`writes the extension ${JSON.stringify(extension)} as it is`, async () => {
      const sink = new RecordingSink();
      await new ChunkedBody(new ListSource([[extension, 'x']])).writeTo(sink);
      expect(sink.text).to.equal(`${line}\r\nx\r\n0\r\n\r\n`);
    });
  }

  for (const trailers of [
    { 'x-a': 'b\r\nset-cookie: c' },
    { 'x a': 'b' },
    { '': 'b' },
    { 'x-a': ' b' },
    { 'content-length': '5' },
    { 'Transfer-Encoding': 'chunked' },
    { host: 'example.com' },
    { 'x-a': 5 as never },
  ]) {
    it(`does not write the trailers ${JSON.stringify(trailers)}`, async () => {
      const sink = new RecordingSink();
      const body = new ChunkedBody(new ListSource([], { trailers }));
      await rejected('GUDEG_ERR_BAD_TRAILER', body.writeTo(sink));
      expect(sink.text).to.equal('');
    });
  }

  it('hands on what the source throws, and is in ERROR', async () => {
    const fault = new Error('connection reset');
    const source: ChunkSource = { readChunk: () => Promise.reject(fault) };
    const body = new ChunkedBody(source);
    expect(await body.read().catch((error: unknown) => error)).to.equal(fault);
    expect(body.state).to.equal(BodyState.ERROR);
    await rejected('GUDEG_ERR_BODY_STATE', body.readChunk());
  });

  it('refuses a source that gives no chunk, and to be made of no source', async () => {
    const broken = { readChunk: () => Buffer.from('x') } as unknown as ChunkSource;
    await rejected('GUDEG_ERR_BODY_SOURCE', new ChunkedBody(broken).readChunk());
    for (const source of [null, 'x', {}, Buffer.from('x')]) {
      caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new ChunkedBody(source as never));
    }
  });

  it('refuses to begin while another operation runs', async () => {
    const body = new ChunkedBody(new ListSource(HELLO, { isSlow: true }));
    const first = body.readChunk();
    await rejected('GUDEG_ERR_BODY_STATE', body.readChunk());
    expect((await first)[1].toString()).to.equal('hello');
  });

  it('frees its source when it is given up', () => {
    const source = new ListSource(HELLO);
    const body = new ChunkedBody(source);
    body.close();
    body.close();
    expect(source.closed).to.equal(1);
    expect(body.state).to.equal(BodyState.ERROR);
  });

  it('of a stream makes a chunk of each piece, except empty ones', async () => {
    const stream = Readable.from([Buffer.from('hello'), Buffer.alloc(0), Buffer.from('!')]);
    const sink = new RecordingSink();
    await new ChunkedBody(stream).writeTo(sink);
    expect(sink.text).to.equal('5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n');
  });

  it('of a stream destroys it when it is given up, and refuses text', async () => {
    const stream = Readable.from([Buffer.from('hello')]);
    new ChunkedBody(stream).close();
    await new Promise((resolve) => stream.once('close', resolve));
    const texts = Readable.from(['hello']) as never;
    await rejected('GUDEG_ERR_BODY_SOURCE', new ChunkedBody(texts).read());
  });
});
