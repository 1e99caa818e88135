import { expect } from 'chai';
import type { GatewayApp } from 'gudeg/gateway';

import { GatewayServer } from './gateway-server.ts';

// What eventlet's own tests of its WSGI server ask for, by the numbers that such behaviours have in the tests of
// the hub too.

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

/** An app that answers with pieces; arrays have a length, generators none. */
function giving(...pieces: string[]): GatewayApp {
  return (_environ, startResponse) => {
    startResponse('200 OK', []);
    return (function* () {
      yield* pieces;
    })();
  };
}

describe('a gateway app behind a server, as eventlet has it', () => {
  it('169: keeps a connection for further requests', async () => {
    await using server = await GatewayServer.start(giving('hello'));
    await using client = await server.connect();
    const bodies = [await client.request(get), await client.request(get)].map(({ body }) => body);
    expect(bodies).to.deep.equal(['hello', 'hello']);
  });

  for (const [what, text] of [
    ['connection: close', 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'],
    ['HTTP/1.0 without keep-alive', 'GET / HTTP/1.0\r\n\r\n'],
  ] as const) {
    it(`169: closes it after ${what}`, async () => {
      await using server = await GatewayServer.start(giving('hello'));
      await using client = await server.connect();
      await client.request(text);
      expect(await client.ending).to.equal('closed');
    });
  }

  it('170: keeps it for HTTP/1.0 with keep-alive, where the length is known', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', []);
      return ['hello'];
    });
    await using client = await server.connect();
    const text = 'GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n';
    for (let i = 0; i < 2; i++) expect((await client.request(text)).body).to.equal('hello');
  });

  it('171: sends a body of unknown length in chunks to HTTP/1.1, and only there', async () => {
    await using server = await GatewayServer.start(giving('stuff', 'more stuff'));
    const response = await server.get();
    expect(response.field('transfer-encoding')).to.equal('chunked');
    expect(response.wire).to.equal('5\r\nstuff\r\na\r\nmore stuff\r\n0\r\n\r\n');
    const old = await server.request('GET / HTTP/1.0\r\n\r\n');
    expect(old.field('transfer-encoding')).to.equal(undefined);
    expect(old.wire).to.equal('stuffmore stuff');
  });

  it('171: sends no chunks where the app says the length', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', [['content-length', '5']]);
      return giving('st', 'uff')(_environ, () => () => undefined);
    });
    const response = await server.get();
    expect(response.field('transfer-encoding')).to.equal(undefined);
    expect(response.wire).to.equal('stuff');
  });

  for (const fields of [
    'content-length: argh',
    'content-length: ',
    'content-length:  ',
    'content-length: -10',
    'content-length: 5\r\ntransfer-encoding: chunked',
    'content-length: 2\r\ncontent-length: 3',
  ]) {
    it(`173: answers 400 to ${JSON.stringify(fields)}`, async () => {
      await using server = await GatewayServer.start(giving('hello'));
      const response = await server.request(`POST / HTTP/1.1\r\nhost: a\r\n${fields}\r\n\r\nabcde`);
      expect(response.status).to.equal(400);
    });
  }

  it('175: answers 500 for an app that throws, with the stack in debug alone', async () => {
    const broken: GatewayApp = () => {
      throw new Error('went wrong');
    };
    await using server = await GatewayServer.start(broken, { debug: true });
    const response = await server.get();
    expect(response.status).to.equal(500);
    expect(response.body).to.match(/^Error: went wrong\n {4}at /);
    await using quiet = await GatewayServer.start(broken);
    expect((await quiet.get()).body).to.not.match(/went wrong/);
  });

  it('175: drops the connection when the response has begun', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* () {
        yield 'first';
        throw new Error('too late');
      })();
    });
    await using client = await server.connect();
    const text = await client.send(get).rest();
    expect(text)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.to.match(/5\r\nfirst\r\n$/);
  });

  it('177: writes an access line with the addresses that a proxy tells of, or without, or none', async () => {
    const log: string[] = [];
    const lineOf = async (options: object): Promise<string | undefined> => {
      log.length = 0;
      await using server = await GatewayServer.start(giving('hello'), {
        log: (line) => log.push(line),
        ...options,
      });
      await server.get('/', 'x-forwarded-for: 1.2.3.4, 5.6.7.8\r\n');
      return log[0];
    };
    expect(await lineOf({})).to.match(/^1\.2\.3\.4,5\.6\.7\.8,127\.0\.0\.1 - - \[/);
    expect(await lineOf({ logXForwardedFor: false })).to.match(/^127\.0\.0\.1 - - \[/);
    const logFormat = '%(request_line)s|%(status_code)s|%(body_length)s';
    expect(await lineOf({ logFormat })).to.equal('GET / HTTP/1.1|200|5');
    expect(await lineOf({ logOutput: false })).to.equal(undefined);
  });

  it('179: leaves fields with underscores out, and joins repeated ones', async () => {
    await using server = await GatewayServer.start((environ, startResponse) => {
      startResponse('200 OK', []);
      return [JSON.stringify([environ['HTTP_A_B'], environ['HTTP_C']])];
    });
    const { body } = await server.get('/', 'a_b: x\r\na-b: y\r\nc: 1\r\nc: 2\r\n');
    expect(JSON.parse(body)).to.deep.equal(['y', '1,2']);
  });

  for (const status of ['204 No Content', '304 Not Modified']) {
    it(`179: sends no content and no framing with ${status}`, async () => {
      await using server = await GatewayServer.start((_environ, startResponse) => {
        startResponse(status, []);
        return [];
      });
      const response = await server.get();
      expect(response.status).to.equal(Number.parseInt(status, 10));
      expect(response.field('content-length')).to.equal(undefined);
      expect(response.field('transfer-encoding')).to.equal(undefined);
    });
  }

  it('179: sends no body to HEAD', async () => {
    await using server = await GatewayServer.start(giving('hello'));
    await using client = await server.connect();
    const head = await client.request('HEAD / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect([head.status, head.wire]).to.deep.equal([200, '']);
    expect((await client.request(get)).body).to.equal('hello');
  });

  it('181: decodes PATH_INFO to Latin-1, and leaves RAW_PATH_INFO as it came', async () => {
    await using server = await GatewayServer.start((environ, startResponse) => {
      startResponse('200 OK', []);
      return [JSON.stringify([environ.PATH_INFO, environ.RAW_PATH_INFO])];
    });
    const { body } = await server.get('/a*b@%40%233/%C3%A9');
    const text = Buffer.from(body, 'latin1').toString();
    expect(JSON.parse(text)).to.deep.equal(['/a*b@@#3/\u00c3\u00a9', '/a*b@%40%233/%C3%A9']);
  });

  it('183: survives a client that leaves in the middle of its request; its app is told', async () => {
    let told: (error: unknown) => void = () => undefined;
    const failed = new Promise((resolve) => (told = resolve));
    await using server = await GatewayServer.start((environ, startResponse) => {
      startResponse('200 OK', []);
      if (environ.REQUEST_METHOD === 'GET') return ['well'];
      try {
        environ['wsgi.input'].read();
      } catch (error) {
        told(error);
        throw error;
      }
      return [];
    });
    await using client = await server.connect();
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nonly so much');
    client.socket.destroy();
    expect(await failed).to.be.instanceOf(Error);
    expect((await server.get()).body).to.equal('well');
  });
});
