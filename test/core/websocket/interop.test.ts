import { expect } from 'chai';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { TempServer } from 'gudeg';
import { WebSocketClient, WebSocketGateway, type Message, type WebSocket } from 'gudeg/websocket';
import { WebSocket as OtherClient, WebSocketServer as OtherServer } from 'ws';

const echo = async (ws: WebSocket): Promise<void> => {
  for await (const message of ws) await ws.sendAsync(message);
};
const sizes = [0, 1, 2, 125, 126, 1000, 1024, 16_384, 65_535, 65_536, 1_000_000];
const messages: readonly Message[] = sizes.flatMap((size) => [
  'ä'.repeat(size >> 1) + 'x'.repeat(size & 1),
  Buffer.alloc(size, 'bytes'),
]);

/** The settings of both sides; every one must work with every other. */
const settings = [
  { title: 'without compression', ours: false, theirs: false },
  { title: 'with compression, no context kept', ours: true, theirs: true },
  {
    title: 'with compression and kept contexts',
    ours: { serverNoContextTakeover: false, clientNoContextTakeover: false, thresholdBytes: 0 },
    theirs: { threshold: 0 },
  },
  {
    title: 'with small windows',
    ours: { serverMaxWindowBits: 9, clientMaxWindowBits: 10, thresholdBytes: 0 },
    theirs: { serverMaxWindowBits: 9, clientMaxWindowBits: 9, threshold: 0 },
  },
  { title: 'where only we compress', ours: true, theirs: false },
  { title: 'where only they compress', ours: false, theirs: true },
] as const;

describe('WebSocket beside the ws package', () => {
  for (const { title, ours, theirs } of settings) {
    const isCompressed = ours !== false && theirs !== false;

    it(`our server talks to its client ${title}`, async function () {
      this.timeout(30_000);
      await using server = await TempServer.start(WebSocketGateway(echo, { deflate: ours }));
      const [host, port] = server.address as readonly [string, number];
      const client = new OtherClient(`ws://${host}:${port}/`, { perMessageDeflate: theirs });
      await once(client, 'open');
      expect(client.extensions).to.equal(isCompressed ? 'permessage-deflate' : '');
      const answers: [data: Buffer, isBinary: boolean][] = [];
      const complete = new Promise((resolve) => {
        client.on('message', (data, isBinary) => {
          answers.push([data as Buffer, isBinary]);
          if (answers.length === messages.length) resolve(answers);
        });
      });
      for (const message of messages) client.send(message);
      await complete;
      for (const [index, message] of messages.entries()) {
        const [data, isBinary] = answers[index] ?? [];
        expect(isBinary).to.equal(typeof message !== 'string');
        expect(data?.equals(Buffer.from(message as string))).to.equal(true);
      }
      client.close(4000, 'enough');
      const [code] = (await once(client, 'close')) as [number];
      expect(code).to.equal(4000);
    });

    it(`our client talks to its server ${title}`, async function () {
      this.timeout(30_000);
      const server = new OtherServer({ host: '127.0.0.1', port: 0, perMessageDeflate: theirs });
      server.on('connection', (socket) => {
        socket.on('message', (data, isBinary) => {
          socket.send(data as Buffer, { binary: isBinary });
        });
      });
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const client = new WebSocketClient(`ws://127.0.0.1:${port}/`, { deflate: ours });
      const ws = await client.connectAsync();
      expect(ws.isCompressed).to.equal(isCompressed);
      const sent = (async () => {
        for (const message of messages) await ws.sendAsync(message);
      })();
      for (const message of messages) {
        const answer = await ws.waitAsync();
        expect(typeof answer).to.equal(typeof message);
        expect(Buffer.from(answer as string).equals(Buffer.from(message as string))).to.equal(true);
      }
      await sent;
      ws.close(4001, 'enough');
      expect(await ws.closed).to.deep.equal({ code: 4001, reason: 'enough' });
      await new Promise((resolve) => server.close(resolve));
    });
  }
});
