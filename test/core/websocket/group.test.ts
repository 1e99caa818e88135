import { readdir, readlink } from 'node:fs/promises';
import { expect } from 'chai';
import { WebSocketClient, WebSocketGateway, WebSocketGroup, type WebSocket } from 'gudeg/websocket';

import { CLOSE, FramePeer, TEXT, closePayload } from '../../support/frame-peer.ts';
import { ObservedServer } from '../../support/observed-server.ts';
import { NodeProgram } from '../../support/node-program.ts';
import { caught } from '../caught.ts';

const ROOM = `
  import { Server } from 'gudeg';
  import { WebSocketGateway, WebSocketGroup } from 'gudeg/websocket';
  const room = new WebSocketGroup();
  const app = WebSocketGateway((ws) => {
    room.add(ws);
    return ws.each(() => {
      [10, 60_000, 5].forEach((size, index) => room.send(Buffer.alloc(size, index + 1)));
    });
  }, { isAsync: true });
  const server = await new Server(['127.0.0.1', 0], app).listen();
  console.log('port ' + server.address[1]);
`;

/** How many rings of io_uring a process has; libuv may have some too. */
async function rings(pid: number | undefined): Promise<number> {
  if (process.platform !== 'linux') return 0;
  const folder = `/proc/${pid}/fd`;
  const files = await Promise.all(
    (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => 'closed')),
  );
  return files.filter((file) => file === 'anon_inode:[io_uring]').length;
}

async function texts(peer: FramePeer, count: number): Promise<string[]> {
  const messages: string[] = [];
  for (let i = 0; i < count; i++) messages.push((await peer.receive())?.payload.toString() ?? '');
  return messages;
}

describe('WebSocketGroup', () => {
  it('sends to all members but one, in the order of the calls, between other messages', async () => {
    const room = new WebSocketGroup();
    const lobby = new WebSocketGroup();
    const app = WebSocketGateway(async (ws) => {
      lobby.add(ws);
      if (ws.path === '/room') room.add(ws);
      for await (const message of ws) {
        if (message !== 'go') continue;
        ws.send('1 to the sender');
        room.send('2 to the room');
        lobby.send('3 to all');
        room.send('4 to the room', { except: ws });
        ws.send('5 to the sender');
        lobby.send(Buffer.from('6 to all'));
        lobby.send('7 to all');
      }
    });
    await using server = await ObservedServer.start(app);
    await using sender = await FramePeer.toServer(server.address, '', '/room');
    await using inside = await FramePeer.toServer(server.address, '', '/room');
    await using outside = await FramePeer.toServer(server.address, '', '/');
    while (lobby.size < 3) await new Promise((resolve) => setImmediate(resolve));
    sender.send({ opcode: TEXT, payload: 'go' });
    const order = (messages: string[]): string => messages.map((message) => message[0]).join('');
    expect(order(await texts(sender, 6))).to.equal('123567');
    expect(order(await texts(inside, 5))).to.equal('23467');
    expect(order(await texts(outside, 3))).to.equal('367');
  });

  it('lets members go when they end, and takes none that has', async () => {
    const group = new WebSocketGroup();
    let socket: WebSocket | undefined;
    const app = WebSocketGateway(async (ws) => {
      socket = ws;
      group.add(ws).add(ws);
      await ws.closed;
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    while (group.size === 0) await new Promise((resolve) => setImmediate(resolve));
    expect([...group]).to.deep.equal([socket]);
    peer.send({ opcode: CLOSE, payload: closePayload(1000) });
    await peer.transcript();
    expect(group.size).to.equal(0);
    if (socket !== undefined) expect(group.add(socket).has(socket)).to.equal(false);
    group.send('to nobody');
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => group.send(5 as unknown as string));
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => group.add({} as unknown as WebSocket));
  });

  it('reaches clients on streams too', async () => {
    const group = new WebSocketGroup();
    const app = WebSocketGateway(async (ws) => {
      for await (const message of ws) ws.send(message);
    });
    await using server = await ObservedServer.start(app);
    const [host, port] = server.address as readonly [string, number];
    const ws = await new WebSocketClient(`ws://${host}:${port}/`).connectAsync();
    group.add(ws).send('through the group');
    expect(await ws.waitAsync()).to.equal('through the group');
    ws.close();
    await ws.closed;
  });

  it('sends large frames to many members, each byte once', async () => {
    const group = new WebSocketGroup();
    const app = WebSocketGateway(async (ws) => {
      group.add(ws);
      await ws.closed;
    });
    await using server = await ObservedServer.start(app);
    const peers = await Promise.all(
      Array.from({ length: 20 }, () => FramePeer.toServer(server.address)),
    );
    while (group.size < peers.length) await new Promise((resolve) => setImmediate(resolve));
    const messages = [10, 100_000, 200_000, 5].map((size, i) => Buffer.alloc(size, i + 1));
    for (const message of messages) group.send(message);
    for (const peer of peers) {
      for (const message of messages) {
        expect((await peer.receive())?.payload.equals(message)).to.equal(true);
      }
      await peer[Symbol.asyncDispose]();
    }
  });

  // A broadcast to so many leaves in batches, where the kernel has io_uring.
  for (const [how, env] of [
    ['in batches', {}],
    ['one by one', { UV_USE_IO_URING: '0' }],
  ] as const) {
    it(`sends to hundreds of members ${how}, each byte once, while some leave`, async function () {
      this.timeout(60_000);
      await using program = NodeProgram.text(ROOM, { env });
      const port = Number((await program.printed(/^port (\d+)$/m))[1]);
      const peers: FramePeer[] = [];
      while (peers.length < 300) peers.push(await FramePeer.toServer(['127.0.0.1', port]));
      const ringsBefore = await rings(program.child.pid);
      const [sender, leaver, ...others] = peers as [FramePeer, FramePeer, ...FramePeer[]];
      for (let round = 0; round < 3; round++) {
        sender.send({ opcode: TEXT, payload: 'go' });
        if (round === 1) leaver.socket.resetAndDestroy();
        for (const peer of [sender, ...others]) {
          for (const [index, size] of [10, 60_000, 5].entries()) {
            const payload = (await peer.receive())?.payload;
            expect(payload?.equals(Buffer.alloc(size, index + 1))).to.equal(true);
          }
        }
      }
      if (how === 'one by one') expect(await rings(program.child.pid)).to.equal(ringsBefore);
      for (const peer of peers) await peer[Symbol.asyncDispose]();
    });
  }
});
