import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { Event, Timeout } from 'gudeg/green';
import type { GatewayApp, Input } from 'gudeg/gateway';

import { GatewayServer } from './gateway-server.ts';

/** An app that answers with the JSON of what `use` makes of its input. */
const using =
  (use: (input: Input) => unknown): GatewayApp =>
  (environ, startResponse) => {
    const result = JSON.stringify(use(environ['wsgi.input']), (_key, value: unknown) =>
      isBuffer(value) ? Buffer.from(value.data).toString('latin1') : value,
    );
    startResponse('200 OK', []);
    return [result];
  };

function isBuffer(value: unknown): value is { data: number[] } {
  return (value as { type?: unknown } | null)?.type === 'Buffer';
}

async function answerTo(body: string, use: (input: Input) => unknown): Promise<unknown> {
  await using server = await GatewayServer.start(using(use));
  const response = await server.post(body);
  expect(server.server.errors).to.deep.equal([]);
  return JSON.parse(response.body);
}

const chunked = 'transfer-encoding: chunked\r\n';

describe('wsgi.input', () => {
  it('reads everything without a size, and nothing after that', async () => {
    expect(
      await answerTo('hello', (input) => [input.read(), input.read(), input.read(3)]),
    ).to.deep.equal(['hello', '', '']);
  });

  it('reads exactly as much as is asked for while it lasts', async () => {
    const read = (input: Input) => [input.read(2), input.read(0), input.read(2), input.read(9)];
    expect(await answerTo('abcdefg', read)).to.deep.equal(['ab', '', 'cd', 'efg']);
  });

  it('reads lines with their ends, as long as is allowed', async () => {
    const body = 'one\ntwo\r\n\nfour';
    const lines = (input: Input) => [
      input.readline(2),
      input.readline(),
      input.readline(100),
      input.readline(),
      input.readline(),
      input.readline(),
    ];
    expect(await answerTo(body, lines)).to.deep.equal(['on', 'e\n', 'two\r\n', '\n', 'four', '']);
    expect(await answerTo(body, (input) => input.readlines())).to.deep.equal([
      'one\n',
      'two\r\n',
      '\n',
      'four',
    ]);
    expect(await answerTo(body, (input) => [input.readlines(5), input.read()])).to.deep.equal([
      ['one\n', 'two\r\n'],
      '\nfour',
    ]);
    expect(await answerTo(body, (input) => [...input].length)).to.equal(4);
  });

  it('mixes lines and bytes', async () => {
    const read = (input: Input) => [
      input.readline(),
      input.read(2),
      input.readline(),
      input.read(),
    ];
    expect(await answerTo('a\nbcd\ne', read)).to.deep.equal(['a\n', 'bc', 'd\n', 'e']);
  });

  it('is empty where the request has no body', async () => {
    await using server = await GatewayServer.start(
      using((input) => [input.read(), input.readline(), input.readlines(), input.read1()]),
    );
    expect(JSON.parse((await server.get()).body)).to.deep.equal(['', '', [], '']);
  });

  it('waits for a body that drips in, in the middle of lines', async () => {
    await using server = await GatewayServer.start(using((input) => [...input]));
    await using client = await server.connect();
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\na');
    for (const byte of 'b\ncd\ne\n'.match(/[^]/g) ?? []) {
      await new Promise((resolve) => setImmediate(resolve));
      client.send(byte);
    }
    expect(JSON.parse((await client.response()).body)).to.deep.equal(['ab\n', 'cd\n', 'e\n']);
  });

  it('reads chunks, whatever their sizes', async () => {
    await using server = await GatewayServer.start(
      using((input) => [input.read(3), input.readline(), input.read()]),
    );
    const body = '2\r\nab\r\n5\r\ncd\nef\r\n1\r\ng\r\n0\r\n\r\n';
    const response = await server.request(`POST / HTTP/1.1\r\nhost: a\r\n${chunked}\r\n${body}`);
    expect(JSON.parse(response.body)).to.deep.equal(['abc', 'd\n', 'efg']);
  });

  it('lets the client send when it is first read, if the client asked', async () => {
    const event = new Event();
    await using server = await GatewayServer.start((environ, startResponse) => {
      event.wait();
      startResponse('200 OK', []);
      return [environ['wsgi.input'].read()];
    });
    await using client = await server.connect();
    client.send('POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n');
    while (server.gateway.statistics().running === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(client.received).to.equal('');
    event.send();
    expect((await client.response()).status).to.equal(100);
    client.send('hi');
    expect((await client.response()).body).to.equal('hi');
  });

  it('is not asked for by an app that answers at once, and the client need not send', async () => {
    await using server = await GatewayServer.start((_environ, startResponse) => {
      startResponse('413 Content Too Large', []);
      return ['no'];
    });
    const response = await server.request(
      'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n',
    );
    expect(response.status).to.equal(413);
  });

  it('reads a body of many megabytes', async () => {
    const body = Buffer.alloc(20_000_000, 'the quick brown fox\n');
    await using server = await GatewayServer.start(
      using((input) => {
        const hash = createHash('sha1');
        for (let piece = input.read(100_000); piece.length > 0; piece = input.read(100_000)) {
          hash.update(piece);
        }
        return hash.digest('hex');
      }),
    );
    await using client = await server.connect();
    client.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n`).send(body);
    const answer = JSON.parse((await client.response()).body) as string;
    expect(answer).to.equal(createHash('sha1').update(body).digest('hex'));
  });

  it('refuses to read more than maxReadBytes at once, before it has read them', async () => {
    await using server = await GatewayServer.start(
      using((input) => input.read()),
      {
        maxReadBytes: 4,
      },
    );
    expect((await server.post('1234')).body).to.equal('"1234"');
    expect((await server.post('12345')).status).to.equal(500);
    const response = await server.request(
      `POST / HTTP/1.1\r\nhost: a\r\n${chunked}\r\n5\r\n12345\r\n0\r\n\r\n`,
    );
    expect(response.status).to.equal(500);
    expect(server.server.errors).to.deep.equal(Array(2).fill('GUDEG_ERR_BODY_TOO_LARGE'));
  });

  it('refuses a size that is none', async () => {
    for (const size of [1.5, NaN, '1', Infinity]) {
      await using server = await GatewayServer.start(using((input) => input.read(size as number)));
      expect((await server.post('x')).status).to.equal(500);
      expect(server.server.errors).to.deep.equal(['GUDEG_ERR_OUT_OF_RANGE']);
    }
  });

  it('ends in the fault of a client that breaks its body off, again at every read', async () => {
    const errors: unknown[] = [];
    const ended = new Event();
    const app: GatewayApp = (environ) => {
      try {
        for (let i = 0; i < 2; i++) {
          try {
            environ['wsgi.input'].read();
          } catch (error) {
            errors.push((error as { code: string }).code);
          }
        }
        return environ['wsgi.input'].read() as never;
      } finally {
        ended.send();
      }
    };
    await using server = await GatewayServer.start(app);
    await using client = await server.connect();
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc');
    client.socket.resetAndDestroy();
    await ended.waitAsync();
    expect(errors).to.deep.equal(Array(2).fill('GUDEG_ERR_CONNECTION_CLOSED'));
    expect(server.server.errors).to.deep.equal([]);
  });

  it('ends in a fault when chunks are malformed, and the client is told', async () => {
    for (const debug of [false, true]) {
      const log: string[] = [];
      const options = { debug, log: (line: string) => log.push(line), logFormat: '%(s)s' };
      await using server = await GatewayServer.start(
        using((input) => input.read()),
        options,
      );
      const response = await server.request(`POST / HTTP/1.1\r\nhost: a\r\n${chunked}\r\nzz\r\n`);
      expect([response.status, log]).to.deep.equal([400, ['400']]);
    }
  });

  it('loses nothing when a timeout ends a read', async () => {
    const timedOut = new Event();
    await using server = await GatewayServer.start(
      using((input) => {
        const first = new Timeout(0.01, false).run(() => input.read(4));
        timedOut.send();
        return [first ?? 'too late', input.read()];
      }),
    );
    await using client = await server.connect();
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n');
    await timedOut.waitAsync();
    client.send('abcd');
    expect(JSON.parse((await client.response()).body)).to.deep.equal(['too late', 'abcd']);
  });
});
