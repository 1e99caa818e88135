import { expect } from 'chai';
import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient, exchange } from '../../support/raw-client.ts';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n';

type Case = readonly [title: string, bytes: string, status: number];

const get = (...lines: string[]): string =>
  ['GET /a HTTP/1.1', ...lines].map((line) => `${line}\r\n`).join('') + '\r\n';
const withHost = (...lines: string[]): string => get('host: x', ...lines);
const post = (...lines: string[]): string =>
  ['POST /a HTTP/1.1', 'host: x', ...lines].map((line) => `${line}\r\n`).join('') + '\r\n';
const chunked = (body: string): string => post('transfer-encoding: chunked') + body;

const lineCases: Case[] = [
  ['no method', ' /a HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a method with a slash', 'GE/T /a HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['two spaces before the target', 'GET  /a HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['two spaces behind the target', 'GET /a  HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a tab as separator', 'GET\t/a\tHTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a NUL in the target', 'GET /a\0b HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a CR in the target', 'GET /a\rb HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a byte above 0x7f in the target', 'GET /\x80 HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a target without a slash', 'GET a HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['an asterisk to GET', 'GET * HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['HTTP/0.9', 'GET /a\r\n\r\n', 400],
  ['HTTP/2.0', 'GET /a HTTP/2.0\r\nhost: x\r\n\r\n', 505],
  ['HTTP/1.10', 'GET /a HTTP/1.10\r\nhost: x\r\n\r\n', 400],
  ['a lower-case version', 'GET /a http/1.1\r\nhost: x\r\n\r\n', 400],
  ['a space behind the version', 'GET /a HTTP/1.1 \r\nhost: x\r\n\r\n', 400],
  ['no version number', 'GET /a HTTP/\r\nhost: x\r\n\r\n', 400],
  ['a request line that ends in LF', 'GET /a HTTP/1.1\nhost: x\r\n\r\n', 400],
  ['a request line that ends in CR', 'GET /a HTTP/1.1\rhost: x\r\n\r\n', 400],
  ['a request line that never ends', `GET /${'a'.repeat(20_000)}`, 414],
  ['garbage', '\x01\x02\x03\x04\r\n\r\n', 400],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.padEnd(64, 'x'), 400],
  ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['a status line', 'HTTP/1.1 200 OK\r\n\r\n', 400],
];

const fieldCases: Case[] = [
  ['a space before the colon', withHost('a : b'), 400],
  ['a tab before the colon', withHost('a\t: b'), 400],
  ['a space before the colon of content-length', post('content-length : 5') + 'abcde', 400],
  ['a space before the colon of transfer-encoding', post('transfer-encoding : chunked'), 400],
  ['a folded line', withHost('a: b', ' c'), 400],
  ['a folded line with a tab', withHost('a: b', '\tc'), 400],
  ['a folded transfer-encoding', post('transfer-encoding:', ' chunked'), 400],
  ['a first line that is folded', get(' host: x'), 400],
  ['a line without a colon', withHost('abc'), 400],
  ['an empty name', withHost(': b'), 400],
  ['a NUL in a name', withHost('a\0: b'), 400],
  ['a NUL in a value', withHost('a: b\0c'), 400],
  ['a CR in a value', withHost('a: b\rc: d'), 400],
  ['a LF in a value', withHost('a: b\nc: d'), 400],
  ['a field line that ends in LF', 'GET /a HTTP/1.1\r\nhost: x\na: b\r\n\r\n', 400],
  ['a head that ends in LF', 'GET /a HTTP/1.1\r\nhost: x\r\n\n', 400],
  ['a head that ends in CR', 'GET /a HTTP/1.1\r\nhost: x\r\n\rX', 400],
  ['a vertical tab in a value', withHost('a: b\x0bc'), 400],
  ['a form feed in a value', withHost('a: b\x0cc'), 400],
  ['a DEL in a value', withHost('a: b\x7f'), 400],
  ['a parenthesis in a name', withHost('a(b): c'), 400],
  ['a byte above 0x7f in a name', withHost('a\xff: c'), 400],
  ['no host', get(), 400],
  ['two hosts', get('host: x', 'host: x'), 400],
  ['two different hosts', get('host: x', 'host: y'), 400],
  ['a list of hosts', get('host: x, y'), 400],
  ['a host with a path', get('host: x/y'), 400],
  ['a host with user information', get('host: u@x'), 400],
  ['101 fields', withHost(...Array<string>(100).fill('a: b')), 431],
  ['1,000 fields', withHost(...Array<string>(1000).fill('a: b')), 431],
  ['fields without an end', `GET /a HTTP/1.1\r\nhost: x\r\n${'a: b'.padEnd(40_000, 'x')}`, 431],
  ['an expectation other than 100-continue', withHost('expect: the-spanish-inquisition'), 417],
];

const framingCases: Case[] = [
  [
    'content-length and transfer-encoding',
    post('content-length: 5', 'transfer-encoding: chunked') + '0\r\n\r\n',
    400,
  ],
  [
    'transfer-encoding and content-length',
    post('transfer-encoding: chunked', 'content-length: 5') + '0\r\n\r\n',
    400,
  ],
  ['two equal content-lengths', post('content-length: 5', 'content-length: 5') + 'abcde', 400],
  ['two different content-lengths', post('content-length: 5', 'content-length: 0') + 'abcde', 400],
  ['a list of content-lengths', post('content-length: 5, 5') + 'abcde', 400],
  ['a negative content-length', post('content-length: -1'), 400],
  ['a content-length with a plus', post('content-length: +5') + 'abcde', 400],
  ['a hexadecimal content-length', post('content-length: 0x5') + 'abcde', 400],
  ['a content-length with a space inside', post('content-length: 1 0') + 'abcdefghij', 400],
  ['an empty content-length', post('content-length: '), 400],
  ['a content-length with a fraction', post('content-length: 5.0') + 'abcde', 400],
  ['a content-length with an underscore', post('content-length: 1_0') + 'abcde', 400],
  ['a content-length of 2^53', post('content-length: 9007199254740992'), 413],
  ['a content-length of 2^63', post('content-length: 9223372036854775808'), 413],
  ['a content-length of 2^64', post('content-length: 18446744073709551616'), 413],
  ['a content-length of 2^64 + 5', post('content-length: 18446744073709551621') + 'abcde', 413],
  ['a transfer-encoding of identity', post('transfer-encoding: identity'), 501],
  ['a transfer-encoding of gzip', post('transfer-encoding: gzip'), 501],
  ['a transfer-encoding of gzip, chunked', post('transfer-encoding: gzip, chunked'), 501],
  ['a transfer-encoding of chunked, gzip', post('transfer-encoding: chunked, gzip'), 400],
  ['a transfer-encoding of chunked, chunked', post('transfer-encoding: chunked, chunked'), 400],
  ['two transfer-encodings', post('transfer-encoding: chunked', 'transfer-encoding: chunked'), 400],
  [
    'a second transfer-encoding of identity',
    post('transfer-encoding: chunked', 'transfer-encoding: identity'),
    400,
  ],
  ['a transfer-encoding of xchunked', post('transfer-encoding: xchunked'), 400],
  ['a quoted transfer-encoding', post('transfer-encoding: "chunked"'), 400],
  ['a transfer-encoding behind a vertical tab', post('transfer-encoding: \x0bchunked'), 400],
  ['a transfer-encoding behind a NUL', post('transfer-encoding: \0chunked'), 400],
  ['an empty transfer-encoding', post('transfer-encoding: '), 400],
  ['a transfer-encoding with a parameter', post('transfer-encoding: chunked;q=1'), 400],
  [
    'a transfer-encoding in HTTP/1.0',
    'POST /a HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
];

const chunkCases: Case[] = [
  ['a chunk size of ffffffffffffffff', chunked('ffffffffffffffff\r\n'), 413],
  ['a chunk size of 17 digits', chunked('00000000000000005\r\nabcde\r\n0\r\n\r\n'), 413],
  ['a chunk size of 2^64 + 5', chunked('10000000000000005\r\nabcde\r\n0\r\n\r\n'), 413],
  ['a chunk size above the limit', chunked('1000001\r\n'), 413],
  ['no chunk size', chunked('\r\nabcde\r\n0\r\n\r\n'), 400],
  ['a chunk size of letters', chunked('xyz\r\n'), 400],
  ['a chunk size with 0x', chunked('0x5\r\nabcde\r\n0\r\n\r\n'), 400],
  ['a negative chunk size', chunked('-5\r\nabcde\r\n0\r\n\r\n'), 400],
  ['a chunk size with a plus', chunked('+5\r\nabcde\r\n0\r\n\r\n'), 400],
  ['a chunk size behind a space', chunked(' 5\r\nabcde\r\n0\r\n\r\n'), 400],
  ['a chunk size before a space', chunked('5 \r\nabcde\r\n0\r\n\r\n'), 400],
  ['a chunk line that ends in LF', chunked('5\nabcde\r\n0\r\n\r\n'), 400],
  ['a chunk line that ends in CR', chunked('5\rabcde\r\n0\r\n\r\n'), 400],
  ['chunk data that ends in LF', chunked('5\r\nabcde\n0\r\n\r\n'), 400],
  ['chunk data that is too long', chunked('5\r\nabcdef\r\n0\r\n\r\n'), 400],
  ['an extension without a name', chunked('5;=b\r\nabcde\r\n0\r\n\r\n'), 400],
  ['an extension with a LF', chunked('5;a=b\n\r\nabcde\r\n0\r\n\r\n'), 400],
  ['an extension with a quote that stays open', chunked('5;a="b\r\nabcde\r\n0\r\n\r\n'), 400],
  ['an extension with a NUL', chunked('5;a=\0\r\nabcde\r\n0\r\n\r\n'), 400],
  ['a flood of extensions', chunked(`5${';a=b'.repeat(2000)}\r\nabcde\r\n0\r\n\r\n`), 400],
  ['a trailer without a colon', chunked('0\r\nabc\r\n\r\n'), 400],
  ['a trailer of content-length', chunked('0\r\ncontent-length: 5\r\n\r\n'), 400],
  ['a trailer of host', chunked('0\r\nhost: y\r\n\r\n'), 400],
  ['a folded trailer', chunked('0\r\na: b\r\n c\r\n\r\n'), 400],
  ['a trailer section without an end', chunked(`0\r\na: ${'b'.repeat(9000)}`), 431],
  ['a trailer section that ends in LF', chunked('0\r\n\nX'), 400],
];

describe('bytes of an attacker', () => {
  const seen: string[] = [];
  let server: ObservedServer;

  before(async () => {
    server = await ObservedServer.start(async (_session, request) => {
      seen.push(request.uri);
      const body = await request.body?.read();
      return [200, 'OK', {}, body instanceof Uint8Array ? body : 'done'];
    });
  });

  after(async () => {
    await server.terminate();
  });

  const groups = { lineCases, fieldCases, framingCases, chunkCases };
  for (const [group, cases] of Object.entries(groups)) {
    describe(`(${group.replace('Cases', '')})`, () => {
      for (const [title, bytes, status] of cases) {
        it(`${title} gives ${status}, and nothing behind it is a request`, async () => {
          seen.length = 0;
          const text = await exchange(server.address, bytes + SMUGGLED);
          expect(text).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
          expect(text.match(/^HTTP\/1\.1 /gm), 'responses').to.have.lengthOf(1);
          expect(text).to.match(/\r\nconnection: close\r\n/);
          expect(seen.filter((uri) => uri !== '/a')).to.deep.equal([]);
        });
      }
    });
  }

  it('a chunk of ffffff is taken for what it announces, not for what it has', async () => {
    seen.length = 0;
    await using client = await RawClient.to(server.address);
    client.send(chunked('ffffff\r\nabc\r\n0\r\n\r\n') + SMUGGLED).finish();
    expect(await client.rest()).to.match(/^HTTP\/1\.1 400 /);
    expect(seen).to.deep.equal(['/a']);
  });

  it('an absolute target is the request’s, whatever host says', async () => {
    seen.length = 0;
    await exchange(
      server.address,
      'GET http://y/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    );
    expect(seen).to.deep.equal(['http://y/a']);
  });

  it('leaves a server that serves', async () => {
    const text = await exchange(server.address, withHost('connection: close'));
    expect(text).to.match(/^HTTP\/1\.1 200 OK\r\n/);
  });
});
