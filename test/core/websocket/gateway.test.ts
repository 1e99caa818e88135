import { once } from 'node:events';
import { expect } from 'chai';
import { Router, Server, type App, type ErrorContext } from 'gudeg';
import { Timeout, sleep } from 'gudeg/green';
import {
  CloseCode,
  WebSocketClient,
  WebSocketGateway,
  type Message,
  type WebSocket,
} from 'gudeg/websocket';

import { BINARY, CLOSE, FramePeer, PING, TEXT, closePayload } from '../../support/frame-peer.ts';
import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { socketPath } from '../../support/socket-path.ts';
import { caught, rejected } from '../caught.ts';

const fields: Readonly<Record<string, string>> = {
  host: 'a.example',
  connection: 'keep-alive, Upgrade',
  upgrade: 'WebSocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

function handshake(changes: Readonly<Record<string, string | null>> = {}, method = 'GET'): string {
  const lines = Object.entries({ ...fields, ...changes })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} /chat?room=1 HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Waits for the close frames of peers that send none. */
const impatient = { closeTimeoutMs: 100 };

const echo = async (ws: WebSocket): Promise<void> => {
  for await (const message of ws) await ws.sendAsync(message);
};

async function answerOf(app: App, request: string): Promise<RawClientResponse> {
  await using server = await ObservedServer.start(app);
  await using client = await RawClient.to(server.address);
  return await client.request(request);
}
type RawClientResponse = Awaited<ReturnType<RawClient['request']>>;

describe('WebSocketGateway', () => {
  it('answers the handshake of RFC 6455 with its accept value', async () => {
    const response = await answerOf(WebSocketGateway(echo), handshake());
    expect([response.status, response.reason]).to.deep.equal([101, 'Switching Protocols']);
    expect(response.field('sec-websocket-accept')).to.equal('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(response.field('upgrade')).to.equal('websocket');
    expect(response.field('connection')).to.match(/^upgrade$/i);
    expect(response.field('sec-websocket-protocol')).to.equal(undefined);
    expect(response.field('sec-websocket-extensions')).to.equal(undefined);
  });

  const refused: readonly [string, Readonly<Record<string, string | null>>, number][] = [
    ['no upgrade token in connection', { connection: 'keep-alive' }, 400],
    ['no upgrade field', { upgrade: null }, 400],
    ['another protocol', { upgrade: 'h2c' }, 400],
    ['no version', { 'sec-websocket-version': null }, 400],
    ['an unknown version', { 'sec-websocket-version': '7' }, 426],
    ['no key', { 'sec-websocket-key': null }, 400],
    ['a short key', { 'sec-websocket-key': 'YWJj' }, 400],
    ['a doubled sub-protocol', { 'sec-websocket-protocol': 'a, a' }, 400],
    ['a sub-protocol that is no token', { 'sec-websocket-protocol': 'a b' }, 400],
  ];
  for (const [what, changes, status] of refused) {
    it(`answers ${status} to ${what}`, async () => {
      const response = await answerOf(WebSocketGateway(echo), handshake(changes));
      expect(response.status).to.equal(status);
      if (status === 426) expect(response.field('sec-websocket-version')).to.equal('8, 13');
    });
  }

  it('closes the connection of a request that does not upgrade', async () => {
    const response = await answerOf(WebSocketGateway(echo), handshake({ upgrade: null }));
    expect(response.field('connection')).to.equal('close');
  });

  it('answers 405 to another method', async () => {
    const response = await answerOf(WebSocketGateway(echo), handshake({}, 'PUT'));
    expect([response.status, response.field('allow')]).to.deep.equal([405, 'GET']);
  });

  it('chooses the first sub-protocol of the client that it supports', async () => {
    const seen: (string | null)[] = [];
    const app = WebSocketGateway.configured({ supportedProtocols: ['v1', 'v2'] })(async (ws) => {
      seen.push(ws.protocol);
      await ws.waitAsync();
    });
    const response = await answerOf(app, handshake({ 'sec-websocket-protocol': 'x, v2, v1' }));
    expect(response.field('sec-websocket-protocol')).to.equal('v2');
    expect(seen).to.deep.equal(['v2']);
    const none = await answerOf(app, handshake({ 'sec-websocket-protocol': 'x' }));
    expect([none.status, none.field('sec-websocket-protocol')]).to.deep.equal([101, undefined]);
  });

  it('asks the origin checker, which may take its time, and answers 403 unless it says true', async () => {
    const asked: unknown[] = [];
    for (const isLater of [false, true]) {
      const app = WebSocketGateway(echo, {
        originChecker(host, origin) {
          asked.push([host, origin]);
          const isWelcome = origin === 'https://a.example';
          return isLater ? Promise.resolve(isWelcome) : isWelcome;
        },
      });
      const welcome = await answerOf(app, handshake({ origin: 'https://a.example' }));
      const stranger = await answerOf(app, handshake({ origin: 'https://b.example' }));
      expect([welcome.status, stranger.status]).to.deep.equal([101, 403]);
    }
    expect(asked.slice(0, 2)).to.deep.equal([
      ['a.example', 'https://a.example'],
      ['a.example', 'https://b.example'],
    ]);
  });

  it('takes the origin of version 8 from its own field', async () => {
    const app = WebSocketGateway(echo, {
      originChecker: (_host, origin) => origin === 'http://old',
    });
    const response = await answerOf(
      app,
      handshake({ 'sec-websocket-version': '8', 'sec-websocket-origin': 'http://old' }),
    );
    expect(response.status).to.equal(101);
  });

  it('shows the request to its handler, also behind a router', async () => {
    let shown: unknown;
    const gateway = WebSocketGateway(async (ws) => {
      const { environ } = ws;
      shown = [ws.path, ws.uri, ws.origin, ws.version, ws.headers['x-a'], environ['SCRIPT_NAME']];
      expect(environ['PATH_INFO']).to.equal(ws.path);
      expect(environ['QUERY_STRING']).to.equal('q=1');
      expect(environ['HTTP_X_A']).to.equal('1, 2');
      expect(environ['REMOTE_ADDR']).to.equal('127.0.0.1');
      await ws.waitAsync();
    });
    await using server = await ObservedServer.start(new Router({ live: gateway }));
    await using peer = await FramePeer.toServer(
      server.address,
      'X-A: 1\r\nx-a: 2\r\nOrigin: http://o\r\n',
      '/live/a%20b?q=1',
    );
    peer.send({ opcode: CLOSE, payload: closePayload(1000) });
    await peer.transcript();
    expect(shown).to.deep.equal(['/a b', '/live/a%20b?q=1', 'http://o', 13, '1, 2', '/live']);
    expect(server.errors).to.deep.equal([]);
  });

  it('keeps the fields of the request as they were received', async () => {
    let shown: Readonly<Record<string, string>> = {};
    const app = WebSocketGateway(async (ws) => {
      await ws.waitAsync();
      shown = ws.headers;
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(
      server.address,
      'X-Url:  http://a:1/ \t\r\nX-Empty:\r\nX-Latin: \u00e9\r\nCookie: a=1\r\nCookie: b=2\r\n',
    );
    peer.send({ opcode: CLOSE, payload: closePayload(1000) });
    await peer.transcript();
    expect([shown['x-url'], shown['x-empty'], shown['cookie']]).to.deep.equal([
      'http://a:1/',
      '',
      'a=1; b=2',
    ]);
    // As it is in `request.headers`: bytes, each a character.
    expect(Buffer.from(shown['x-latin'] ?? '', 'latin1').toString()).to.equal('\u00e9');
  });

  it('runs a plain function in a green thread, where wait() and send() block', async () => {
    const app = WebSocketGateway((ws) => {
      const first = ws.wait();
      sleep(0.01);
      ws.send(`first ${String(first)}`);
      for (const message of ws) ws.send(message);
      ws.send('never');
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    peer.send({ opcode: TEXT, payload: 'a' }, { opcode: TEXT, payload: 'b' });
    peer.send({ opcode: CLOSE, payload: closePayload(1000) });
    expect(await peer.transcript()).to.deep.equal(['text first a', 'text b', 'close 1000']);
    // The last send() met a closed socket, which is nobody's fault.
    expect(server.errors).to.deep.equal([]);
  });

  it('loses no message when a wait() is cut short', async () => {
    const app = WebSocketGateway((ws) => {
      const timeout = new Timeout(0.01);
      try {
        timeout.start();
        ws.wait();
      } catch (error) {
        if (error !== timeout) throw error;
        ws.send('timeout');
      } finally {
        timeout.cancel();
      }
      ws.send(`then ${String(ws.wait())}`);
    }, impatient);
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    expect((await peer.receive())?.payload.toString()).to.equal('timeout');
    peer.send({ opcode: TEXT, payload: 'a' });
    expect(await peer.transcript()).to.deep.equal(['text then a', 'close 1000']);
  });

  it('says what to do where a call would block outside a green thread', async () => {
    let error: unknown;
    const app = WebSocketGateway(async (ws) => {
      error = caught('GUDEG_ERR_HUB_BLOCKING', () => ws.wait());
      await ws.sendAsync('done');
    }, impatient);
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    expect(await peer.transcript()).to.deep.equal(['text done', 'close 1000']);
    expect((error as Error).message).to.include('await ws.waitAsync()');
  });

  it('closes with 1000 when the handler returns, with 1011 when it throws', async () => {
    const app = WebSocketGateway(async (ws) => {
      if ((await ws.waitAsync()) === 'throw') throw new Error('the handler is at fault');
    });
    await using server = await ObservedServer.start(app);
    for (const [payload, code] of [
      ['return', 1000],
      ['throw', 1011],
    ] as const) {
      await using peer = await FramePeer.toServer(server.address);
      peer.send({ opcode: TEXT, payload });
      const frame = await peer.receive();
      expect(frame?.payload.readUInt16BE()).to.equal(code);
      peer.send({ opcode: CLOSE, payload: closePayload(code) });
      expect(await peer.receive()).to.equal(null);
    }
    expect(server.errors).to.deep.equal(['the handler is at fault']);
  });

  it('calls then() of what a handler returns once, as it may be what begins the work', async () => {
    let calls = 0;
    const app = WebSocketGateway(
      () => ({
        then(done: () => void): void {
          calls++;
          done();
        },
      }),
      { isAsync: true },
    );
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    expect((await peer.receive())?.payload.readUInt16BE()).to.equal(CloseCode.NORMAL);
    peer.send({ opcode: CLOSE, payload: closePayload(CloseCode.NORMAL) });
    expect(await peer.receive()).to.equal(null);
    expect(calls).to.equal(1);
  });

  it('tells the error event of its server which request a failed handler began with', async () => {
    const app = WebSocketGateway(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('later');
    });
    await using server = new Server(['127.0.0.1', 0], app);
    await server.listen();
    const failed = once(server, 'error');
    await using peer = await FramePeer.toServer(server.address, '', '/room?of=1');
    expect((await peer.receive())?.payload.readUInt16BE()).to.equal(CloseCode.INTERNAL_ERROR);
    peer.send({ opcode: CLOSE, payload: closePayload(CloseCode.INTERNAL_ERROR) });
    const [error, { session, request }] = (await failed) as [Error, ErrorContext];
    expect(error.message).to.equal('later');
    expect([session?.requests, request?.method, request?.uri]).to.deep.equal([
      1,
      'GET',
      '/room?of=1',
    ]);
    expect(() => request?.headers)
      .to.throw()
      .with.property('code', 'GUDEG_ERR_REQUEST_OVER');
  });

  it('each() hands over messages one after the other, and waits for promises', async () => {
    const seen: Message[] = [];
    const app = WebSocketGateway(async (ws) => {
      await ws.each(async (message) => {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(message);
        ws.send(`${String(message)}!`);
      });
      seen.push('over');
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    const messages = ['a', 'b', 'c', 'd'];
    peer.send(...messages.map((payload) => ({ opcode: TEXT, payload })));
    peer.send({ opcode: CLOSE });
    expect(await peer.transcript()).to.deep.equal([
      'text a!',
      'text b!',
      'text c!',
      'text d!',
      'close',
    ]);
    expect(seen).to.deep.equal([...messages, 'over']);
  });

  it('gives the messages to one each() at a time, and to the next one when that has failed', async () => {
    const app = WebSocketGateway(async (ws) => {
      const again = (): unknown => ws.each(() => undefined);
      const first = ws.each((message) => {
        caught('GUDEG_ERR_WEBSOCKET_BUSY', again);
        throw new Error(`no ${String(message)}`);
      });
      caught('GUDEG_ERR_WEBSOCKET_BUSY', again);
      await first.catch((error: unknown) => {
        ws.send((error as Error).message);
      });
      await ws.each((message) => {
        ws.send(`second ${String(message)}`);
      });
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    peer.send({ opcode: TEXT, payload: 'a' }, { opcode: TEXT, payload: 'b' }, { opcode: CLOSE });
    expect(await peer.transcript()).to.deep.equal(['text no a', 'text second b', 'close']);
  });

  describe('each() that borrows', () => {
    const borrow = { borrow: true };
    const numbered = (count: number, size: number): Buffer[] =>
      Array.from({ length: count }, (_, i) => {
        const payload = Buffer.alloc(size, i & 255);
        payload.writeUInt32BE(i, size - 4);
        return payload;
      });
    const receiveAll = async (peer: FramePeer, payloads: Buffer[]): Promise<void> => {
      for (const payload of payloads) {
        const received = (await peer.receive())?.payload ?? Buffer.alloc(0);
        expect(Buffer.compare(received, payload)).to.equal(0);
      }
    };

    it('sends later what was in a message, however much comes meanwhile', async () => {
      // Far more than the sockets hold.
      const payloads = numbered(600, 16_384);
      let seen = 0;
      let tellAll = (): void => undefined;
      const all = new Promise<void>((resolve) => {
        tellAll = resolve;
      });
      const app = WebSocketGateway(async (ws) => {
        await ws.each((message) => {
          void ws.sendAsync(message);
          if (++seen === payloads.length) tellAll();
        }, borrow);
      });
      await using server = await ObservedServer.start(app);
      await using peer = await FramePeer.toServer(server.address);
      peer.socket.pause();
      peer.send(...payloads.map((payload) => ({ opcode: BINARY, payload })));
      await all;
      peer.socket.resume();
      await receiveAll(peer, payloads);
    });

    it('keeps the messages that wait for a promise of the listener', async () => {
      const payloads = numbered(3, 1000);
      let goOn = (): void => undefined;
      let tellFirst = (): void => undefined;
      const first = new Promise<void>((resolve) => {
        tellFirst = resolve;
      });
      const app = WebSocketGateway(async (ws) => {
        let count = 0;
        await ws.each((message) => {
          ws.send(message);
          if (ws.path !== '/slow' || count++ !== 0) return undefined;
          tellFirst();
          return new Promise<void>((resolve) => {
            goOn = resolve;
          });
        }, borrow);
      });
      await using server = await ObservedServer.start(app);
      await using slow = await FramePeer.toServer(server.address, '', '/slow');
      await using other = await FramePeer.toServer(server.address);
      slow.send(...payloads.map((payload) => ({ opcode: BINARY, payload })));
      await first;
      // The memory of the first ones' messages is used again, and again.
      const filling = Array.from({ length: 8 }, () => Buffer.alloc(16_384, 0xff));
      for (const payload of filling) {
        other.send({ opcode: BINARY, payload });
        await receiveAll(other, [payload]);
      }
      goOn();
      await receiveAll(slow, payloads);
    });
  });

  it('tells pings and pongs to whoever watches them', async () => {
    const app = WebSocketGateway(async (ws) => {
      ws.onControl((kind, data) => ws.send(`${kind} ${data.toString()}`));
      ws.ping('are you there');
      await ws.waitAsync();
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    expect((await peer.receive())?.payload.toString()).to.equal('are you there');
    peer.send({ opcode: 10, payload: 'yes' }, { opcode: PING, payload: 'and you' });
    peer.send({ opcode: CLOSE, payload: closePayload(1001) });
    const answers = await peer.transcript();
    expect(answers.slice().sort()).to.deep.equal(
      ['text pong yes', 'pong and you', 'text ping and you', 'close 1001'].sort(),
    );
  });

  it('tells how the socket ended, and refuses to send from there on', async () => {
    let socket: WebSocket | undefined;
    const app = WebSocketGateway(async (ws) => {
      socket = ws;
      await ws.closed;
    });
    await using server = await ObservedServer.start(app);
    const peer = await FramePeer.toServer(server.address);
    peer.send({ opcode: CLOSE, payload: closePayload(3456, 'enough') });
    await peer.transcript();
    expect(socket?.end).to.deep.equal({ code: 3456, reason: 'enough' });
    expect(socket?.isClosed).to.equal(true);
    caught('GUDEG_ERR_WEBSOCKET_CLOSED', () => socket?.send('x'));
    if (socket !== undefined) await rejected('GUDEG_ERR_WEBSOCKET_CLOSED', socket.sendAsync('x'));
    expect(socket?.wait()).to.equal(null);
    expect(socket?.post('x')).to.equal(false);
  });

  it('ends with 1006 where the connection is lost', async () => {
    let socket: WebSocket | undefined;
    let isOver: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (isOver = resolve));
    const app = WebSocketGateway(async (ws) => {
      socket = ws;
      for await (const message of ws) ws.send(message);
      isOver();
    });
    await using server = await ObservedServer.start(app);
    const peer = await FramePeer.toServer(server.address);
    peer.send({ opcode: TEXT, payload: 'a' });
    await peer.receive();
    peer.socket.resetAndDestroy();
    await over;
    expect(socket?.end).to.deep.equal({ code: CloseCode.ABNORMAL, reason: '' });
    expect(server.errors).to.deep.equal([]);
  });

  it('refuses codes and reasons that may not be sent', async () => {
    let failure: unknown;
    const misuse = (ws: WebSocket): void => {
      for (const code of [0, 999, 1005, 1006, 2999, 5000, 1000.5]) {
        caught('GUDEG_ERR_OUT_OF_RANGE', () => ws.close(code));
      }
      caught('GUDEG_ERR_OUT_OF_RANGE', () => ws.close(1000, 'ä'.repeat(62)));
      caught('GUDEG_ERR_OUT_OF_RANGE', () => ws.ping('x'.repeat(126)));
      caught('GUDEG_ERR_INVALID_ARG_TYPE', () => ws.send(5 as unknown as string));
    };
    const app = WebSocketGateway(async (ws) => {
      try {
        misuse(ws);
      } catch (error) {
        failure = error;
      }
      ws.close(4000, 'ä'.repeat(61));
      await ws.closed;
    });
    await using server = await ObservedServer.start(app);
    await using peer = await FramePeer.toServer(server.address);
    const frame = await peer.receive();
    expect(frame?.payload.toString('utf8', 2)).to.equal('ä'.repeat(61));
    expect(failure).to.equal(undefined);
  });

  it('checks its options', () => {
    for (const options of [
      { maxMessageBytes: 0 },
      { maxFrames: 1.5 },
      { deflate: 'yes' },
      { deflate: { level: 10 } },
      { deflate: { windowBits: 9 } },
      { supportedProtocols: 'chat' },
      { originChecker: true },
      { isAsync: 1 },
      { maxPayload: 1 },
    ]) {
      caught('GUDEG_ERR_INVALID_OPTION', () => WebSocketGateway(echo, options as object));
    }
    const noHandler = undefined as unknown as () => void;
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => WebSocketGateway(noHandler));
  });

  it('a graceful stop closes its sockets with 1001 and does not wait for the idle', async () => {
    const server = await ObservedServer.start(WebSocketGateway(echo));
    const peers = await Promise.all([1, 2, 3].map(() => FramePeer.toServer(server.address)));
    const closed = server.close();
    for (const peer of peers) {
      const frame = await peer.receive();
      expect([frame?.opcode, frame?.payload.readUInt16BE()]).to.deep.equal([CLOSE, 1001]);
      peer.send({ opcode: CLOSE, payload: closePayload(1001) });
      expect(await peer.receive()).to.equal(null);
    }
    await closed;
    expect(server.errors).to.deep.equal([]);
  });

  it('works over a unix socket and with its own client', async () => {
    const path = socketPath();
    await using server = await ObservedServer.start(WebSocketGateway(echo), {}, path);
    expect(server.address).to.equal(path);
    const client = new WebSocketClient('ws://localhost/x', { socketPath: path });
    const ws = await client.connectAsync();
    ws.send('over a unix socket');
    expect(await ws.waitAsync()).to.equal('over a unix socket');
    ws.close();
    expect(await ws.closed).to.deep.equal({ code: 1000, reason: '' });
  });
});
