import { expect } from 'chai';
import { once } from 'node:events';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { WebSocketGateway, WebSocketGroup, type WebSocket } from 'gudeg/websocket';

import { CLOSE, FramePeer, PING, TEXT, closePayload, fragments } from '../../support/frame-peer.ts';
import { ObservedServer } from '../../support/observed-server.ts';

const offer = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
const RSV1 = 4;

const echo = async (ws: WebSocket): Promise<void> => {
  for await (const message of ws) await ws.sendAsync(message);
};

function deflated(data: string | Uint8Array): Buffer {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

function inflated(payload: Uint8Array): string {
  const whole = Buffer.concat([payload, Buffer.from([0, 0, 255, 255])]);
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

describe('A WebSocket server and bad peers', () => {
  it('closes with 1009 at the head of a message that is too large, whole or in fragments', async () => {
    await using server = await ObservedServer.start(
      WebSocketGateway(echo, { maxMessageBytes: 1000 }),
    );
    for (const frames of [
      [{ opcode: TEXT, payload: 'x'.repeat(1001) }],
      fragments(TEXT, 'x'.repeat(1001), 100),
    ]) {
      await using peer = await FramePeer.toServer(server.address);
      peer.send({ opcode: TEXT, payload: 'y'.repeat(1000) }, ...frames);
      expect(await peer.transcript()).to.deep.equal([`text ${'y'.repeat(1000)}`, 'close 1009']);
    }
  });

  it('closes with 1008 when a message has too many frames', async () => {
    await using server = await ObservedServer.start(WebSocketGateway(echo, { maxFrames: 100 }));
    await using peer = await FramePeer.toServer(server.address);
    peer.send({ opcode: TEXT, payload: '', fin: false });
    peer.send(...Array.from({ length: 200 }, () => ({ opcode: 0, payload: '', fin: false })));
    expect(await peer.transcript()).to.deep.equal(['close 1008']);
  });

  it('inflates no more than maxMessageBytes of a bomb', async () => {
    const options = { deflate: true, maxMessageBytes: 100_000 };
    await using server = await ObservedServer.start(WebSocketGateway(echo, options));
    const bomb = deflated(Buffer.alloc(50_000_000));
    expect(bomb.length).to.be.below(100_000);
    await using peer = await FramePeer.toServer(server.address, offer);
    peer.send({ opcode: 2, payload: bomb, rsv: RSV1 });
    expect(await peer.transcript()).to.deep.equal(['close 1009']);
    await using other = await FramePeer.toServer(server.address, offer);
    other.send({ opcode: TEXT, payload: deflated('still well'), rsv: RSV1 });
    const frame = await other.receive();
    expect(frame?.payload.toString()).to.equal('still well');
  });

  it('closes with 1007 when a compressed message is no deflate stream, or no UTF-8', async () => {
    await using server = await ObservedServer.start(WebSocketGateway(echo, { deflate: true }));
    for (const payload of [
      Buffer.from('ffffffff', 'hex'),
      Buffer.from('not compressed at all'),
      deflated(Buffer.from('cebaeda080', 'hex')),
    ]) {
      await using peer = await FramePeer.toServer(server.address, offer);
      peer.send({ opcode: TEXT, payload, rsv: RSV1 });
      expect(await peer.transcript(), payload.toString('hex')).to.deep.equal(['close 1007']);
    }
  });

  it('reads the examples of RFC 7692: fragments, stored blocks, BFINAL, shared windows', async () => {
    const options = {
      deflate: {
        clientNoContextTakeover: false,
        serverNoContextTakeover: false,
        thresholdBytes: 0,
      },
    };
    await using server = await ObservedServer.start(WebSocketGateway(echo, options));
    await using peer = await FramePeer.toServer(server.address, offer);
    expect(peer.head).to.match(/sec-websocket-extensions: permessage-deflate\r\n/i);
    const hello = ['f248cdc9c90700', 'f200110000', '000500faff48656c6c6f00', 'f348cdc9c9070000'];
    for (const hex of [
      hello[0],
      hello[1],
      hello[2],
      hello[3],
      'f24805000000ffffcac9c907 00'.replace(' ', ''),
    ]) {
      peer.send({ opcode: TEXT, payload: Buffer.from(hex as string, 'hex'), rsv: RSV1 });
    }
    const [first] = [await peer.receive()];
    expect([first?.rsv, inflated(first?.payload ?? Buffer.alloc(0))]).to.deep.equal([4, 'Hello']);
    // What follows refers to it.
    expect((await peer.receive())?.payload.length).to.be.below(7);
    for (let i = 0; i < 3; i++) expect((await peer.receive())?.rsv).to.equal(RSV1);
    peer.send(
      { opcode: TEXT, payload: Buffer.from('f248cd', 'hex'), rsv: RSV1, fin: false },
      { opcode: PING, payload: 'p' },
      { opcode: 0, payload: Buffer.from('c9c90700', 'hex') },
      { opcode: CLOSE, payload: closePayload(1000) },
    );
    expect((await peer.receive())?.payload.toString()).to.equal('p');
    expect((await peer.receive())?.rsv).to.equal(RSV1);
    expect(await peer.transcript()).to.deep.equal(['close 1000']);
  });

  const offers: readonly [offered: string, options: object, chosen: string | undefined][] = [
    [
      'permessage-deflate',
      {},
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    ],
    [
      'permessage-deflate; client_max_window_bits; server_max_window_bits=10',
      { serverNoContextTakeover: false, clientNoContextTakeover: false, clientMaxWindowBits: 11 },
      'permessage-deflate; server_max_window_bits=10; client_max_window_bits=11',
    ],
    [
      'permessage-deflate; client_max_window_bits="9"; server_no_context_takeover',
      { serverNoContextTakeover: false, clientNoContextTakeover: false },
      'permessage-deflate; server_no_context_takeover; client_max_window_bits=9',
    ],
    ['permessage-deflate; server_max_window_bits=8', {}, undefined],
    ['permessage-deflate; server_max_window_bits=16', {}, undefined],
    ['permessage-deflate; server_max_window_bits', {}, undefined],
    ['permessage-deflate; unknown', {}, undefined],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', {}, undefined],
    ['permessage-deflate; server_no_context_takeover=1', {}, undefined],
    ['x-webkit-deflate-frame', {}, undefined],
    [
      'permessage-deflate; server_max_window_bits=7, x, permessage-deflate',
      { serverNoContextTakeover: false, clientNoContextTakeover: false },
      'permessage-deflate',
    ],
  ];

  it('takes the first offer of compression that it can meet', async () => {
    for (const [offered, deflate, chosen] of offers) {
      await using server = await ObservedServer.start(WebSocketGateway(echo, { deflate }));
      await using peer = await FramePeer.toServer(
        server.address,
        `Sec-WebSocket-Extensions: ${offered}\r\n`,
      );
      const found = /sec-websocket-extensions: (.*)\r\n/i.exec(peer.head)?.[1];
      expect(found, offered).to.equal(chosen);
    }
  });

  it('refuses extensions that are malformed', async () => {
    await using server = await ObservedServer.start(WebSocketGateway(echo, { deflate: true }));
    for (const field of ['permessage-deflate;', 'a b', 'permessage-deflate; x=', '"x"']) {
      let error: unknown;
      try {
        await FramePeer.toServer(server.address, `Sec-WebSocket-Extensions: ${field}\r\n`);
      } catch (refused) {
        error = refused;
      }
      expect(String(error), field).to.include('HTTP/1.1 400');
    }
  });

  it('drops a peer that answers no ping', async () => {
    const options = { pingIntervalMs: 50 };
    let socket: WebSocket | undefined;
    const app = WebSocketGateway(async (ws) => {
      socket = ws;
      await ws.closed;
    }, options);
    await using server = await ObservedServer.start(app, { keepAliveTimeoutMs: 80 });
    await using peer = await FramePeer.toServer(server.address);
    expect((await peer.receive())?.opcode).to.equal(PING);
    expect(await peer.receive()).to.equal(null);
    expect(socket?.end?.code).to.equal(1006);
  });

  it('closes a peer that sends no message for idleTimeoutMs', async () => {
    const app = WebSocketGateway(echo, { idleTimeoutMs: 50 });
    await using server = await ObservedServer.start(app, { keepAliveTimeoutMs: 80 });
    await using peer = await FramePeer.toServer(server.address);
    expect((await peer.receive())?.payload.readUInt16BE()).to.equal(1001);
  });

  it('cuts a peer that does not answer its close frame', async () => {
    const app = WebSocketGateway(() => undefined, { closeTimeoutMs: 50 });
    await using server = await ObservedServer.start(app, { keepAliveTimeoutMs: 80 });
    await using peer = await FramePeer.toServer(server.address);
    expect((await peer.receive())?.opcode).to.equal(CLOSE);
    expect(await peer.receive()).to.equal(null);
  });

  it('sends no more to a peer that reads nothing, and its memory stays bounded', async function () {
    this.timeout(20_000);
    let sent = 0;
    let isFull: () => void = () => undefined;
    const full = new Promise<void>((resolve) => (isFull = resolve));
    const app = WebSocketGateway(async (ws) => {
      const message = Buffer.alloc(100_000);
      let buffered = 0;
      for (; sent < 1000; sent++) {
        const waiting = ws.sendAsync(message);
        buffered = Math.max(buffered, ws.bufferedBytes);
        if (buffered > 65_536) isFull();
        await waiting;
      }
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    const { rss } = process.memoryUsage();
    peer.socket.pause();
    await full;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stoppedAt = sent;
    expect(stoppedAt).to.be.below(1000);
    // All that was to be sent has 100 MB.
    expect(process.memoryUsage().rss - rss).to.be.below(50_000_000);
    peer.socket.resume();
    let count = 0;
    while (count < 1000) {
      const frame = await peer.receive();
      expect(frame?.payload.length).to.equal(100_000);
      count++;
    }
    expect(sent).to.equal(1000);
  });

  it('closes a member of a group that reads nothing, and the others never notice', async function () {
    this.timeout(20_000);
    const group = new WebSocketGroup();
    const ends = new Map<string, unknown>();
    const app = WebSocketGateway(
      async (ws) => {
        group.add(ws);
        for await (const message of ws) if (message === 'stop') break;
        ends.set(ws.path, ws.end);
      },
      { maxBufferedBytes: 200_000, closeTimeoutMs: 300 },
    );
    await using server = await ObservedServer.start(app, { keepAliveTimeoutMs: 80 });
    await using slow = await FramePeer.toServer(server.address, '', '/slow');
    await using quick = await FramePeer.toServer(server.address, '', '/quick');
    slow.socket.pause();
    let received = 0;
    while (group.size === 2) {
      group.send('x'.repeat(50_000));
      const frame = await quick.receive();
      expect(frame?.payload.length).to.equal(50_000);
      received++;
    }
    expect(group.size).to.equal(1);
    expect(received).to.be.above(3);
    group.send('still here');
    expect((await quick.receive())?.payload.toString()).to.equal('still here');
  });

  it('keeps a message that is half there while others talk', async () => {
    await using server = await ObservedServer.start(WebSocketGateway(echo));
    await using half = await FramePeer.toServer(server.address);
    const frame = half.encode({ opcode: TEXT, payload: 'x'.repeat(5000) });
    half.socket.write(frame.subarray(0, 3000));
    await using other = await FramePeer.toServer(server.address);
    other.send({ opcode: TEXT, payload: 'other' });
    expect((await other.receive())?.payload.toString()).to.equal('other');
    half.socket.write(frame.subarray(3000));
    expect((await half.receive())?.payload.toString()).to.equal('x'.repeat(5000));
  });

  it('stops reading while its handler is busy, and loses nothing', async function () {
    this.timeout(20_000);
    let release: () => void = () => undefined;
    const busy = new Promise<void>((resolve) => (release = resolve));
    let count = 0;
    const app = WebSocketGateway(async (ws) => {
      await busy;
      for await (const message of ws) count += message.length;
      ws.send('late');
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    const frame = peer.encode({ opcode: 2, payload: Buffer.alloc(50_000) });
    let isDrained = false;
    peer.socket.write(
      Buffer.concat(Array.from({ length: 400 }, () => frame)),
      () => (isDrained = true),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isDrained).to.equal(false);
    release();
    peer.send({ opcode: CLOSE, payload: closePayload(1000) });
    await once(peer.socket, 'end');
    expect(count).to.equal(400 * 50_000);
  });
});
