import { expect } from 'chai';
import fc from 'fast-check';
import {
  ChunkedBodyIter,
  Client,
  TempServer,
  type App,
  type ChunkedBody,
  type ChunkExtension,
} from 'gudeg';
import { RawServer } from '../../support/raw-server.ts';

const framing = new Set([
  'connection',
  'upgrade',
  'host',
  'expect',
  'te',
  'trailer',
  'range',
  'date',
]);
const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/).filter((name) => !framing.has(name));
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const headers = fc.dictionary(token, value, { maxKeys: 8 });
const content = fc.uint8Array({ maxLength: 3000 });
const target = fc
  .stringMatching(/^\/[a-zA-Z0-9/._~%25-]{0,20}$/)
  .map((uri) => uri.replaceAll('%', '%25'));

interface Message {
  readonly method: string;
  readonly uri: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

describe('client and server', () => {
  it('see the same requests and responses, whatever is in them', async () => {
    let got: Message | null = null;
    let answer: [number, Record<string, string>, Uint8Array] = [200, {}, Buffer.alloc(0)];
    const app: App = async (_session, request) => {
      const body = (await request.body?.read()) ?? Buffer.alloc(0);
      const fields = Object.entries(request.headers).filter(
        ([name]) => name !== 'host' && name !== 'content-length',
      );
      got = {
        method: request.method,
        uri: request.uri,
        headers: Object.fromEntries(fields) as Record<string, string>,
        body,
      };
      return [answer[0], 'Reason', answer[1], answer[2]];
    };
    await using server = await TempServer.start(app, { dateHeader: false });
    await using connection = await new Client(server.address ?? '').connect();
    const method = fc.constantFrom('POST', 'PUT', 'PATCH', 'REPORT');
    const status = fc.constantFrom(200, 201, 404, 500);
    await fc.assert(
      fc.asyncProperty(
        method,
        target,
        headers,
        content,
        status,
        headers,
        content,
        async (...given) => {
          const [verb, uri, sent, body, code, sentBack, bodyBack] = given;
          answer = [code, sentBack, bodyBack];
          const response = await connection.request(verb, uri, sent, body);
          expect(got).to.deep.equal({
            method: verb,
            uri,
            headers: { ...sent },
            body: Buffer.from(body),
          });
          const { 'content-length': length, ...fields } = response.headers;
          expect([response.status, { ...fields }, length]).to.deep.equal([
            code,
            { ...sentBack },
            bodyBack.length,
          ]);
          expect((await response.body?.read())?.equals(bodyBack)).to.equal(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keep chunks and extensions as they are', async () => {
    await using server = await TempServer.start((_session, { body }) => [200, 'OK', {}, body]);
    await using connection = await new Client(server.address ?? '').connect();
    const extension = fc.option(fc.tuple(token, token), { nil: null });
    const chunk = fc.tuple(extension, fc.uint8Array({ minLength: 1, maxLength: 200 }));
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 20 }), extension, async (chunks, last) => {
        const all: [ChunkExtension | null, Uint8Array][] = [...chunks, [last, Buffer.alloc(0)]];
        const { body } = await connection.post('/', {}, new ChunkedBodyIter(all));
        const got: unknown[] = [];
        for await (const [key, data] of body as ChunkedBody) got.push([key, [...data]]);
        expect(got).to.deep.equal(all.map(([key, data]) => [key, [...data]]));
      }),
      { numRuns: 100 },
    );
  });

  it('read a response the same wherever it is split', async () => {
    let pieces: string[] = [];
    await using server = await RawServer.start((socket) => {
      const parts = pieces;
      const next = (index: number): void => {
        const piece = parts[index];
        if (piece !== undefined) {
          socket.write(Buffer.from(piece, 'latin1'), () => {
            setImmediate(next, index + 1);
          });
        }
      };
      next(0);
    });
    await using connection = await new Client(server.address).connect();
    const wires = [
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-a: b\r\n\r\nhello',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;k=v\r\nhe\r\n3\r\nllo\r\n0\r\nx: y\r\n\r\n',
    ];
    const cuts = fc.uniqueArray(fc.nat(120), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...wires), cuts, async (wire, at) => {
        const ends = [0, ...at.filter((cut) => cut > 0 && cut < wire.length), wire.length].sort(
          (a, b) => a - b,
        );
        pieces = ends.slice(1).map((end, index) => wire.slice(ends[index], end));
        const { status, body } = await connection.get('/');
        expect([status, String(await body?.read())]).to.deep.equal([200, 'hello']);
      }),
      { numRuns: 80 },
    );
  });
});
