import { expect } from 'chai';
import type { GatewayApp, GatewayOptions } from 'gudeg/gateway';

import { GatewayServer } from './gateway-server.ts';

const hello: GatewayApp = (environ, startResponse) => {
  if (environ.PATH_INFO === '/throw') throw new Error('boom');
  startResponse('200 OK', [['x-a', 'out']]);
  return environ.PATH_INFO === '/empty' ? [] : ['hello'];
};

/** The access lines for one request. */
async function lines(
  options: GatewayOptions,
  path = '/',
  fields = '',
  app = hello,
): Promise<string[]> {
  const log: string[] = [];
  await using server = await GatewayServer.start(app, {
    log: (line) => log.push(line),
    ...options,
  });
  await server.get(path, fields);
  return log;
}

describe('an access line of a Gateway', () => {
  it("has eventlet's form by default", async () => {
    expect((await lines({}, '/a%20b?c'))[0]).to.match(
      /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4} \d\d:\d\d:\d\d\] "GET \/a%20b\?c HTTP\/1\.1" 200 5 \d+\.\d{6}$/,
    );
  });

  it('is made of the parts that logFormat names', async () => {
    const logFormat =
      '%(h)s|%(l)s|%(u)s|%(r)s|%(m)s|%(U)s|%(q)s|%(H)s|%(s)s|%(b)s|%(B)d|%(f)s|%(a)s|%(T)d|%({x-b}i)s|%({X-A}o)s|%({PATH_INFO}e)s|%({no}e)s|100%%|%(client_port)s';
    const basic = Buffer.from('ann:secret').toString('base64');
    const [line = ''] = await lines(
      { logFormat },
      '/p?q',
      `authorization: Basic ${basic}\r\nreferer: from\r\nuser-agent: me\r\nx-b: in\r\n`,
    );
    expect(line.replace(/\d+$/, 'port')).to.equal(
      '127.0.0.1|-|ann|GET /p?q HTTP/1.1|GET|/p|q|HTTP/1.1|200|5|5|from|me|0|in|out|/p|-|100%|port',
    );
    expect(await lines({ logFormat: '%(b)s %(wall_seconds).1f %(p)s' }, '/empty')).to.deep.equal([
      `- 0.0 <${process.pid}>`,
    ]);
    expect((await lines({ logFormat: '%(t)s %(D)s %(M)s %(L)s' }))[0]).to.match(
      /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \d+ \d+ \d+\.\d{6}$/,
    );
  });

  it('begins with who a proxy says the client is, unless that is not wanted', async () => {
    const fields = 'x-forwarded-for: 1.2.3.4, 5.6.7.8\r\n';
    const logFormat = '%(client_ip)s';
    expect(await lines({ logFormat }, '/', fields)).to.deep.equal(['1.2.3.4,5.6.7.8,127.0.0.1']);
    expect(await lines({ logFormat, logXForwardedFor: false }, '/', fields)).to.deep.equal([
      '127.0.0.1',
    ]);
  });

  it('cannot be forged by what a client sends', async () => {
    const format = '"%(a)s" "%(f)s"';
    const fields = 'user-agent: a" 200 "b\r\nreferer: c\\\td\r\n';
    expect(await lines({ logFormat: format }, '/', fields)).to.deep.equal([
      '"a\\" 200 \\"b" "c\\\\\\x09d"',
    ]);
  });

  it('is written for failed requests, with the status that the client got', async () => {
    const logFormat = '%(status_code)s %(body_length)s';
    expect(await lines({ logFormat }, '/throw')).to.deep.equal(['500 0']);
    const streaming: GatewayApp = function* (_environ, startResponse) {
      startResponse('200 OK', []);
      yield 'abc';
      yield 'de';
    };
    expect(await lines({ logFormat }, '/', '', streaming)).to.deep.equal(['200 5']);
  });

  it('goes to a stream, too, and nowhere without a log', async () => {
    const written: string[] = [];
    const log = { write: (text: string) => written.push(text) };
    await lines({ log, logFormat: '%(m)s' });
    expect(written).to.deep.equal(['GET\n']);
    expect(await lines({ logOutput: false })).to.deep.equal([]);
  });
});
