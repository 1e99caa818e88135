import { expect } from 'chai';
import type { App, Request, Response, ResponseHeaders } from 'gudeg';

import { reasonPhrase } from '../../../src/core/http/index.ts';
import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import type { RawResponse } from '../../support/raw-response.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const plain = { dateHeader: false };

/** The response of an app to one GET. */
async function answerOf(app: App): Promise<RawResponse> {
  await using server = await ObservedServer.start(app, plain);
  await using client = await RawClient.to(server.address);
  const response = await client.request(get);
  expect(server.errors).to.deep.equal([]);
  return response;
}

/** What a client gets, and what the server reports, when an app's answer can't be sent. */
async function refusalOf(answer: unknown, request = get): Promise<[number, string | undefined]> {
  await using server = await ObservedServer.start(() => answer as Response, plain);
  await using client = await RawClient.to(server.address);
  const response = await client.request(request);
  expect(response.field('content-type')).to.equal('text/plain');
  expect(server.errors).to.have.length(1);
  return [response.status, server.errors[0]];
}

describe('what an app answers', () => {
  describe('comes', () => {
    const answer: Response = [200, 'OK', { 'content-type': 'text/plain' }, 'hello'];

    for (const [how, app] of [
      ['at once', () => answer],
      ['by a promise that is fulfilled already', () => Promise.resolve(answer)],
      [
        'by a promise that takes turns of the loop',
        () => new Promise((resolve) => setImmediate(() => setTimeout(resolve, 2, answer))),
      ],
      [
        'by a thenable',
        () => ({
          then: (resolve: (answer: Response) => void): void => {
            resolve(answer);
          },
        }),
      ],
      [
        'by a thenable that calls back in a later turn',
        () => ({
          then: (resolve: (answer: Response) => void): void => {
            setImmediate(resolve, answer);
          },
        }),
      ],
    ] as [string, App][]) {
      it(how, async () => {
        const { status, reason, lines, body } = await answerOf(app);
        expect([status, reason, body]).to.deep.equal([200, 'OK', 'hello']);
        expect(lines).to.deep.equal(['content-type: text/plain', 'content-length: 5']);
      });
    }
  });

  it('keeps its reason phrase, a usual one or another', async () => {
    const phrases: [number, string][] = [
      [200, 'Fine'],
      [413, 'Payload Too Large'],
      [422, 'Unprocessable Content'],
    ];
    for (let status = 200; status < 600; status++) phrases.push([status, reasonPhrase(status)]);
    await using server = await ObservedServer.start((_session, { query }) => {
      const [status, reason] = phrases[Number(query)] as [number, string];
      return [status, reason, {}, null];
    }, plain);
    await using client = await RawClient.to(server.address);
    for (const [index, expected] of phrases.entries()) {
      const { status, reason } = await client.request(get.replace('/', `/?${index}`));
      expect([status, reason]).to.deep.equal(expected);
    }
  });

  describe('has to be four items of the right kinds', () => {
    for (const [what, answer] of [
      ['undefined', undefined],
      ['null', null],
      ['a string', 'hello'],
      ['an object', { status: 200 }],
      ['three items', [200, 'OK', {}]],
      ['five items', [200, 'OK', {}, null, null]],
      ['a status as text', ['200', 'OK', {}, null]],
      ['a status with a fraction', [200.5, 'OK', {}, null]],
      ['a status below 100', [99, 'OK', {}, null]],
      ['a status above 599', [600, 'OK', {}, null]],
      ['a reason that is no string', [200, null, {}, null]],
      ['headers that are null', [200, 'OK', null, null]],
      ['headers that are text', [200, 'OK', 'a: b', null]],
      ['a body that is undefined', [200, 'OK', {}, undefined]],
      ['a body that is a number', [200, 'OK', {}, 5]],
      ['a body that is an array', [200, 'OK', {}, ['hello']]],
      ['a body that is an ArrayBuffer', [200, 'OK', {}, new ArrayBuffer(3)]],
    ] as [string, unknown][]) {
      it(`${what} gives 500 and an error`, async () => {
        expect(await refusalOf(answer)).to.deep.equal([500, 'GUDEG_ERR_APP_RESPONSE']);
      });
    }

    it('keeps the connection, also where the engine finds it out', async () => {
      const answers: [unknown, string][] = [
        [[204, 'No Content', {}, 'abc'], 'HTTP/1.1'],
        [[200, 'OK', { a: 'b\r\nc: d' }, null], 'HTTP/1.1'],
        [[200, 'OK\r\n', {}, 'abc'], 'HTTP/1.0\r\nconnection: keep-alive'],
        [[600, 'OK', {}, null], 'HTTP/1.1'],
      ];
      const app = (_session: unknown, { path }: Request): Response =>
        answers[Number(path[0])]?.[0] as Response;
      await using server = await ObservedServer.start(app);
      await using client = await RawClient.to(server.address);
      for (const [index, [, version]] of answers.entries()) {
        const request = `POST /${index} ${version}\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc`;
        expect(await client.request(request)).to.have.property('status', 500);
      }
      expect(server.errors).to.have.lengthOf(answers.length);
    });

    it('by a promise, too', async () => {
      const answer = Promise.resolve([200, 'OK']);
      expect(await refusalOf(answer)).to.deep.equal([500, 'GUDEG_ERR_APP_RESPONSE']);
    });

    it('the message says what was expected and what was given', async () => {
      await using server = await ObservedServer.start(() => [200, 'OK', {}] as unknown as Response);
      const reported = new Promise<Error>((resolve) => {
        server.once('error', (error) => {
          resolve(error as Error);
        });
      });
      await using client = await RawClient.to(server.address);
      await client.request(get);
      expect((await reported).message).to.equal(
        "the app must answer an array of [status, reason, headers, body]; got [ 200, 'OK', {} ]",
      );
    });
  });

  describe('has a status line', () => {
    it('with any status of 200..599 and the reason as given', async () => {
      for (const status of [200, 299, 399, 418, 499, 599]) {
        const response = await answerOf(() => [status, 'As Given', {}, null]);
        expect([response.status, response.reason]).to.deep.equal([status, 'As Given']);
      }
    });

    it('with a reason of Latin-1 characters', async () => {
      expect((await answerOf(() => [200, 'Grün', {}, null])).reason).to.equal('Grün');
    });

    for (const [what, reason] of [
      ['a line end', 'OK\r\nset-cookie: a=b'],
      ['a line feed', 'OK\nset-cookie: a=b'],
      ['a NUL', 'OK\0'],
    ] as const) {
      it(`never with ${what} in the reason`, async () => {
        expect(await refusalOf([200, reason, {}, null])).to.deep.equal([
          500,
          'GUDEG_ERR_HTTP_BAD_OUTPUT_START_LINE',
        ]);
      });
    }

    it('never with a reason that has no place in Latin-1', async () => {
      expect(await refusalOf([200, '好', {}, null])).to.deep.equal([
        500,
        'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD',
      ]);
    });

    it('never with a status of 1xx, which would not end the request', async () => {
      for (const status of [100, 101, 103]) {
        expect(await refusalOf([status, 'Continue', {}, null])).to.deep.equal([
          500,
          'GUDEG_ERR_HTTP_BAD_STATUS',
        ]);
      }
    });
  });

  describe('has fields', () => {
    it('in the order and spelling given, rendered by String()', async () => {
      const headers: ResponseHeaders = {
        'X-Z': 'text',
        'x-number': 3.5,
        'x-true': true,
        'x-big': 10n ** 20n,
        'x-url': new URL('http://a/b'),
        'x-empty': '',
        'x-latin': 'é',
      };
      expect((await answerOf(() => [200, 'OK', headers, null])).lines).to.deep.equal([
        'X-Z: text',
        'x-number: 3.5',
        'x-true: true',
        'x-big: 100000000000000000000',
        'x-url: http://a/b',
        'x-empty: ',
        'x-latin: é',
        'content-length: 0',
      ]);
    });

    it('of which an array gives one line for each item', async () => {
      const headers = { 'set-cookie': ['a=1', 'b=2'], 'x-none': [] };
      const { lines } = await answerOf(() => [200, 'OK', headers, null]);
      expect(lines).to.deep.equal(['set-cookie: a=1', 'set-cookie: b=2', 'content-length: 0']);
    });

    it('as many as 500, and long ones', async () => {
      const headers: ResponseHeaders = { long: 'x'.repeat(60_000) };
      for (let i = 0; i < 500; i++) headers[`x-${i}`] = i;
      const response = await answerOf(() => [200, 'OK', headers, 'body']);
      expect(response.lines).to.have.length(502);
      expect(response.field('long')).to.have.length(60_000);
      expect(response.body).to.equal('body');
    });

    it('from an object without a prototype', async () => {
      const headers = Object.assign(Object.create(null) as ResponseHeaders, { __proto__: 'a' });
      Object.defineProperty(headers, '__proto__', { value: 'x', enumerable: true });
      expect((await answerOf(() => [200, 'OK', headers, null])).field('__proto__')).to.equal('x');
    });

    for (const [what, headers, code] of [
      ['a line end in a value', { a: 'b\r\nc: d' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a carriage return in a value', { a: 'b\rc' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a line feed in a value', { a: 'b\nc' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a NUL in a value', { a: 'b\0' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      [
        'a line end in one of many values',
        { a: ['b', 'c\r\n'] },
        'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD',
      ],
      ['a line end in a name', { 'a: b\r\nc': 'd' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a space in a name', { 'a b': 'c' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a colon in a name', { 'a:': 'c' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['an empty name', { '': 'c' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a name that is not ASCII', { é: 'c' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a value that is not Latin-1', { a: '好' }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a value of undefined', { a: undefined }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      ['a value of null', { a: null }, 'GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD'],
      [
        'more bytes than a head may have',
        { a: 'b'.repeat(200_000) },
        'GUDEG_ERR_HTTP_OUTPUT_TOO_LARGE',
      ],
    ] as [string, ResponseHeaders, string][]) {
      it(`never with ${what}`, async () => {
        expect(await refusalOf([200, 'OK', headers, 'x'])).to.deep.equal([500, code]);
      });
    }

    it('of which the date is made once a second, unless the app gives one', async () => {
      await using server = await ObservedServer.start(({ requests }) =>
        requests === 0 ? [200, 'OK', {}, null] : [200, 'OK', { Date: 'mine' }, null],
      );
      await using client = await RawClient.to(server.address);
      const date = Date.parse((await client.request(get)).field('date') ?? '');
      expect(Math.abs(Date.now() - date)).to.be.below(2000);
      expect((await client.request(get)).values('date')).to.deep.equal(['mine']);
    });
  });

  describe('has a length that fits', () => {
    it('content-length of the app is sent when it is right', async () => {
      const { lines, body } = await answerOf(() => [
        200,
        'OK',
        { 'content-length': 2 },
        'hé'.slice(0, 2).replace('é', 'e'),
      ]);
      expect(lines).to.deep.equal(['content-length: 2']);
      expect(body).to.equal('he');
    });

    for (const [what, headers, body, code] of [
      ['too short', { 'content-length': 3 }, 'hello', 'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH'],
      ['too long', { 'content-length': 6 }, 'hello', 'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH'],
      ['counted in characters', { 'content-length': 2 }, 'hé', 'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH'],
      ['without a body', { 'content-length': 5 }, null, 'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH'],
      ['no number', { 'content-length': 'abc' }, 'hello', 'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH'],
      [
        'given twice',
        { 'content-length': ['5', '5'] },
        'hello',
        'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH',
      ],
      [
        'next to chunks',
        { 'transfer-encoding': 'chunked' },
        'hello',
        'GUDEG_ERR_HTTP_BAD_TRANSFER_ENCODING',
      ],
      [
        'of a large body wrong',
        { 'Content-Length': 1 },
        Buffer.alloc(100_000),
        'GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH',
      ],
    ] as [string, ResponseHeaders, string | Buffer | null, string][]) {
      it(`${what}, it is refused`, async () => {
        expect(await refusalOf([200, 'OK', headers, body])).to.deep.equal([500, code]);
      });
    }

    it('of a stream wrong, it is refused', async () => {
      await using server = await ObservedServer.start((_session, _request, api) => [
        200,
        'OK',
        { 'content-length': 4 },
        new api.BodyIter(['hello'], 5),
      ]);
      await using client = await RawClient.to(server.address);
      expect((await client.request(get)).status).to.equal(500);
      expect(server.errors).to.deep.equal(['GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH']);
    });
  });

  describe('to HEAD', () => {
    const head = get.replace('GET', 'HEAD');

    for (const [what, make, line] of [
      ['text', () => 'hello', 'content-length: 5'],
      ['bytes', () => Buffer.alloc(100_000), 'content-length: 100000'],
      ['a BodyIter', (api) => new api.BodyIter(['hello'], 5), 'content-length: 5'],
      [
        'chunks',
        (api) => new api.ChunkedBodyIter([[null, 'a'] as const, [null, ''] as const]),
        'transfer-encoding: chunked',
      ],
    ] as [string, (api: Parameters<App>[2]) => Response[3], string][]) {
      it(`${what} gives the fields of GET and no content`, async () => {
        await using server = await ObservedServer.start(
          (_session, { method }, api) => [200, 'OK', { 'x-method': method }, make(api)],
          plain,
        );
        await using client = await RawClient.to(server.address);
        const answers = [await client.request(head), await client.request(head)];
        for (const { lines } of answers) expect(lines).to.deep.equal(['x-method: HEAD', line]);
        expect(client.received).to.equal('');
        expect((await client.request(get)).field('x-method')).to.equal('GET');
        expect(server.errors).to.deep.equal([]);
      });
    }

    it('null may go with the content-length that GET would have', async () => {
      await using server = await ObservedServer.start(
        () => [200, 'OK', { 'content-length': 12 }, null],
        plain,
      );
      await using client = await RawClient.to(server.address);
      expect((await client.request(head)).lines).to.deep.equal(['content-length: 12']);
    });

    it('null alone gives no content-length, which nobody knows', async () => {
      await using server = await ObservedServer.start(() => [200, 'OK', {}, null], plain);
      await using client = await RawClient.to(server.address);
      expect((await client.request(head)).lines).to.deep.equal([]);
    });

    it('an error has no content either', async () => {
      await using server = await ObservedServer.start(() => {
        throw new Error('no');
      }, plain);
      await using client = await RawClient.to(server.address);
      const response = await client.request(head);
      expect(response.status).to.equal(500);
      expect((await client.request(head)).status).to.equal(500);
    });
  });

  describe('with a status that has no content', () => {
    for (const status of [204, 304]) {
      it(`${status} goes without content-length and keeps the connection`, async () => {
        await using server = await ObservedServer.start(() => [status, 'No', {}, null], plain);
        await using client = await RawClient.to(server.address);
        expect((await client.request(get)).lines).to.deep.equal([]);
        expect((await client.request(get)).status).to.equal(status);
      });

      it(`${status} with a body is refused`, async () => {
        expect(await refusalOf([status, 'No', {}, 'hello'])).to.deep.equal([
          500,
          'GUDEG_ERR_HTTP_BODY_NOT_ALLOWED',
        ]);
      });
    }

    it('304 may say how long the content would be, 204 may not', async () => {
      await using server = await ObservedServer.start(
        (_session, { path }) => [Number(path[0]), 'No', { 'content-length': 12 }, null],
        plain,
      );
      await using client = await RawClient.to(server.address);
      const notModified = await client.request(get.replace('/', '/304'));
      expect(notModified.lines).to.deep.equal(['content-length: 12']);
      expect((await client.request(get.replace('/', '/204'))).status).to.equal(500);
    });

    it('204 with empty text is as good as null', async () => {
      expect((await answerOf(() => [204, 'No Content', {}, ''])).lines).to.deep.equal([]);
    });
  });
});
