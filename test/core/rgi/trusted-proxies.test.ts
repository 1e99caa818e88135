import { expect } from 'chai';
import {
  TrustedProxies,
  mkreq,
  type Session,
  type SocketAddress,
  type TrustedProxiesOptions,
} from 'gudeg';

import { caught } from '../caught.ts';
import { sessionDouble } from './session-double.ts';

const ips = ['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48'];

/** The client of a request: address and scheme. */
function clientOf(
  headers: Record<string, string>,
  address: SocketAddress = ['127.0.0.1', 1],
  options: TrustedProxiesOptions = {},
): string {
  const session: Session = sessionDouble({ address });
  const proxies = new TrustedProxies({ forwardedAllowIps: ips, ...options });
  const client = proxies.clientOf(session, mkreq('GET', '/', headers));
  return `${client.scheme} ${client.address}`;
}

describe('TrustedProxies', () => {
  for (const [list, client] of [
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7, 10.1.1.1', '192.0.2.7'],
    ['1.1.1.1, 192.0.2.7,10.1.1.1', '192.0.2.7'],
    ['10.2.2.2, 10.1.1.1', '10.2.2.2'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['2001:db8::7, 2001:db8:1::1', '2001:db8::7'],
    ['192.0.2.7, unknown', '127.0.0.1'],
    ['192.0.2.7, unknown, 10.1.1.1', '10.1.1.1'],
    ['192.0.2.7, ', '127.0.0.1'],
    ['', '127.0.0.1'],
    ['192.0.2.7x', '127.0.0.1'],
  ] as const) {
    it(`sees ${client} in ${JSON.stringify(list)} of a trusted proxy`, () => {
      expect(clientOf({ 'x-forwarded-for': list })).to.equal(`http ${client}`);
    });
  }

  it('believes no field of a peer that is no proxy', () => {
    const headers = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' };
    expect(clientOf(headers, ['192.0.2.9', 1])).to.equal('http 192.0.2.9');
    expect(clientOf(headers)).to.equal('https 192.0.2.7');
    expect(clientOf(headers, '')).to.equal('https 192.0.2.7');
    expect(clientOf({}, '')).to.equal('http ');
  });

  it('trusts loopback unless it is told otherwise, and everybody with *', () => {
    expect(new TrustedProxies().trusts(['127.0.0.1', 1])).to.equal(true);
    expect(new TrustedProxies().trusts(['10.0.0.1', 1])).to.equal(false);
    const everybody = { forwardedAllowIps: ['*'] };
    const list = { 'x-forwarded-for': '192.0.2.7, 198.51.100.1' };
    expect(clientOf(list, ['203.0.113.1', 1], everybody)).to.equal('http 192.0.2.7');
  });

  for (const [field, client] of [
    ['for=192.0.2.7;proto=https', 'https 192.0.2.7'],
    ['for="[2001:db8::7]:4711";proto=HTTPS;by=10.1.1.1', 'https 2001:db8::7'],
    ['For=1.1.1.1;Proto=https, for=192.0.2.7;proto=http, for=10.1.1.1', 'http 192.0.2.7'],
    ['for="192.0.2.7:80"; proto="https"', 'https 192.0.2.7'],
    ['for=_hidden;proto=https, for=10.1.1.1', 'http 10.1.1.1'],
    ['for=192.0.2.7;host="a,b;for=1.1.1.1";proto=https', 'https 192.0.2.7'],
    ['proto=https', 'http 127.0.0.1'],
  ] as const) {
    it(`sees ${client} in ${field}`, () => {
      const options = { clientField: 'forwarded' } as const;
      const headers = { forwarded: field, 'x-forwarded-for': '6.6.6.6' };
      expect(clientOf(headers, ['127.0.0.1', 1], options)).to.equal(client);
    });
  }

  it('passes over the field that the proxies do not set', () => {
    const both = { forwarded: 'for=6.6.6.6', 'x-forwarded-for': '192.0.2.7' };
    expect(clientOf(both)).to.equal('http 192.0.2.7');
  });

  it('refuses options that are no use', () => {
    for (const options of [
      { forwardedAllowIps: ['proxy'] },
      { forwardedAllowIps: '127.0.0.1' },
      { clientField: 'via' },
    ]) {
      caught('GUDEG_ERR_INVALID_OPTION', () => new TrustedProxies(options as never));
    }
  });
});
