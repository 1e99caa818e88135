import { expect } from 'chai';
import fc from 'fast-check';
import { api, mkreq, type Session } from 'gudeg';
import { Gateway, type Environ } from 'gudeg/gateway';

import { RawClient } from '../../support/raw-client.ts';
import { socketPath } from '../../support/socket-path.ts';
import { GatewayServer } from './gateway-server.ts';

const session: Session = {
  address: ['192.0.2.1', 4321],
  serverAddress: ['198.51.100.7', 8080],
  credentials: null,
  maxRequests: Infinity,
  requests: 0,
  store: {},
  closed: false,
  message: null,
};

/** The environ of a request without a server. */
function environOf(uri: string, headers: Record<string, string> = {}, shift = 0): Environ {
  let seen: Environ | undefined;
  const gateway = new Gateway((environ, startResponse) => {
    seen = environ;
    startResponse(200, []);
    return [];
  });
  void gateway(session, mkreq('GET', uri, headers, null, shift), api);
  return seen as Environ;
}

/** Percent-decoded, one byte a character. */
function decoded(path: string): string {
  const pieces = path.split('%');
  return pieces
    .map((piece, i) =>
      i === 0 ? piece : Buffer.from(piece.slice(0, 2), 'hex').toString('latin1') + piece.slice(2),
    )
    .join('');
}

/** The environ of a request as it went over a socket. */
async function sentEnviron(text: string, options = {}, address?: string): Promise<Environ> {
  let seen: Environ | undefined;
  const app = (environ: Environ, startResponse: (status: number, headers: []) => unknown) => {
    seen = { ...environ };
    startResponse(200, []);
    return [];
  };
  await using server = await GatewayServer.start(app, options, {}, address);
  await using client = await RawClient.to(server.server.address);
  expect((await client.request(text)).status).to.equal(200);
  return seen as Environ;
}

describe('environ', () => {
  it('tells of the request, the server and the peer', () => {
    const environ = environOf('/a%20b/c?x=1&y=%20', { Host: 'example.org', 'X-Two': 'b' });
    expect(environ).to.include({
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      PATH_INFO: '/a b/c',
      RAW_PATH_INFO: '/a%20b/c',
      RAW_URI: '/a%20b/c?x=1&y=%20',
      QUERY_STRING: 'x=1&y=%20',
      SERVER_PROTOCOL: 'HTTP/1.1',
      SERVER_NAME: '198.51.100.7',
      SERVER_PORT: '8080',
      GATEWAY_INTERFACE: 'CGI/1.1',
      REMOTE_ADDR: '192.0.2.1',
      REMOTE_PORT: '4321',
      HTTP_HOST: 'example.org',
      HTTP_X_TWO: 'b',
      'wsgi.url_scheme': 'http',
      'wsgi.input_terminated': true,
      'wsgi.multithread': false,
      'wsgi.multiprocess': false,
      'wsgi.run_once': false,
    });
    expect(environ['wsgi.version']).to.deep.equal([1, 0]);
    expect(environ.SERVER_SOFTWARE).to.match(/^gudeg\/\d+\.\d+\.\d+ Node\/\d+/);
  });

  it('has fields as they were sent: repeated ones joined, those with underscores left out', async () => {
    const environ = await sentEnviron(
      'POST /?q HTTP/1.1\r\nHost: h:99\r\nX-A: 1\r\nx-a: 2\r\nCookie: a=1\r\nCookie: b=2\r\n' +
        'X_A: 3\r\nContent-Type: text/x\r\nContent-Length: 0\r\nRange: bytes=0-1\r\n\r\n',
    );
    expect(environ).to.include({
      HTTP_X_A: '1,2',
      HTTP_COOKIE: 'a=1; b=2',
      HTTP_HOST: 'h:99',
      HTTP_RANGE: 'bytes=0-1',
      CONTENT_TYPE: 'text/x',
      CONTENT_LENGTH: '0',
    });
    expect(environ).to.not.have.any.keys('HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH');
    expect(environ.SERVER_NAME).to.equal('127.0.0.1');
    expect(Number(environ.REMOTE_PORT)).to.be.within(1, 65_535);
  });

  it('knows the version of the protocol', async () => {
    expect((await sentEnviron('GET / HTTP/1.0\r\n\r\n')).SERVER_PROTOCOL).to.equal('HTTP/1.0');
  });

  it('splits targets of every form', async () => {
    const targets = {
      '/': ['/', ''],
      '/?': ['/', ''],
      '//a?b?c': ['//a', 'b?c'],
      '/a%2Fb%20': ['/a/b ', ''],
      '/%C3%A4': ['/\u00c3\u00a4', ''],
      'http://h/p/q?r': ['/p/q', 'r'],
      'http://h': ['/', ''],
    };
    for (const [target, expected] of Object.entries(targets)) {
      const environ = await sentEnviron(`GET ${target} HTTP/1.1\r\nhost: h\r\n\r\n`);
      const { SCRIPT_NAME, PATH_INFO, QUERY_STRING, RAW_URI } = environ;
      expect([PATH_INFO, QUERY_STRING]).to.deep.equal(expected);
      expect([SCRIPT_NAME, RAW_URI]).to.deep.equal(['', target]);
    }
    const environ = await sentEnviron('OPTIONS * HTTP/1.1\r\nhost: h\r\n\r\n');
    expect([environ.PATH_INFO, environ.RAW_URI]).to.deep.equal(['', '*']);
  });

  it('on a unix socket has the name that the client uses, and no address', async () => {
    const path = socketPath();
    const sent = (fields: string) => sentEnviron(`GET / HTTP/1.1\r\n${fields}\r\n`, {}, path);
    const { SERVER_NAME, SERVER_PORT, REMOTE_ADDR } = await sent('Host: example.org:81\r\n');
    expect([SERVER_NAME, SERVER_PORT, REMOTE_ADDR]).to.deep.equal(['example.org', '81', '']);
    const other = await sent('Host:\r\n');
    expect([other.SERVER_NAME, other.SERVER_PORT]).to.deep.equal(['localhost', '80']);
  });

  it('begins with the environ of the options', async () => {
    const environ = await sentEnviron('GET /x HTTP/1.1\r\nhost: a\r\n\r\n', {
      environ: { 'wsgi.url_scheme': 'https', 'my.key': 1, SCRIPT_NAME: '/below' },
    });
    expect([environ['wsgi.url_scheme'], environ['my.key']]).to.deep.equal(['https', 1]);
    expect([environ.SCRIPT_NAME, environ.PATH_INFO]).to.deep.equal(['/below', '/x']);
  });

  it('belongs to its request alone', () => {
    const first = environOf('/');
    first['gudeg.posthooks'].push([() => undefined]);
    first['mine'] = 1;
    const second = environOf('/');
    expect(second['gudeg.posthooks']).to.deep.equal([]);
    expect(second).to.not.have.property('mine');
  });

  it('has SCRIPT_NAME and PATH_INFO that make the path together, wherever it is mounted', () => {
    const component = fc.stringMatching(/^(?:[a-z0-9~.-]|%[0-9A-Fa-f]{2}){0,6}$/);
    fc.assert(
      fc.property(
        fc.array(component, { minLength: 1, maxLength: 6 }),
        fc.option(component, { nil: undefined }),
        fc.nat(6),
        (components, query, shift) => {
          const path = `/${components.join('/')}`;
          const uri = query === undefined ? path : `${path}?${query}`;
          const steps = path === '/' ? 0 : Math.min(shift, components.length);
          const environ = environOf(uri, {}, steps);
          const { SCRIPT_NAME, PATH_INFO, RAW_PATH_INFO, QUERY_STRING } = environ;
          const whole = decoded(path);
          expect(SCRIPT_NAME + PATH_INFO).to.equal(whole);
          expect(PATH_INFO).to.equal(decoded(RAW_PATH_INFO));
          expect(path.endsWith(RAW_PATH_INFO)).to.equal(true);
          expect(PATH_INFO === '' || PATH_INFO.startsWith('/')).to.equal(true);
          expect(QUERY_STRING).to.equal(query ?? '');
        },
      ),
    );
  });
});
