import { expect } from 'chai';
import { once } from 'node:events';
import { createServer as createNodeServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createServer } from 'gudeg/node-http';
import DefaultExport, {
  WebSocket,
  WebSocketServer,
  createWebSocketStream,
  type MessageEvent,
  type ServerOptions,
} from 'gudeg/websocket/ws';
import { WebSocket as OtherClient, WebSocketServer as OtherServer } from 'ws';

import { FramePeer, PING, TEXT, closePayload, CLOSE } from '../../support/frame-peer.ts';

/** Where a server of ours gets its connections: what makes its frames. */
const places = ['port', 'engine', 'node'] as const;
type Place = (typeof places)[number];

interface Running extends AsyncDisposable {
  readonly server: WebSocketServer;
  readonly port: number;
}

async function start(place: Place, options: ServerOptions = {}): Promise<Running> {
  const http = place === 'port' ? null : place === 'node' ? createNodeServer() : createServer();
  const where = http === null ? { port: 0, host: '127.0.0.1' } : { server: http };
  const server = new WebSocketServer({ ...where, ...options });
  http?.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients ?? []) client.terminate();
      await new Promise((closed) => server.close(closed));
      if (http === null) return;
      http.closeAllConnections();
      await new Promise((closed) => http.close(closed));
    },
  };
}

function echo(server: WebSocketServer): void {
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      socket.send(data, { binary: isBinary });
    });
  });
}

const messages = [0, 1, 125, 126, 1000, 16_384, 65_536, 300_000].flatMap((size) => [
  'ä'.repeat(size >> 1) + 'x'.repeat(size & 1),
  Buffer.alloc(size, 'bytes'),
]);

/** What comes back of all messages. */
async function conversation(client: OtherClient | WebSocket): Promise<void> {
  const answers: [data: Buffer, isBinary: boolean][] = [];
  const complete = new Promise((resolve) => {
    (client as WebSocket).on('message', (data: Buffer, isBinary: boolean) => {
      answers.push([data, isBinary]);
      if (answers.length === messages.length) resolve(answers);
    });
  });
  for (const message of messages) (client as WebSocket).send(message);
  await complete;
  for (const [index, message] of messages.entries()) {
    const [data, isBinary] = answers[index] ?? [];
    expect(isBinary).to.equal(typeof message !== 'string');
    expect(data?.equals(Buffer.from(message as string))).to.equal(true);
  }
}

describe('gudeg/websocket/ws', () => {
  it('exports what the package ws does', () => {
    expect(DefaultExport).to.equal(WebSocket);
    expect(DefaultExport.Server).to.equal(WebSocketServer);
    expect(DefaultExport.createWebSocketStream).to.equal(createWebSocketStream);
    expect([
      WebSocket.CONNECTING,
      WebSocket.OPEN,
      WebSocket.CLOSING,
      WebSocket.CLOSED,
    ]).to.deep.equal([0, 1, 2, 3]);
  });

  for (const perMessageDeflate of [false, true]) {
    const how = perMessageDeflate ? 'with compression' : 'without compression';

    for (const place of places) {
      it(`its server on ${place} talks to the client of ws ${how}`, async function () {
        this.timeout(20_000);
        await using running = await start(place, { perMessageDeflate });
        echo(running.server);
        const client = new OtherClient(`ws://127.0.0.1:${running.port}`);
        await once(client, 'open');
        expect(client.extensions).to.equal(perMessageDeflate ? 'permessage-deflate' : '');
        await conversation(client);
        client.close(4000, 'enough');
        const [[code, reason]] = await Promise.all([
          once(client, 'close') as Promise<[number, Buffer]>,
        ]);
        expect([code, reason.toString()]).to.deep.equal([4000, 'enough']);
      });
    }

    it(`its client talks to the server of ws ${how}`, async function () {
      this.timeout(20_000);
      const server = new OtherServer({ port: 0, host: '127.0.0.1', perMessageDeflate });
      await once(server, 'listening');
      server.on('connection', (socket) => {
        socket.on('message', (data, isBinary) => {
          socket.send(data, { binary: isBinary });
        });
      });
      const { port } = server.address() as AddressInfo;
      const client = new WebSocket(`ws://127.0.0.1:${port}`);
      await once(client, 'open');
      expect(client.extensions).to.equal(perMessageDeflate ? 'permessage-deflate' : '');
      await conversation(client);
      client.close(4000, 'enough');
      const [code, reason] = (await once(client, 'close')) as [number, Buffer];
      expect([code, reason.toString()]).to.deep.equal([4000, 'enough']);
      expect(client.readyState).to.equal(WebSocket.CLOSED);
      await new Promise((closed) => server.close(closed));
    });
  }

  for (const place of places) {
    describe(`WebSocketServer on ${place}`, () => {
      it('tells of messages, pings and the close frame of a peer', async () => {
        await using running = await start(place);
        const told: unknown[] = [];
        const over = new Promise((resolve) => {
          running.server.on('connection', (socket: WebSocket, request: { url: string }) => {
            told.push(request.url, running.server.clients?.size);
            socket.on('message', (data: Buffer, isBinary: boolean) => {
              told.push([data.toString(), isBinary]);
            });
            socket.on('ping', (data: Buffer) => told.push(`ping ${data.toString()}`));
            socket.on('close', (code: number, reason: Buffer) => {
              told.push([code, reason.toString()], running.server.clients?.size);
              resolve(told);
            });
          });
        });
        await using peer = await FramePeer.toServer(['127.0.0.1', running.port], '', '/a?b');
        peer.send(
          { opcode: TEXT, payload: 'hi' },
          { opcode: PING, payload: 'p' },
          { opcode: CLOSE, payload: closePayload(4001, 'bye') },
        );
        expect(await peer.transcript()).to.deep.equal(['pong p', 'close 4001']);
        await over;
        expect(told).to.deep.equal(['/a?b', 1, ['hi', false], 'ping p', [4001, 'bye'], 0]);
      });

      it('closes a peer that breaks the protocol or a limit, and emits the error of ws', async () => {
        await using running = await start(place, { maxPayload: 100 });
        const told: unknown[] = [];
        running.server.on('connection', (socket: WebSocket) => {
          socket.on('error', ({ code }: NodeJS.ErrnoException) => told.push(code));
          socket.on('close', (code: number) => told.push(code));
        });
        for (const [frame, code] of [
          [{ opcode: 5 }, 1002],
          [{ opcode: TEXT, payload: 'x', masked: false }, 1002],
          [{ opcode: TEXT, payload: Buffer.from([0xff]) }, 1007],
          [{ opcode: TEXT, payload: 'x'.repeat(101) }, 1009],
        ] as const) {
          await using peer = await FramePeer.toServer(['127.0.0.1', running.port]);
          peer.send(frame);
          expect(await peer.transcript()).to.deep.equal([`close ${code}`]);
        }
        while (told.length < 8) await new Promise(setImmediate);
        expect(told).to.deep.equal([
          ...['WS_ERR_INVALID_OPCODE', 1006, 'WS_ERR_EXPECTED_MASK', 1006],
          ...['WS_ERR_INVALID_UTF8', 1006, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1006],
        ]);
      });

      it('asks verifyClient and handleProtocols, and emits headers', async () => {
        await using running = await start(place, {
          path: '/chat',
          verifyClient: ({ req }, done) => {
            setImmediate(done, req.headers['x-pass'] === 'yes', 403, 'go away');
          },
          handleProtocols: (protocols) => (protocols.has('v2') ? 'v2' : false),
        });
        running.server.on('headers', (lines: string[]) => lines.push('X-More: 1'));
        const url = `ws://127.0.0.1:${running.port}`;
        const refused = new WebSocket(`${url}/chat`);
        expect(String((await once(refused, 'error'))[0])).to.include('403');
        const lost = new WebSocket(`${url}/elsewhere`, { headers: { 'x-pass': 'yes' } });
        expect(String((await once(lost, 'error'))[0])).to.include('400');
        const client = new WebSocket(`${url}/chat`, ['v1', 'v2'], { headers: { 'x-pass': 'yes' } });
        const [[response]] = (await Promise.all([
          once(client, 'upgrade'),
          once(client, 'open'),
        ])) as [[{ headers: Record<string, string> }], unknown];
        expect(response.headers['x-more']).to.equal('1');
        expect(client.protocol).to.equal('v2');
      });

      it('terminates, and calls back what was not sent', async () => {
        await using running = await start(place);
        const connected = once(running.server, 'connection') as Promise<[WebSocket]>;
        const client = new WebSocket(`ws://127.0.0.1:${running.port}`);
        const [socket] = await connected;
        const closed = once(socket, 'close');
        socket.terminate();
        expect((await closed)[0]).to.equal(1006);
        expect((await once(client, 'close'))[0]).to.equal(1006);
        const error = await new Promise<Error | undefined>((sent) => {
          socket.send('late', sent);
        });
        expect(error?.message).to.equal('WebSocket is not open: readyState 3 (CLOSED)');
        expect(socket.bufferedAmount).to.equal(4);
      });

      it('goes on receiving where it was paused', async () => {
        await using running = await start(place);
        const connected = once(running.server, 'connection') as Promise<[WebSocket]>;
        const client = new WebSocket(`ws://127.0.0.1:${running.port}`);
        const [socket] = await connected;
        const got: string[] = [];
        socket.on('message', (data: Buffer) => got.push(data.toString()));
        socket.pause();
        expect(socket.isPaused).to.equal(true);
        if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
        await new Promise<Error | undefined>((sent) => {
          client.send('while paused', sent);
        });
        expect(got).to.deep.equal([]);
        const received = once(socket, 'message');
        socket.resume();
        await received;
        expect(got).to.deep.equal(['while paused']);
      });

      it('leaves sockets open when it closes', async () => {
        const running = await start(place);
        echo(running.server);
        const client = new WebSocket(`ws://127.0.0.1:${running.port}`);
        await once(client, 'open');
        const closed = new Promise((resolve) => running.server.close(resolve));
        client.send('still here');
        expect(String((await once(client, 'message'))[0])).to.equal('still here');
        const over = once(client, 'close');
        client.close();
        await Promise.all([closed, over]);
        if (place !== 'port') await running[Symbol.asyncDispose]();
      });
    });
  }

  it('needs exactly one of port, server and noServer', () => {
    for (const options of [{}, { port: 0, noServer: true }, undefined]) {
      expect(() => new WebSocketServer(options as ServerOptions)).to.throw(
        TypeError,
        'One and only one of the "port", "server", or "noServer" options must be specified',
      );
    }
  });

  it('upgrades for a server without one of its own', async () => {
    const server = new WebSocketServer({ noServer: true, clientTracking: false });
    expect(server.clients).to.equal(undefined);
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    http.on('upgrade', (request, socket: Duplex, head: Buffer) => {
      server.handleUpgrade(request, socket, head, (websocket) => {
        websocket.send(`hello ${request.url ?? ''}`);
        websocket.close(1000);
      });
    });
    const { port } = http.address() as AddressInfo;
    const client = new WebSocket(`ws://127.0.0.1:${port}/x`);
    expect(String((await once(client, 'message'))[0])).to.equal('hello /x');
    expect((await once(client, 'close'))[0]).to.equal(1000);
    http.close();
  });

  it('has the frames that came with the request', async () => {
    await using running = await start('engine');
    const received = new Promise((resolve) => {
      running.server.on('connection', (socket: WebSocket) => {
        socket.on('message', (data: Buffer) => {
          resolve(data.toString());
        });
      });
    });
    const { connect } = await import('node:net');
    const socket = connect(running.port, '127.0.0.1');
    const head =
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    socket.write(
      Buffer.concat([Buffer.from(head), Buffer.from([0x81, 0x82, 0, 0, 0, 0, 104, 105])]),
    );
    expect(await received).to.equal('hi');
    socket.destroy();
  });

  it('speaks the interface of browsers', async () => {
    await using running = await start('port');
    echo(running.server);
    const client = new WebSocket(`ws://127.0.0.1:${running.port}`);
    client.binaryType = 'arraybuffer';
    const told: unknown[] = [];
    client.onopen = ({ type }) => told.push(type);
    client.addEventListener('message', ({ data }: MessageEvent) => told.push(data), { once: true });
    await once(client, 'open');
    client.send('text');
    await once(client, 'message');
    client.onmessage = ({ data }) => told.push(data instanceof ArrayBuffer);
    client.send(new Uint8Array([1, 2]));
    await once(client, 'message');
    const closed = new Promise((resolve) => {
      client.onclose = ({ code, reason, wasClean }) => {
        resolve([code, reason, wasClean]);
      };
    });
    client.close(3000, 'done');
    expect(await closed).to.deep.equal([3000, 'done', true]);
    expect(told).to.deep.equal(['open', 'text', true]);
  });

  it('sends Blobs, pieces and what is queued behind them, in order', async () => {
    await using running = await start('port');
    echo(running.server);
    const client = new WebSocket(`ws://127.0.0.1:${running.port}`);
    await once(client, 'open');
    const got: string[] = [];
    client.on('message', (data: Buffer) => got.push(data.toString()));
    client.send(new Blob(['blob']));
    client.send('after');
    client.send('pie', { fin: false });
    client.send('ces', { fin: true });
    client.close();
    await once(client, 'close');
    expect(got).to.deep.equal(['blob', 'after', 'pieces']);
  });

  it('is a stream', async () => {
    await using running = await start('port');
    running.server.on('connection', (socket: WebSocket) => {
      const stream = createWebSocketStream(socket);
      stream.pipe(stream);
    });
    const stream = createWebSocketStream(new WebSocket(`ws://127.0.0.1:${running.port}`), {
      encoding: 'utf8',
    });
    stream.write('hello ');
    stream.write('world');
    let got = '';
    stream.on('data', (chunk: string) => {
      got += chunk;
      if (got === 'hello world') stream.end();
    });
    await once(stream, 'close');
    expect(got).to.equal('hello world');
    expect(await text(createWebSocketStream(await closing(running)))).to.equal('');
  });
});

/** A socket that the server closes at once. */
async function closing({ server, port }: Running): Promise<WebSocket> {
  server.removeAllListeners('connection');
  server.on('connection', (socket: WebSocket) => {
    socket.close();
  });
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(client, 'open');
  return client;
}
