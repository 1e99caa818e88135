import { expect } from 'chai';
import { spawn } from 'gudeg/green';
import { WebSocketGateway, type WebSocket } from 'gudeg/websocket';

import {
  BINARY,
  CLOSE,
  FramePeer,
  PING,
  TEXT,
  closePayload,
  type SentFrame,
} from '../../support/frame-peer.ts';
import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';

// What eventlet's own tests of its WebSocket ask for, by the numbers that such behaviours have in the tests of the
// hub too. The handlers are plain functions in green threads.

/** Sends back what it gets, until the end. */
function echo(ws: WebSocket): void {
  for (let message = ws.wait(); message !== null; message = ws.wait()) ws.send(message);
}

const fields: Record<string, string> = {
  host: 'a',
  connection: 'keep-alive, Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

async function handshake(changes: Record<string, string | undefined>) {
  await using server = await ObservedServer.start(WebSocketGateway(echo));
  await using client = await RawClient.to(server.address);
  const lines = Object.entries({ ...fields, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return await client.request(`GET / HTTP/1.1\r\n${lines.join('')}\r\n`);
}

describe('a WebSocket handler, as eventlet has it', () => {
  it('185: takes a connection field of several tokens', async () => {
    expect((await handshake({})).status).to.equal(101);
  });

  it('185: answers 400 to another upgrade or a missing key, 426 to another version', async () => {
    expect((await handshake({ upgrade: 'chat' })).status).to.equal(400);
    expect((await handshake({ 'sec-websocket-key': undefined })).status).to.equal(400);
    const response = await handshake({ 'sec-websocket-version': '99' });
    expect(response.status).to.equal(426);
    expect(response.field('sec-websocket-version')).to.equal('8, 13');
  });

  it('187: text is a string, binary is bytes, an empty message is a message', async () => {
    const seen: unknown[] = [];
    await using server = await ObservedServer.start(
      WebSocketGateway((ws: WebSocket) => {
        for (let message = ws.wait(); message !== null; message = ws.wait()) {
          seen.push(typeof message === 'string' ? message : [...message]);
        }
        seen.push('closed');
      }),
    );
    await using peer = await FramePeer.toServer(server.address);
    peer.send(
      { opcode: TEXT, payload: 'text' },
      { opcode: BINARY, payload: Buffer.from([1, 2]) },
      { opcode: TEXT, payload: '' },
      { opcode: CLOSE, payload: closePayload(1000) },
    );
    expect(await peer.transcript()).to.deep.equal(['close 1000']);
    expect(seen).to.deep.equal(['text', [1, 2], '', 'closed']);
  });

  it('187: wait() gives null once the client has closed, and send() throws', async () => {
    let tell: (value: unknown) => void = () => undefined;
    const told = new Promise((resolve) => (tell = resolve));
    await using server = await ObservedServer.start(
      WebSocketGateway((ws: WebSocket) => {
        const messages = [ws.wait(), ws.wait()];
        try {
          ws.send('too late');
        } catch (error) {
          tell([messages, error instanceof Error]);
        }
      }),
    );
    await using peer = await FramePeer.toServer(server.address);
    peer.send({ opcode: CLOSE, payload: closePayload(1000) });
    expect(await told).to.deep.equal([[null, null], true]);
  });

  const bad: readonly (readonly [string, number, ...SentFrame[]])[] = [
    ['an unmasked frame', 1002, { opcode: TEXT, payload: 'x', masked: false }],
    ['a reserved bit', 1002, { opcode: TEXT, payload: 'x', rsv: 2 }],
    ['an unknown opcode', 1002, { opcode: 3 }],
    ['a fragmented ping', 1002, { opcode: PING, fin: false }],
    ['a ping of 126 bytes', 1002, { opcode: PING, payload: 'x'.repeat(126) }],
    ['a continuation of nothing', 1002, { opcode: 0, payload: 'x' }],
    ['the close code 1005', 1002, { opcode: CLOSE, payload: closePayload(1005) }],
    ['the close code 999', 1002, { opcode: CLOSE, payload: closePayload(999) }],
    ['text that is no UTF-8', 1007, { opcode: TEXT, payload: Buffer.from([0xff]) }],
    ['a frame above the maximum', 1009, { opcode: TEXT, payload: 'x'.repeat(1001) }],
  ];
  for (const [what, code, ...frames] of bad) {
    it(`189: closes with ${code} after ${what}`, async () => {
      await using server = await ObservedServer.start(
        WebSocketGateway(echo, { maxMessageBytes: 1000 }),
      );
      await using peer = await FramePeer.toServer(server.address);
      peer.send(...frames);
      const [line, ...more] = await peer.transcript();
      expect(line).to.match(new RegExp(`^close ${code}\\b`));
      expect(more).to.deep.equal([]);
    });
  }

  it('189: closes with 1011 when the handler throws', async () => {
    await using server = await ObservedServer.start(
      WebSocketGateway((ws: WebSocket) => {
        ws.wait();
        throw new Error('handler');
      }),
    );
    await using peer = await FramePeer.toServer(server.address);
    peer.send({ opcode: TEXT, payload: 'x' });
    const frame = await peer.receive();
    expect([frame?.opcode, frame?.payload.readUInt16BE()]).to.deep.equal([CLOSE, 1011]);
  });

  it('190: several green threads may send on one socket; their messages stay whole', async () => {
    await using server = await ObservedServer.start(
      WebSocketGateway((ws: WebSocket) => {
        const senders = ['a', 'b', 'c'].map((letter) =>
          spawn(() => {
            ws.send(letter.repeat(100_000));
          }),
        );
        for (const sender of senders) sender.wait();
      }),
    );
    await using peer = await FramePeer.toServer(server.address);
    const messages: string[] = [];
    for (let i = 0; i < 3; i++) messages.push(String((await peer.receive())?.payload));
    expect(messages.sort()).to.deep.equal(['a', 'b', 'c'].map((letter) => letter.repeat(100_000)));
    expect((await peer.receive())?.opcode).to.equal(CLOSE);
  });
});
