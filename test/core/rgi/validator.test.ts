import { expect } from 'chai';

import {
  Body,
  BodyIter,
  ChunkedBody,
  ChunkedBodyIter,
  ContentRange,
  Range,
} from '../../../src/core/http/index.ts';
import {
  Validator,
  api,
  mkreq,
  type App,
  type Request,
  type Response,
} from '../../../src/core/rgi/index.ts';
import { caught, rejected } from '../caught.ts';
import { sessionDouble } from './session-double.ts';

const CONTRACT = 'GUDEG_ERR_APP_CONTRACT';
const OK: Response = [200, 'OK', {}, null];

const chunkedBody = (): ChunkedBody =>
  new ChunkedBody({ readChunk: () => [null, Buffer.alloc(0)] });

/** A request with some attributes replaced by what no server of ours would give. */
function broken(request: Request, changes: Record<string, unknown>): Request {
  for (const [name, value] of Object.entries(changes)) {
    Object.defineProperty(request, name, { value });
  }
  return request;
}

/** Calls a validated app that answers `response`. */
async function validate(
  response: unknown,
  { request = mkreq('GET', '/'), session = sessionDouble(), options = {} } = {},
): Promise<Response> {
  const app = (() => response) as App;
  return new Validator(app, options)(session, request, api);
}

describe('Validator', () => {
  it('is an app that hands everything on, at once or by promise', async () => {
    const session = sessionDouble();
    const request = mkreq('GET', '/a');
    const app: App = (...args) => {
      expect(args).to.deep.equal([session, request, api]);
      return OK;
    };
    expect(new Validator(app)(session, request, api)).to.equal(OK);
    const waiting: App = async () => Promise.resolve(OK);
    expect(await new Validator(waiting)(session, request, api)).to.equal(OK);
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new Validator({} as never));
  });

  it('throws where the app answers at once, and rejects where it answers by promise', async () => {
    const bad = [200, '', {}, null] as const;
    caught(CONTRACT, () => new Validator(() => bad)(sessionDouble(), mkreq('GET', '/'), api));
    const waiting = new Validator(() => Promise.resolve(bad));
    await rejected(CONTRACT, Promise.resolve(waiting(sessionDouble(), mkreq('GET', '/'), api)));
  });

  describe('accepts as an answer', () => {
    for (const [title, method, response] of [
      ['nothing', 'GET', [200, 'OK', {}, null]],
      ['text', 'GET', [200, 'OK', {}, 'grün']],
      ['text with its length', 'GET', [200, 'OK', { 'content-length': 5 }, 'grün']],
      [
        'bytes with their length as text',
        'GET',
        [200, 'OK', { 'content-length': '2' }, Buffer.alloc(2)],
      ],
      ['a Body', 'GET', [200, 'OK', { 'content-length': 3 }, new Body(Buffer.alloc(3), 3)]],
      ['a ChunkedBody', 'GET', [200, 'OK', { 'transfer-encoding': 'chunked' }, chunkedBody()]],
      ['a BodyIter', 'GET', [200, 'OK', { 'content-length': 3 }, new BodyIter([], 3)]],
      ['a ChunkedBodyIter', 'GET', [200, 'OK', {}, new ChunkedBodyIter([])]],
      [
        'fields of many kinds',
        'GET',
        [
          206,
          'Partial Content',
          {
            'content-range': new ContentRange(0, 1, 2),
            'x-number': 1,
            'x-big': 10n,
            'x-true': true,
            'set-cookie': ['a=b', 'c=d'],
            'x_odd!': 'a\tb é',
          },
          'a',
        ],
      ],
      ['a head with its length', 'HEAD', [200, 'OK', { 'content-length': 5 }, null]],
      ['a head of chunks', 'HEAD', [200, 'OK', { 'transfer-encoding': 'chunked' }, null]],
      ['a head of a status without a body', 'HEAD', [204, 'No Content', {}, null]],
      ['a head of an error', 'HEAD', [404, 'Not Found', {}, null]],
      [
        '304 with the length of what it stands for',
        'GET',
        [304, 'Not Modified', { 'content-length': 5 }, null],
      ],
    ] as const) {
      it(title, async () => {
        expect(await validate(response, { request: mkreq(method, '/') })).to.equal(response);
      });
    }
  });

  describe('refuses as an answer', () => {
    const consumed = new Body(Buffer.alloc(0), 0);

    before(() => consumed.read());

    for (const [title, method, response, message] of [
      ['nothing', 'GET', undefined, /^response must be/],
      ['an object', 'GET', { status: 200 }, /^response must be/],
      ['three items', 'GET', [200, 'OK', {}], /^response must be/],
      ['five items', 'GET', [200, 'OK', {}, null, null], /^response must be/],
      ['a status as text', 'GET', ['200', 'OK', {}, null], /^response\[0\].*got '200'/],
      ['the status 99', 'GET', [99, 'OK', {}, null], /^response\[0\]/],
      ['the status 600', 'GET', [600, 'OK', {}, null], /^response\[0\]/],
      ['the status 200.5', 'GET', [200.5, 'OK', {}, null], /^response\[0\]/],
      ['an empty reason', 'GET', [200, '', {}, null], /^response\[1\]/],
      ['no reason', 'GET', [200, null, {}, null], /^response\[1\]/],
      ['a reason with a line end', 'GET', [200, 'OK\r\nx: y', {}, null], /^response\[1\]/],
      ['no headers', 'GET', [200, 'OK', null, null], /^response\[2\]/],
      ['headers in an array', 'GET', [200, 'OK', [], null], /^response\[2\]/],
      ['a name in capitals', 'GET', [200, 'OK', { 'X-A': 'b' }, null], /^response\[2\]\['X-A'\]/],
      ['a name with a blank', 'GET', [200, 'OK', { 'x a': 'b' }, null], /^response\[2\]\['x a'\]/],
      ['an empty name', 'GET', [200, 'OK', { '': 'b' }, null], /^response\[2\]\[''\]/],
      [
        'a value with a line end',
        'GET',
        [200, 'OK', { a: 'b\r\nc: d' }, null],
        /^response\[2\]\['a'\]/,
      ],
      ['a value with a NUL', 'GET', [200, 'OK', { a: 'b\0' }, null], /^response\[2\]\['a'\]/],
      ['an empty value', 'GET', [200, 'OK', { a: '' }, null], /^response\[2\]\['a'\]/],
      ['a value in white space', 'GET', [200, 'OK', { a: ' b' }, null], /^response\[2\]\['a'\]/],
      ['a value that is none', 'GET', [200, 'OK', { a: undefined }, null], /^response\[2\]\['a'\]/],
      [
        'one bad value of two',
        'GET',
        [200, 'OK', { a: ['b', '\n'] }, null],
        /^response\[2\]\['a'\]/,
      ],
      ['a body that is an object', 'GET', [200, 'OK', {}, { a: 1 }], /^response\[3\] \(body\)/],
      ['a body that is an array', 'GET', [200, 'OK', {}, ['a']], /^response\[3\] \(body\)/],
      ['an ArrayBuffer', 'GET', [200, 'OK', {}, new ArrayBuffer(1)], /^response\[3\] \(body\)/],
      ['a body without value', 'GET', [200, 'OK', {}, undefined], /^response\[3\] \(body\)/],
      ['a body that was used', 'GET', [200, 'OK', {}, consumed], /^response\[3\]\.state/],
      [
        'a length that is none',
        'GET',
        [200, 'OK', { 'content-length': -1 }, 'a'],
        /content-length/,
      ],
      ['another length', 'GET', [200, 'OK', { 'content-length': 4 }, 'grün'], /which is 5; got 4/],
      [
        'another length than of bytes',
        'GET',
        [200, 'OK', { 'content-length': 1 }, Buffer.alloc(2)],
        /which is 2; got 1/,
      ],
      [
        'another length than of a Body',
        'GET',
        [200, 'OK', { 'content-length': 1 }, new Body(Buffer.alloc(2), 2)],
        /which is 2; got 1/,
      ],
      [
        'another length than of a BodyIter',
        'GET',
        [200, 'OK', { 'content-length': 1 }, new BodyIter([], 2)],
        /which is 2; got 1/,
      ],
      [
        'a length with chunks',
        'GET',
        [200, 'OK', { 'content-length': 1 }, chunkedBody()],
        /absent, because the body is chunked/,
      ],
      [
        'chunks with a length',
        'GET',
        [200, 'OK', { 'transfer-encoding': 'chunked' }, 'ab'],
        /absent, because the body has 2 bytes/,
      ],
      [
        'both',
        'GET',
        [200, 'OK', { 'content-length': 1, 'transfer-encoding': 'chunked' }, 'a'],
        /without content-length where/,
      ],
      [
        'another coding',
        'GET',
        [200, 'OK', { 'transfer-encoding': 'gzip' }, chunkedBody()],
        /'chunked'; got 'gzip'/,
      ],
      [
        'a length without a body',
        'GET',
        [200, 'OK', { 'content-length': 5 }, null],
        /because the body is null/,
      ],
      [
        'chunks without a body',
        'GET',
        [200, 'OK', { 'transfer-encoding': 'chunked' }, null],
        /because the body is null/,
      ],
      [
        'a body to HEAD',
        'HEAD',
        [200, 'OK', { 'content-length': 1 }, 'a'],
        /because the method is HEAD/,
      ],
      ['no length to HEAD', 'HEAD', [200, 'OK', {}, null], /because the method is HEAD/],
      ['a body with 204', 'GET', [204, 'No Content', {}, 'a'], /because the status is 204/],
      [
        'a length with 204',
        'GET',
        [204, 'No Content', { 'content-length': 0 }, null],
        /because the status is 204/,
      ],
      ['a body with 304', 'GET', [304, 'Not Modified', {}, 'a'], /because the status is 304/],
    ] as const) {
      it(title, async () => {
        const error = await rejected(CONTRACT, validate(response, { request: mkreq(method, '/') }));
        expect(error.message).to.match(message);
      });
    }
  });

  describe('accepts as a request', () => {
    for (const [title, request] of [
      ['OPTIONS *', mkreq('OPTIONS', '*')],
      ['any token for a method', mkreq('PROPFIND', '/a//b/?')],
      ['a simple range', mkreq('GET', '/', { range: new Range(0, 1) })],
      ['a range in text', mkreq('GET', '/', { range: 'bytes=-5' })],
      ['a content range', mkreq('PUT', '/', { 'content-range': new ContentRange(0, 1, 2) })],
      ['a path that was shifted', mkreq('GET', '/a/b/c?d', {}, null, 2)],
    ] as const) {
      it(title, async () => {
        expect(await validate(OK, { request })).to.equal(OK);
      });
    }
  });

  describe('refuses as a request', () => {
    const get = (): Request => mkreq('GET', '/a/b?c');
    const post = (headers: Record<string, string | number>, body: unknown): Request =>
      broken(mkreq('POST', '/', headers), { body });

    for (const [title, request, message] of [
      ['a method that is no token', broken(get(), { method: 'G T' }), /^request\.method/],
      ['no uri', broken(get(), { uri: null }), /^request\.uri/],
      ['a query that is none', broken(get(), { query: 5 }), /^request\.query/],
      ['a mount that is no array', broken(get(), { mount: 'a' }), /^request\.mount/],
      ['a path of numbers', broken(get(), { path: [1] }), /^request\.path/],
      [
        'parts that make another uri',
        broken(get(), { path: ['a'] }),
        /the uri '\/a\/b\?c'; got '\/a\?c'/,
      ],
      ['no headers', broken(get(), { headers: 5 }), /^request\.headers/],
      ['a header in capitals', broken(get(), { headers: { 'X-A': 'b' } }), /\['X-A'\].*lower case/],
      [
        'a header that is no text',
        broken(get(), { headers: { a: 5 } }),
        /\['a'\] must be a string/,
      ],
      ['a length as text', broken(get(), { headers: { 'content-length': '5' } }), /content-length/],
      ['a negative length', broken(get(), { headers: { 'content-length': -5 } }), /content-length/],
      ['a range that is none', broken(get(), { headers: { range: 5 } }), /\['range'\]/],
      [
        'a content range that is none',
        broken(get(), { headers: { 'content-range': 5 } }),
        /content-range/,
      ],
      ['a body that is none', post({}, 'hello'), /^request\.body must be null, a Body/],
      [
        'a body without a length',
        post({}, new Body(Buffer.alloc(1), 1)),
        /^request\.body must be null, because/,
      ],
      [
        'a length without a body',
        mkreq('POST', '/', { 'content-length': 1 }),
        /^request\.body must be a Body/,
      ],
      [
        'both lengths',
        post({ 'content-length': 1, 'transfer-encoding': 'chunked' }, chunkedBody()),
        /^request\.headers/,
      ],
      [
        'another coding',
        post({ 'transfer-encoding': 'gzip' }, chunkedBody()),
        /'chunked'; got 'gzip'/,
      ],
      [
        'chunks with a length',
        post({ 'content-length': 1 }, chunkedBody()),
        /^request\.body must be a Body/,
      ],
      [
        'a Body of chunks',
        post({ 'transfer-encoding': 'chunked' }, new Body(Buffer.alloc(1), 1)),
        /must be a ChunkedBody/,
      ],
      [
        'a Body of another length',
        post({ 'content-length': 2 }, new Body(Buffer.alloc(1), 1)),
        /which is 2; got 1/,
      ],
    ] as const) {
      it(title, async () => {
        const error = await rejected(CONTRACT, validate(OK, { request }));
        expect(error.message).to.match(message);
      });
    }

    it('a body that was begun', async () => {
      const request = mkreq('POST', '/', {}, 'hello');
      await request.body?.read();
      const error = await rejected(CONTRACT, validate(OK, { request }));
      expect(error.message).to.equal('request.body.state must be 0 (READY); got 2');
    });

    it('in the degu profile another method, and a body with GET', async () => {
      const options = { profile: 'degu' } as const;
      await rejected(CONTRACT, validate(OK, { request: mkreq('PATCH', '/'), options }));
      const request = mkreq('GET', '/', {}, 'hello');
      const error = await rejected(CONTRACT, validate(OK, { request, options }));
      expect(error.message).to.match(/^request\.body must be null, because the method is GET/);
    });
  });

  describe('watches the app', () => {
    it('that it reads the request body to its end', async () => {
      const unread = mkreq('POST', '/', {}, 'hello');
      const error = await rejected(CONTRACT, validate(OK, { request: unread }));
      expect(error.message).to.match(/after the app answered must be 2 \(CONSUMED\)/);
      const read: App = async (_session, { body }) => {
        await body?.read();
        return OK;
      };
      const request = mkreq('POST', '/', {}, 'hello');
      expect(await new Validator(read)(sessionDouble(), request, api)).to.equal(OK);
    });

    it('that it reads it, though it may send it back, or stop at its last byte', async () => {
      const echo: App = (_session, { body }) => [200, 'OK', {}, body];
      const exact: App = async (_session, { body }) => {
        await (body as Body).read(5);
        return OK;
      };
      for (const app of [echo, exact]) {
        const request = (): Request => mkreq('POST', '/', {}, 'hello');
        await new Validator(app)(sessionDouble(), request(), api);
        const strict = new Validator(app, { profile: 'degu' });
        await rejected(
          CONTRACT,
          Promise.resolve().then(() => strict(sessionDouble(), request(), api)),
        );
      }
    });

    it('that it keeps mount and path together', () => {
      const shifting: App = (_session, request) => {
        request.shiftPath();
        return OK;
      };
      const losing: App = (_session, request) => {
        request.path.pop();
        return OK;
      };
      expect(new Validator(shifting)(sessionDouble(), mkreq('GET', '/a/b'), api)).to.equal(OK);
      const error = caught(CONTRACT, () =>
        new Validator(losing)(sessionDouble(), mkreq('GET', '/a/b'), api),
      );
      expect(error.message).to.match(/^after the app answered, request/);
    });
  });

  describe('looks at the session', () => {
    for (const session of [
      sessionDouble({ address: ['::1', 1, 0, 0] }),
      sessionDouble({ address: '/path.sock', credentials: [1, 2, 3] }),
      sessionDouble({ address: Buffer.from('\0abc') }),
      sessionDouble({ address: '', requests: 17, store: { _a: 1 } }),
    ]) {
      it(`and accepts ${JSON.stringify(session.address)}`, async () => {
        expect(await validate(OK, { session })).to.equal(OK);
      });
    }

    for (const [attribute, value] of [
      ['address', null],
      ['address', ['127.0.0.1']],
      ['address', ['127.0.0.1', 1, 2]],
      ['address', [1, 2]],
      ['credentials', [1, 2]],
      ['credentials', undefined],
      ['requests', -1],
      ['requests', '0'],
      ['maxRequests', null],
      ['store', null],
      ['store', { [Symbol('a')]: 1 }],
    ] as const) {
      it(`and refuses ${attribute} ${JSON.stringify(value)}`, async () => {
        const session = sessionDouble({ [attribute]: value });
        const error = await rejected(CONTRACT, validate(OK, { session }));
        expect(error.message.startsWith(`session.${attribute} must be`)).to.equal(true);
      });
    }
  });

  describe('onConnect', () => {
    const connecting = (answer: unknown): Validator =>
      new Validator(Object.assign((() => OK) as App, { onConnect: () => answer as boolean }));

    it('is true where the app has none', () => {
      expect(new Validator(() => OK).onConnect?.(sessionDouble())).to.equal(true);
    });

    it('gives what the app says, at once or by promise', async () => {
      expect(connecting(true).onConnect?.(sessionDouble())).to.equal(true);
      expect(connecting(false).onConnect?.(sessionDouble())).to.equal(false);
      expect(await connecting(Promise.resolve(false)).onConnect?.(sessionDouble())).to.equal(false);
    });

    it('refuses an answer that is no boolean, and a connection with requests', async () => {
      for (const answer of [undefined, null, 1, 'true']) {
        caught(CONTRACT, () => connecting(answer).onConnect?.(sessionDouble()));
      }
      const later = Promise.resolve(connecting(Promise.resolve(1)).onConnect?.(sessionDouble()));
      await rejected(CONTRACT, later);
      const error = caught(CONTRACT, () =>
        connecting(true).onConnect?.(sessionDouble({ requests: 1 })),
      );
      expect(error.message).to.equal('session.requests in onConnect must be 0; got 1');
    });
  });
});
