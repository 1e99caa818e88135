import { expect } from 'chai';
import {
  validator,
  type Environ,
  type GatewayApp,
  type StartResponse,
  type Write,
} from 'gudeg/gateway';
import { sleep } from 'gudeg/green';

import { caught, rejected } from '../caught.ts';
import { GatewayServer } from './gateway-server.ts';

const typed = [['content-type', 'text/plain']] as const;
const noWrite: Write = () => undefined;
const start: StartResponse = () => noWrite;

function environ(changes: Record<string, unknown> = {}): Environ {
  const input = {
    read: () => Buffer.alloc(0),
    readline: () => Buffer.alloc(0),
    readlines: () => [],
    [Symbol.iterator]: () => [][Symbol.iterator](),
  };
  const errors = { write: () => undefined, writelines: () => undefined, flush: () => undefined };
  const values = {
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/',
    QUERY_STRING: '',
    SERVER_NAME: 'a',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': 'http',
    'wsgi.input': input,
    'wsgi.errors': errors,
    'wsgi.multithread': false,
    'wsgi.multiprocess': false,
    'wsgi.run_once': false,
    ...changes,
  };
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) Reflect.deleteProperty(values, key);
  }
  return values as unknown as Environ;
}

/** The message of the violation that an app is found guilty of. */
function violation(app: GatewayApp, given: Environ = environ()): string {
  return caught('GUDEG_ERR_GATEWAY_CONTRACT', () => {
    const result = validator(app)(given, start) as Iterable<string>;
    for (const _item of result) continue;
  }).message;
}

/** An app that calls startResponse well and then does something. */
const after =
  (act: (environ: Environ, write: Write) => unknown): GatewayApp =>
  (given, startResponse) =>
    act(given, startResponse('200 OK', typed)) as never;

describe('validator()', () => {
  it('lets what keeps the contract through, with its framing, on our server', async () => {
    const app: GatewayApp = ({ PATH_INFO, ...given }, startResponse) => {
      const write = startResponse('200 OK', typed);
      if (PATH_INFO === '/array') return ['a', Buffer.from('b')];
      if (PATH_INFO === '/item') return 'ab';
      if (PATH_INFO === '/read') return [given['wsgi.input'].read()];
      if (PATH_INFO === '/lines') return given['wsgi.input'];
      if (PATH_INFO === '/write') write('a');
      if (PATH_INFO === '/async')
        return (async function* () {
          yield await Promise.resolve('ab');
        })();
      given['wsgi.errors'].writelines(['written']);
      return (function* () {
        sleep(0);
        yield 'b';
      })();
    };
    await using server = await GatewayServer.start(validator(app));
    const get = async (path: string) => {
      const response = await server.get(path);
      return [response.status, response.field('content-length'), response.body];
    };
    expect(await get('/array')).to.deep.equal([200, '2', 'ab']);
    expect(await get('/item')).to.deep.equal([200, '2', 'ab']);
    expect(await get('/async')).to.deep.equal([200, undefined, 'ab']);
    expect(await get('/write')).to.deep.equal([200, undefined, 'ab']);
    expect(await get('/other')).to.deep.equal([200, undefined, 'b']);
    for (const path of ['/read', '/lines']) {
      const response = await server.request(
        `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na\nb`,
      );
      expect(response.body).to.equal('a\nb');
    }
    expect([server.server.errors, server.written]).to.deep.equal([[], ['written', 'written']]);
  });

  it('answers 500 for an app that breaks it', async () => {
    await using server = await GatewayServer.start(validator(() => []));
    expect((await server.get()).status).to.equal(500);
    expect(server.server.errors).to.deep.equal(['GUDEG_ERR_GATEWAY_CONTRACT']);
  });

  for (const [changes, message] of [
    [{ REQUEST_METHOD: undefined }, /^environ\['REQUEST_METHOD'\] must be there/],
    [{ REQUEST_METHOD: 'A B' }, /^environ.REQUEST_METHOD must be a token/],
    [{ HTTP_CONTENT_TYPE: 'x' }, /^environ.HTTP_CONTENT_TYPE must be absent; it is CONTENT_TYPE/],
    [{ HTTP_X: 1 }, /^environ.HTTP_X must be a string; got 1/],
    [{ HTTP_X: '\u{1f35b}' }, /^environ.HTTP_X must be one byte a character/],
    [{ SCRIPT_NAME: '/' }, /^environ.SCRIPT_NAME must be '', or begin with a slash/],
    [{ PATH_INFO: 'x' }, /^environ.PATH_INFO must be '', or begin/],
    [{ PATH_INFO: undefined, SCRIPT_NAME: undefined }, /^environ.SCRIPT_NAME or environ.PATH_INFO/],
    [{ CONTENT_LENGTH: '-1' }, /^environ.CONTENT_LENGTH must be digits/],
    [{ 'wsgi.version': '1.0' }, /^environ\['wsgi.version'\] must be two integers/],
    [{ 'wsgi.url_scheme': 'ftp' }, /^environ\['wsgi.url_scheme'\] must be 'http' or 'https'/],
    [{ 'wsgi.input': {} }, /^environ\['wsgi.input'\] must be something with read/],
    [{ 'wsgi.errors': null }, /^environ\['wsgi.errors'\] must be something with write/],
  ] as const) {
    it(`finds the server's fault: ${String(message)}`, () => {
      expect(
        violation(
          after(() => []),
          environ(changes),
        ),
      ).to.match(message);
    });
  }

  for (const [app, message] of [
    [() => [], /^startResponse must be called before the body begins/],
    [() => new Set(['a']), /^startResponse must be called before the body begins/],
    [after(() => null), /^the result of an app must be an iterable/],
    [after(() => 5), /^the result of an app must be an iterable/],
    [after(() => [5]), /^an item of the result must be a string or a Uint8Array; got 5/],
    [after(() => new Set([5])), /^an item of the result must be a string or a Uint8Array; got 5/],
    [
      after((_environ, write) => {
        write(5 as never);
        return [];
      }),
      /^what write gets must be/,
    ],
    [
      after((_environ, write) => {
        (write as () => void)();
        return [];
      }),
      /^the number of arguments of write/,
    ],
    [
      after((given) => given['wsgi.input'].read('x' as never)),
      /^the size for environ\['wsgi.input'\].read\(\)/,
    ],
    [
      after((given) => given['wsgi.errors'].write(5 as never)),
      /^what environ\['wsgi.errors'\].write\(\) gets/,
    ],
  ] as [GatewayApp, RegExp][]) {
    it(`finds the app's fault: ${String(message)} (${String(app).slice(0, 40)})`, () => {
      expect(violation(app)).to.match(message);
    });
  }

  for (const [args, message] of [
    [[200], /^the number of arguments of startResponse must be 2 or 3; got 1/],
    [['200', typed], /^status must be a number, a space and a reason/],
    [['2000 OK', typed], /^status given to startResponse must be/],
    [['200 OK', 'x'], /^headers given to startResponse must be/],
    [['200 OK', []], /^the header content-type must be given once with status 200/],
    [['200 OK', [...typed, ['status', 'x']]], /^the header status must be absent/],
    [['200 OK', [...typed, ['x-', 'x']]], /^the header x- must be named without/],
    [['200 OK', [...typed, ['a', 'b\n']]], /^the header a given to startResponse must be/],
    [['200 OK', [...typed, ['connection', 'x']]], /hop-by-hop/],
    [['204 No Content', typed], /^the header content-type must be absent with status 204/],
  ] as const) {
    it(`finds what is wrong with startResponse(): ${String(message)}`, () => {
      const app: GatewayApp = (_environ, startResponse) => {
        startResponse(...(args as unknown as Parameters<StartResponse>));
        return [];
      };
      expect(violation(app)).to.match(message);
    });
  }

  it('wants startResponse called once, unless there was an error', () => {
    const twice =
      (error?: unknown): GatewayApp =>
      (_environ, startResponse) => {
        startResponse('200 OK', typed);
        startResponse('500 Oops', typed, error);
        return [];
      };
    expect(violation(twice())).to.match(/^startResponse must be called once/);
    expect(validator(twice(new Error('x')))(environ(), start)).to.deep.equal([]);
  });

  it('wants two arguments, and a server that knows how to use a result', () => {
    const app = validator(after(() => new Set(['a'])));
    caught('GUDEG_ERR_GATEWAY_CONTRACT', () =>
      (app as unknown as (one: Environ) => void)(environ()),
    );
    caught('GUDEG_ERR_GATEWAY_CONTRACT', () => app(environ(), null as never));
    caught('GUDEG_ERR_GATEWAY_CONTRACT', () => app(environ(), (() => undefined) as never));
    const result = app(environ(), start) as Iterable<string> & { close(): void };
    expect([...result]).to.deep.equal(['a']);
    caught('GUDEG_ERR_GATEWAY_CONTRACT', () => [...result]);
    result.close();
    caught('GUDEG_ERR_GATEWAY_CONTRACT', () => {
      result.close();
    });
  });

  it('looks at what an async app gives', async () => {
    const app = validator(() => Promise.resolve(5 as never));
    await rejected('GUDEG_ERR_GATEWAY_CONTRACT', app(environ(), start) as Promise<never>);
  });

  it('refuses what is no app', () => {
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => validator('app' as never));
  });
});
