import { expect } from 'chai';
import type { App } from 'gudeg';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';

const plain = { dateHeader: false };
const ok: App = () => [200, 'OK', {}, 'ok'];
const reader: App = async (_session, { body }) => [200, 'OK', {}, (await body?.read()) ?? null];
const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const limitMs = 80;

/** How long the server left a connection alone, in ms. A timer may be early by its own coarseness. */
async function lasted(client: RawClient, since: number): Promise<number> {
  await client.ending;
  return performance.now() - since;
}

describe('the timeout', () => {
  it('headTimeoutMs answers half a head with 408', async () => {
    await using server = await ObservedServer.start(ok, { ...plain, headTimeoutMs: limitMs });
    await using client = await RawClient.to(server.address);
    const start = performance.now();
    client.send('GET / HTTP/1.1\r\nhos');
    const response = await client.response();
    expect([response.status, response.field('connection')]).to.deep.equal([408, 'close']);
    expect(await lasted(client, start)).to.be.within(limitMs - 5, 3000);
  });

  it('headTimeoutMs holds from the first byte, however steadily a head drips', async () => {
    await using server = await ObservedServer.start(ok, { ...plain, headTimeoutMs: limitMs });
    await using client = await RawClient.to(server.address);
    client.send('GET / HTTP/1.1\r\n');
    const dripping = setInterval(() => client.send('a: b\r\n'), 10);
    try {
      expect((await client.response()).status).to.equal(408);
    } finally {
      clearInterval(dripping);
    }
  });

  it('headTimeoutMs closes a connection that brings nothing at all', async () => {
    await using server = await ObservedServer.start(ok, { ...plain, headTimeoutMs: limitMs });
    const start = performance.now();
    await using client = await RawClient.to(server.address);
    expect(await client.rest()).to.equal('');
    expect(await lasted(client, start)).to.be.at.least(limitMs - 5);
  });

  it('headTimeoutMs holds for the second request, too', async () => {
    await using server = await ObservedServer.start(ok, { ...plain, headTimeoutMs: limitMs });
    await using client = await RawClient.to(server.address);
    await client.request(get);
    client.send('GET /');
    expect((await client.response()).status).to.equal(408);
  });

  it('keepAliveTimeoutMs closes an idle connection without a word', async () => {
    await using server = await ObservedServer.start(ok, { ...plain, keepAliveTimeoutMs: limitMs });
    await using client = await RawClient.to(server.address);
    await client.request(get);
    const start = performance.now();
    expect(await client.rest()).to.equal('');
    expect(await lasted(client, start)).to.be.at.least(limitMs - 15);
    expect(server.protocolErrors).to.deep.equal([]);
  });

  it('keepAliveTimeoutMs begins anew behind every answer', async () => {
    await using server = await ObservedServer.start(ok, { ...plain, keepAliveTimeoutMs: limitMs });
    await using client = await RawClient.to(server.address);
    for (let i = 0; i < 4; i++) {
      expect((await client.request(get)).status).to.equal(200);
      await new Promise((resolve) => setTimeout(resolve, limitMs / 2));
    }
  });

  it('bodyTimeoutMs answers a body that stands still with 408', async () => {
    await using server = await ObservedServer.start(reader, { ...plain, bodyTimeoutMs: limitMs });
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhe');
    const response = await client.response();
    expect([response.status, response.field('connection')]).to.deep.equal([408, 'close']);
    expect(await client.ending).to.equal('closed');
  });

  it('bodyTimeoutMs begins anew with every byte', async () => {
    await using server = await ObservedServer.start(reader, { ...plain, bodyTimeoutMs: limitMs });
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n');
    for (const byte of 'hello') {
      await new Promise((resolve) => setTimeout(resolve, limitMs / 2));
      client.send(byte);
    }
    expect((await client.response()).body).to.equal('hello');
  });

  it('requestTimeoutMs ends a body however steadily it drips', async () => {
    await using server = await ObservedServer.start(reader, {
      ...plain,
      bodyTimeoutMs: 1000,
      requestTimeoutMs: limitMs,
    });
    await using client = await RawClient.to(server.address);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n');
    const dripping = setInterval(() => client.send('x'), 5);
    try {
      expect((await client.response()).status).to.equal(408);
    } finally {
      clearInterval(dripping);
    }
  });

  it('writeTimeoutMs ends a client that takes nothing', async () => {
    let failed = (_reason: unknown): void => undefined;
    const failure = new Promise((resolve) => (failed = resolve));
    await using server = await ObservedServer.start(
      (_session, _request, api) => [
        200,
        'OK',
        {},
        new api.BodyIter(
          (function* () {
            try {
              for (;;) yield Buffer.alloc(65_536);
            } finally {
              failed(null);
            }
          })(),
          Number.MAX_SAFE_INTEGER,
        ),
      ],
      { ...plain, writeTimeoutMs: limitMs },
    );
    await using client = await RawClient.to(server.address);
    client.socket.pause();
    client.send(get);
    await failure;
    while (server.connectionCount > 0) await new Promise(setImmediate);
    client.socket.resume();
    await client.ending;
    expect(server.errors).to.deep.equal([]);
  });

  it('does not hurry an app that takes its time', async () => {
    await using server = await ObservedServer.start(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 3 * limitMs));
        return [200, 'OK', {}, 'late'];
      },
      { ...plain, timeoutMs: limitMs },
    );
    await using client = await RawClient.to(server.address);
    expect((await client.request(get)).body).to.equal('late');
  });

  it('of 0 is none', async () => {
    await using server = await ObservedServer.start(reader, {
      ...plain,
      timeoutMs: 0,
      requestTimeoutMs: limitMs,
    });
    await using silent = await RawClient.to(server.address);
    await using idle = await RawClient.to(server.address);
    await idle.request(get);
    silent.send('GET /');
    await new Promise((resolve) => setTimeout(resolve, 2 * limitMs));
    expect(server.connectionCount).to.equal(2);
    expect((await idle.request(get)).status).to.equal(200);
    silent.send(' HTTP/1.1\r\nhost: a\r\n\r\n');
    expect((await silent.response()).status).to.equal(200);
  });
});
