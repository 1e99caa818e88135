import { expect } from 'chai';

import { Router, api, mkreq, type App, type RouterMap } from '../../../src/core/rgi/index.ts';
import { caught } from '../caught.ts';
import { sessionDouble } from './session-double.ts';

/** Answers with its name, and how the path was divided. */
const named =
  (name: string): App =>
  (_session, { mount, path }) => [200, 'OK', {}, `${name} ${mount.join('/')} | ${path.join('/')}`];

/** The body that the app answers to GET. */
async function answer(app: App, uri: string): Promise<unknown> {
  const [status, reason, headers, body] = await app(sessionDouble(), mkreq('GET', uri), api);
  if (status === 200) return body;
  expect({ reason, headers, body }).to.deep.equal({ reason: 'Gone', headers: {}, body: null });
  return status;
}

/** A map that is nested to `depth` levels, with an app on the last. */
function nested(depth: number): RouterMap {
  return depth === 1 ? { a: named('deep') } : { a: nested(depth - 1) };
}

describe('Router', () => {
  const map: RouterMap = {
    [Router.END]: named('home'),
    foo: { [Router.END]: named('foo'), '': named('slash'), bar: named('bar') },
    'a%20b': named('escaped'),
    only: { deep: named('deep') },
  };
  const maps = {
    object: map,
    Map: new Map<string | null, App | RouterMap>([
      [null, named('home')],
      [
        'foo',
        new Map([
          [null, named('foo')],
          ['', named('slash')],
          ['bar', named('bar')],
        ]),
      ],
      ['a%20b', named('escaped')],
      ['only', { deep: named('deep') }],
    ]),
  };

  for (const [kind, each] of Object.entries(maps)) {
    for (const [uri, expected] of [
      ['/', 'home  | '],
      ['/?k=v', 'home  | '],
      ['/foo', 'foo foo | '],
      ['/foo/', 'slash foo/ | '],
      ['/foo/bar', 'bar foo/bar | '],
      ['/foo/bar/', 'bar foo/bar | '],
      ['/foo/bar/baz/x', 'bar foo/bar | baz/x'],
      ['/a%20b', 'escaped a%20b | '],
      ['/nix', 410],
      ['/foo/nix', 410],
      ['/only', 410],
      ['/only/', 410],
      ['/FOO', 410],
      ['/constructor', 410],
      ['/__proto__', 410],
      ['/null', 410],
    ] as const) {
      it(`made of an ${kind} leads ${uri} to '${expected}'`, async () => {
        expect(await answer(new Router(each), uri)).to.equal(expected);
      });
    }
  }

  it('is an app, a function, and an instance of its class', () => {
    const router = new Router(map);
    expect(router).to.be.a('function');
    expect(router).to.be.instanceOf(Router);
    expect(router).to.be.instanceOf(Function);
  });

  it('starts where the request stands when it is mounted', async () => {
    const outer = new Router({ api: new Router(map) });
    expect(await answer(outer, '/api/foo/bar/baz')).to.equal('bar api/foo/bar | baz');
    expect(await answer(outer, '/api')).to.equal('home api | ');
  });

  it('hands on the session, the api and the answer', () => {
    const response = [200, 'OK', {}, null] as const;
    const session = sessionDouble();
    const request = mkreq('GET', '/foo');
    const router = new Router({
      foo: (...args) => {
        expect(args).to.deep.equal([session, request, api]);
        return response;
      },
    });
    expect(router(session, request, api)).to.equal(response);
  });

  it('allows ten levels, and not eleven', async () => {
    expect(await answer(new Router(nested(10)), '/a/a/a/a/a/a/a/a/a/a')).to.match(/^deep/);
    caught('GUDEG_ERR_ROUTER_DEPTH', () => new Router(nested(11)));
  });

  it('refuses a map that holds itself', () => {
    const own: Record<string, RouterMap> = {};
    own['a'] = own;
    caught('GUDEG_ERR_ROUTER_DEPTH', () => new Router(own));
  });

  for (const [title, bad, code, message] of [
    ['no map', null, 'GUDEG_ERR_INVALID_ARG_TYPE', /^map must be/],
    ['an app alone', named('x'), 'GUDEG_ERR_INVALID_ARG_TYPE', /^map must be/],
    ['text for an app', { a: { b: 'c' } }, 'GUDEG_ERR_INVALID_ARG_TYPE', /^map\['a'\]\['b'\] must/],
    ['null for an app', { a: null }, 'GUDEG_ERR_INVALID_ARG_TYPE', /^map\['a'\] must/],
    ['a key with a slash', { 'a/b': named('x') }, 'GUDEG_ERR_INVALID_ARG_VALUE', /map\['a\/b'\]/],
    ['a key with a query', { 'a?b': named('x') }, 'GUDEG_ERR_INVALID_ARG_VALUE', /map\['a\?b'\]/],
    ['a key that is not ASCII', { ä: named('x') }, 'GUDEG_ERR_INVALID_ARG_VALUE', /map\['ä'\]/],
    [
      'a key that is a number',
      new Map([[1, named('x')]]),
      'GUDEG_ERR_INVALID_ARG_TYPE',
      /map\[1\]/,
    ],
  ] as const) {
    it(`refuses ${title}, and says where`, () => {
      expect(caught(code, () => new Router(bad as never)).message).to.match(message);
    });
  }

  it('refuses an app whose onConnect cannot be called', () => {
    const app = Object.assign(named('x'), { onConnect: 5 }) as unknown as App;
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new Router({ app }));
  });
});
