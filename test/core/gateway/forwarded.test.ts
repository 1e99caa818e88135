import { expect } from 'chai';
import { api, mkreq, type Session, type SocketAddress } from 'gudeg';
import { Gateway, type Environ, type GatewayOptions } from 'gudeg/gateway';

import { caught } from '../caught.ts';

const proxy: SocketAddress = ['127.0.0.1', 4321];
const trusting: GatewayOptions = { forwardedAllowIps: ['127.0.0.1', '10.0.0.0/8', '::1'] };

function sessionOf(address: SocketAddress): Session {
  return {
    address,
    credentials: null,
    maxRequests: Infinity,
    requests: 0,
    store: {},
    closed: false,
    message: null,
  };
}

/** What the app sees, and the status of the answer. */
async function call(
  headers: Record<string, string>,
  options: GatewayOptions = trusting,
  address: SocketAddress = proxy,
  uri = '/app/x?y',
): Promise<{ status: number; environ: Environ | null }> {
  let environ: Environ | null = null;
  const gateway = new Gateway((given, startResponse) => {
    environ = given;
    startResponse(200, []);
    return [];
  }, options);
  const request = mkreq('GET', uri, headers, null);
  const [status] = await gateway(sessionOf(address), request, api);
  return { status, environ };
}

async function schemeOf(...args: Parameters<typeof call>): Promise<string> {
  const { environ } = await call(...args);
  return environ?.['wsgi.url_scheme'] ?? 'no call';
}

describe('a gateway behind proxies', () => {
  for (const [name, value] of [
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-protocol', 'ssl'],
    ['x-forwarded-ssl', 'on'],
  ] as const) {
    it(`takes ${name} of a trusted proxy for the scheme`, async () => {
      expect(await schemeOf({ [name]: value })).to.equal('https');
      expect(await schemeOf({ [name]: 'http' })).to.equal('http');
    });
  }

  it('believes nobody unless it is told to', async () => {
    expect(await schemeOf({ 'x-forwarded-proto': 'https' }, {})).to.equal('http');
    expect(await schemeOf({ 'x-forwarded-proto': 'https' }, {}, '')).to.equal('http');
  });

  for (const [address, scheme] of [
    [['10.9.8.7', 1], 'https'],
    [['::ffff:10.9.8.7', 1, 0, 0], 'https'],
    [['::1', 1, 0, 0], 'https'],
    [['11.9.8.7', 1], 'http'],
    [['fe80::1', 1, 0, 0], 'http'],
    ['', 'https'],
  ] as [SocketAddress, string][]) {
    it(`sees ${scheme} where ${JSON.stringify(address)} says https`, async () => {
      expect(await schemeOf({ 'x-forwarded-proto': 'https' }, trusting, address)).to.equal(scheme);
    });
  }

  it('believes everybody with *', async () => {
    const options = { forwardedAllowIps: ['*'] };
    expect(await schemeOf({ 'x-forwarded-proto': 'https' }, options, ['192.0.2.1', 1])).to.equal(
      'https',
    );
  });

  it('answers 400 where a proxy contradicts itself', async () => {
    for (const headers of [
      { 'x-forwarded-proto': 'https', 'x-forwarded-ssl': 'off' },
      { 'x-forwarded-proto': 'https,http' },
    ]) {
      expect(await call(headers)).to.deep.equal({ status: 400, environ: null });
      expect((await call(headers, trusting, ['192.0.2.1', 1])).status).to.equal(200);
    }
  });

  it('leaves REMOTE_ADDR the peer, as gunicorn does', async () => {
    const { environ } = await call({ 'x-forwarded-for': '203.0.113.5' });
    expect(environ).to.include({ REMOTE_ADDR: '127.0.0.1', HTTP_X_FORWARDED_FOR: '203.0.113.5' });
  });

  it('takes SCRIPT_NAME of a trusted proxy for where the app is mounted', async () => {
    const { environ } = await call({ SCRIPT_NAME: '/app' });
    expect(environ).to.include({ SCRIPT_NAME: '/app', PATH_INFO: '/x', RAW_PATH_INFO: '/x' });
    const cut = await call({ SCRIPT_NAME: '/app' }, trusting, proxy, '/x');
    expect(cut.environ).to.include({ SCRIPT_NAME: '/app', PATH_INFO: '/x' });
    const other = await call({ SCRIPT_NAME: '/ap' });
    expect(other.environ).to.include({ SCRIPT_NAME: '/ap', PATH_INFO: '/app/x' });
    const foreign = await call({ SCRIPT_NAME: '/app' }, trusting, ['192.0.2.1', 1]);
    expect(foreign.environ).to.include({ SCRIPT_NAME: '', PATH_INFO: '/app/x' });
  });

  it('lets through fields with an underscore that forwarderHeaders names, and no others', async () => {
    const options = { ...trusting, forwarderHeaders: ['REMOTE_USER'] };
    const headers = { REMOTE_USER: 'ann', SCRIPT_NAME: '/app', other_field: 'x' };
    const { environ } = await call(headers, options);
    expect(environ).to.include({ HTTP_REMOTE_USER: 'ann', SCRIPT_NAME: '' });
    expect(environ).not.to.have.any.keys('HTTP_OTHER_FIELD', 'HTTP_SCRIPT_NAME');
    const { environ: foreign } = await call(headers, options, ['192.0.2.1', 1]);
    expect(foreign).not.to.have.any.keys('HTTP_REMOTE_USER');
  });

  it('can be told other fields for the scheme', async () => {
    const options = { ...trusting, secureSchemeHeaders: { 'X-Tls': 'yes' } };
    expect(await schemeOf({ 'x-tls': 'yes' }, options)).to.equal('https');
    expect(await schemeOf({ 'x-forwarded-proto': 'https' }, options)).to.equal('http');
  });

  it('refuses options that are no use', () => {
    for (const options of [
      { forwardedAllowIps: 'localhost' },
      { forwardedAllowIps: ['localhost'] },
      { secureSchemeHeaders: {} },
      { secureSchemeHeaders: { 'X-Tls': 1 } },
      { forwarderHeaders: [1] },
    ]) {
      caught('GUDEG_ERR_INVALID_OPTION', () => new Gateway(() => [], options as never));
    }
  });
});
