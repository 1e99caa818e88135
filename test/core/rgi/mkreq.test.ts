import { expect } from 'chai';
import fc from 'fast-check';

import { Body, ChunkedBody, Range } from '../../../src/core/http/index.ts';
import { mkreq, mkuri } from '../../../src/core/rgi/index.ts';
import { caught } from '../caught.ts';
import { deguCases } from '../degu-cases.ts';

const component = fc.stringMatching(/^[-+.:_~0-9A-Za-z%&=]{1,8}$/);
const query = fc.option(fc.stringMatching(/^[-+.:_~%&=?/0-9A-Za-z]{0,12}$/));

describe('mkuri', () => {
  it('joins components and a query', () => {
    expect(mkuri()).to.equal('/');
    expect(mkuri('foo')).to.equal('/foo');
    expect(mkuri('foo', '')).to.equal('/foo/');
    expect(mkuri('foo', 'bar', { query: 'k=v' })).to.equal('/foo/bar?k=v');
    expect(mkuri({ query: '' })).to.equal('/?');
    expect(mkuri('foo', { query: null })).to.equal('/foo');
    expect(mkuri('foo', {})).to.equal('/foo');
  });
});

describe('mkreq', () => {
  it('makes a request of nothing but method and uri', () => {
    const request = mkreq('GET', '/foo/bar?k=v');
    expect(request).to.include({ method: 'GET', uri: '/foo/bar?k=v', body: null, query: 'k=v' });
    expect(request.headers).to.deep.equal(Object.create(null));
    expect(request.rawHeaders).to.deep.equal([]);
    expect(request.mount).to.deep.equal([]);
    expect(request.path).to.deep.equal(['foo', 'bar']);
  });

  it('takes headers by lower-case name, and shift components into mount', () => {
    const range = new Range(0, 5);
    const request = mkreq('PATCH', '/a/b/c', { 'X-Foo': 'bar', range }, null, 2);
    expect(request.headers).to.deep.equal(
      Object.assign(Object.create(null) as object, { 'x-foo': 'bar', range }),
    );
    expect(request.rawHeaders).to.deep.equal(['x-foo', 'bar', 'range', 'bytes=0-4']);
    expect(request.mount).to.deep.equal(['a', 'b']);
    expect(request.path).to.deep.equal(['c']);
    expect(request.buildProxyUri()).to.equal('/c');
  });

  it('makes a Body of text and of bytes, and tells its length', async () => {
    for (const given of ['grün', Buffer.from('grün')]) {
      const { body, headers } = mkreq('POST', '/', {}, given);
      expect(headers['content-length']).to.equal(5);
      expect(body).to.be.instanceOf(Body);
      expect(await body?.text()).to.equal('grün');
    }
    const chunked = new ChunkedBody({ readChunk: () => [null, Buffer.alloc(0)] });
    expect(mkreq('POST', '/', {}, chunked).body).to.equal(chunked);
  });

  for (const [method, uri, shift, code] of [
    ['', '/', 0, 'GUDEG_ERR_INVALID_ARG_VALUE'],
    ['GE T', '/', 0, 'GUDEG_ERR_INVALID_ARG_VALUE'],
    [5, '/', 0, 'GUDEG_ERR_INVALID_ARG_TYPE'],
    ['GET', '', 0, 'GUDEG_ERR_INVALID_ARG_VALUE'],
    ['GET', 'foo', 0, 'GUDEG_ERR_INVALID_ARG_VALUE'],
    ['GET', '/a b', 0, 'GUDEG_ERR_INVALID_ARG_VALUE'],
    ['GET', '/\r\n', 0, 'GUDEG_ERR_INVALID_ARG_VALUE'],
    ['GET', null, 0, 'GUDEG_ERR_INVALID_ARG_TYPE'],
    ['GET', '/a', 2, 'GUDEG_ERR_OUT_OF_RANGE'],
    ['GET', '/a', -1, 'GUDEG_ERR_OUT_OF_RANGE'],
  ] as const) {
    it(`refuses ${JSON.stringify([method, uri, shift])}`, () => {
      caught(code, () => mkreq(method as string, uri as string, {}, null, shift));
    });
  }
});

describe('Request', () => {
  for (const [uri, path, query] of [
    ['/', [], null],
    ['/?', [], ''],
    ['/foo', ['foo'], null],
    ['/foo/', ['foo', ''], null],
    ['/foo/bar/', ['foo', 'bar', ''], null],
    ['/foo?a=b?c', ['foo'], 'a=b?c'],
    ['//', ['', ''], null],
    ['/%2f', ['%2f'], null],
    ['*', [], null],
  ] as const) {
    it(`divides ${uri} into path and query`, () => {
      const request = mkreq('OPTIONS', uri);
      expect(request.path).to.deep.equal(path);
      expect(request.query).to.equal(query);
    });
  }

  for (const { args, result } of deguCases('parse_uri').filter((each) => each.result)) {
    const [uri] = args;
    it(`divides ${uri.slice(0, 40)} as Degu does`, () => {
      const { mount, path, query } = mkreq('GET', uri);
      expect([uri, mount, path, query]).to.deep.equal(result);
    });
  }

  it('shiftPath() gives null when the path is over', () => {
    const request = mkreq('GET', '/a/');
    expect([request.shiftPath(), request.shiftPath(), request.shiftPath()]).to.deep.equal([
      'a',
      '',
      null,
    ]);
    expect(request.mount).to.deep.equal(['a', '']);
    expect(request.buildProxyUri()).to.equal('/');
  });

  it('mount, path and query always make the uri, however much was shifted', () => {
    fc.assert(
      fc.property(fc.array(component), fc.boolean(), query, fc.nat(5), (path, slash, q, shifts) => {
        const components = slash && path.length > 0 ? [...path, ''] : path;
        const uri = mkuri(...components, { query: q });
        const request = mkreq('GET', uri);
        expect(request.path).to.deep.equal(components);
        expect(request.query).to.equal(q);
        for (let i = 0; i < shifts; i += 1) request.shiftPath();
        expect(mkuri(...request.mount, ...request.path, { query: request.query })).to.equal(uri);
        expect(request.buildProxyUri()).to.equal(mkuri(...request.path, { query: q }));
      }),
    );
  });
});
