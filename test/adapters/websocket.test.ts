import { expect } from 'chai';
import express from 'express';
import express4 from 'express4';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { websocket as inExpress } from 'gudeg/express';
import { websocket as inFastify } from 'gudeg/fastify';
import { sleep } from 'gudeg/green';
import {
  WebSocketClient,
  type WebSocket,
  type WebSocketClientOptions,
  type WebSocketGatewayOptions,
  type WebSocketHandler,
} from 'gudeg/websocket';
import { WebSocket as OtherClient } from 'ws';

import { CLOSE, FramePeer, PING, TEXT, closePayload } from '../support/frame-peer.ts';
import { NodeProgram } from '../support/node-program.ts';
import { RawClient } from '../support/raw-client.ts';
import { startExpress, startFastify, type Host } from './hosts.ts';

/** A host whose own code sets a field, and refuses `?deny` with 401. */
interface HostKind {
  readonly name: string;
  start(handler: WebSocketHandler, options?: WebSocketGatewayOptions): Promise<Host>;
}

const fastify = (engine: boolean): HostKind['start'] =>
  function start(handler, options) {
    return startFastify(inFastify(handler, options), engine, (host) => {
      host.addHook('onRequest', (_request, reply, done) => {
        reply.header('x-host', 'was here');
        done();
      });
      host.addHook('preHandler', (request, reply, done) => {
        if (request.url.endsWith('?deny')) reply.code(401).send('who are you?');
        else done();
      });
      host.addHook('onSend', (_request, _reply, payload, done) => {
        done(null, payload);
      });
    });
  };

const inExpressHost = (make: typeof express, engine: boolean): HostKind['start'] =>
  function start(handler, options) {
    return startExpress(make, inExpress(handler, options), engine, (host) => {
      host.use((request, response, next) => {
        response.setHeader('x-host', 'was here');
        if (request.url.endsWith('?deny')) response.status(401).send('who are you?');
        else next();
      });
    });
  };

const kinds: readonly HostKind[] = [
  { name: 'Fastify on node:http', start: fastify(false) },
  { name: 'Fastify on the engine', start: fastify(true) },
  { name: 'Express on node:http', start: inExpressHost(express, false) },
  { name: 'Express on the engine', start: inExpressHost(express, true) },
  { name: 'Express 4 on node:http', start: inExpressHost(express4, false) },
  { name: 'Express 4 on the engine', start: inExpressHost(express4, true) },
];

const echo = async (ws: WebSocket): Promise<void> => {
  for await (const message of ws) await ws.sendAsync(message);
};

function open(host: Host, path = '', options?: WebSocketClientOptions): Promise<WebSocket> {
  const [name, port] = host.address as readonly [string, number];
  return new WebSocketClient(`ws://${name}:${port}/base${path}`, options).connectAsync();
}

/** Waits until `list` has `count` items: what the server notices follows what its peer does. */
async function filled(list: readonly unknown[], count: number): Promise<void> {
  while (list.length < count) await new Promise(setImmediate);
}

const handshake = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: a.example\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
  `sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;

function contract(kind: HostKind): void {
  const { name } = kind;
  const start: HostKind['start'] = (...given) => kind.start(...given);
  describe(`websocket() in ${name}`, () => {
    it('runs the handler on text and bytes', async () => {
      await using host = await start(echo);
      const ws = await open(host);
      for (const message of ['Grüße', '', Buffer.from([0, 255]), 'x'.repeat(100_000)]) {
        await ws.sendAsync(message);
        expect(await ws.waitAsync()).to.deep.equal(message);
      }
      ws.close(4001, 'enough');
      expect((await ws.closed).code).to.equal(4001);
      expect(host.errors).to.deep.equal([]);
    });

    it('runs a handler that blocks in a green thread', async () => {
      await using host = await start((ws) => {
        for (const message of ws) {
          sleep(0.001);
          ws.send(`${String(message)}!`);
        }
      });
      const ws = await open(host);
      ws.send('hello');
      expect(await ws.waitAsync()).to.equal('hello!');
      ws.close();
      await ws.closed;
    });

    it('shows the handler where it is mounted and what was asked', async () => {
      await using host = await start(async (ws) => {
        const { SCRIPT_NAME, PATH_INFO, QUERY_STRING, HTTP_COOKIE, REMOTE_ADDR } = ws.environ;
        const shown = [SCRIPT_NAME, PATH_INFO, QUERY_STRING, HTTP_COOKIE, REMOTE_ADDR];
        await ws.sendAsync(JSON.stringify([ws.path, ws.uri, ws.origin, ws.version, ...shown]));
      });
      const headers = { cookie: 'a=1', origin: 'http://page.example' };
      const ws = await open(host, '/room%201?x=y', { headers });
      expect(JSON.parse(String(await ws.waitAsync()))).to.deep.equal([
        ...['/room 1', '/base/room%201?x=y', 'http://page.example', 13],
        ...['/base', '/room 1', 'x=y', 'a=1', '127.0.0.1'],
      ]);
      expect(await ws.waitAsync()).to.equal(null);
      expect(ws.end).to.deep.equal({ code: 1000, reason: '' });
    });

    it('lets the host refuse before the handshake, and keeps the connection', async () => {
      let calls = 0;
      await using host = await start(() => (calls += 1));
      await using client = await RawClient.to(host.address);
      for (let i = 0; i < 2; i += 1) {
        const response = await client.request(handshake('/base?deny'));
        expect([response.status, response.body]).to.deep.equal([401, 'who are you?']);
      }
      expect(calls).to.equal(0);
    });

    it('sends what the host has set with the 101', async () => {
      await using host = await start(echo, { supportedProtocols: ['v2', 'v1'] });
      await using client = await RawClient.to(host.address);
      const offer = 'sec-websocket-protocol: v0, v1\r\n';
      const response = await client.request(handshake('/base', offer));
      expect([response.status, response.reason]).to.deep.equal([101, 'Switching Protocols']);
      expect(response.field('sec-websocket-accept')).to.equal('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
      expect(response.values('sec-websocket-protocol')).to.deep.equal(['v1']);
      expect(response.field('x-host')).to.equal('was here');
    });

    it('answers what is no handshake, and origins that are not welcome', async () => {
      await using host = await start(echo, { originChecker: (_host, origin) => origin === null });
      const answers: number[] = [];
      for (const request of [
        'GET /base HTTP/1.1\r\nhost: a\r\n\r\n',
        handshake('/base').replace('version: 13', 'version: 7'),
        handshake('/base', 'origin: http://elsewhere.example\r\n'),
      ]) {
        await using client = await RawClient.to(host.address);
        answers.push((await client.request(request)).status);
      }
      expect(answers).to.deep.equal([400, 426, 403]);
    });

    it('closes with 1011 when the handler fails, and tells the host', async () => {
      await using host = await start(async (ws) => {
        await ws.waitAsync();
        throw new Error('the handler is broken');
      });
      const ws = await open(host);
      await ws.sendAsync('go');
      expect((await ws.closed).code).to.equal(1011);
      await filled(host.errors, 1);
      expect(host.errors).to.deep.equal(['the handler is broken']);
    });

    it('closes idle sockets with 1001 when the host closes, and is done', async () => {
      const ends: number[] = [];
      const host = await start(async (ws) => {
        await ws.waitAsync();
        ends.push((await ws.closed).code);
      });
      const sockets = [await open(host), await open(host, '/b'), await open(host, '/c')];
      await host[Symbol.asyncDispose]();
      const codes = await Promise.all(sockets.map(async (ws) => (await ws.closed).code));
      expect(codes).to.deep.equal([1001, 1001, 1001]);
      await filled(ends, 3);
      expect(ends).to.deep.equal([1001, 1001, 1001]);
    });

    it('answers pings and close frames without the handler', async () => {
      await using host = await start(echo);
      await using peer = await FramePeer.toServer(host.address, '', '/base');
      peer.send({ opcode: PING, payload: 'hi' });
      peer.send({ opcode: CLOSE, payload: closePayload(4000, 'bye') });
      expect(await peer.transcript()).to.deep.equal(['pong hi', 'close 4000']);
    });

    it('closes a peer that breaks the protocol or a limit with its code', async () => {
      const ends: number[] = [];
      await using host = await start(
        async (ws) => {
          await ws.waitAsync();
          ends.push((await ws.closed).code);
        },
        { maxMessageBytes: 100 },
      );
      for (const [frame, code] of [
        [{ opcode: TEXT, payload: 'x', masked: false }, 1002],
        [{ opcode: TEXT, payload: Buffer.from([0xff]) }, 1007],
        [{ opcode: TEXT, payload: 'x'.repeat(101) }, 1009],
      ] as const) {
        await using peer = await FramePeer.toServer(host.address, '', '/base');
        peer.send(frame);
        expect(await peer.transcript()).to.deep.equal([`close ${code}`]);
      }
      await filled(ends, 3);
      expect(ends).to.deep.equal([1002, 1007, 1009]);
    });

    it('compresses for the ws package', async () => {
      const deflate = { thresholdBytes: 0 };
      await using host = await start(echo, { deflate });
      const [, port] = host.address as readonly [string, number];
      const client = new OtherClient(`ws://127.0.0.1:${port}/base`);
      await once(client, 'open');
      expect(client.extensions).to.equal('permessage-deflate');
      client.send('again and again and again');
      const [data] = (await once(client, 'message')) as [Buffer];
      expect(data.toString()).to.equal('again and again and again');
      client.close();
      await once(client, 'close');
    });

    it('has senders wait for a peer that does not read', async () => {
      let sent = 0;
      await using host = await start(async (ws) => {
        for (; sent < 400; sent += 1) await ws.sendAsync(Buffer.alloc(65_536));
      });
      const ws = await open(host);
      let bytes = 0;
      for await (const message of ws) {
        bytes += message.length;
        expect(sent * 65_536 - bytes).to.be.lessThan(16 * 1_048_576);
      }
      expect(bytes).to.equal(400 * 65_536);
    });
  });
}

describe('websocket()', () => {
  for (const kind of kinds) contract(kind);

  it('with fallthrough leaves other requests to the next middleware of Express', async () => {
    const app = express();
    app.use('/chat', inExpress(echo, { fallthrough: true }));
    app.get('/chat', (_request, response) => response.send('the page'));
    const server = createHttpServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await (await fetch(`http://127.0.0.1:${port}/chat`)).text()).to.equal('the page');
    const ws = await new WebSocketClient(`ws://127.0.0.1:${port}/chat`).connectAsync();
    ws.send('hello');
    expect(await ws.waitAsync()).to.equal('hello');
    server.close();
    server.closeAllConnections();
    expect(await ws.waitAsync()).to.equal(null);
    expect(ws.end?.code).to.equal(1001);
  });

  it('says which package is missing where node:http has no ws', async function () {
    this.timeout(60_000);
    await using program = NodeProgram.text(`
      import Module from 'node:module';
      const resolve = Module._resolveFilename;
      Module._resolveFilename = function (name, ...rest) {
        if (name !== 'ws') return resolve.call(this, name, ...rest);
        throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
      };
      const { default: Fastify } = await import('fastify');
      const { default: express } = await import('express');
      const fastifyDoor = await import('gudeg/fastify');
      const expressDoor = await import('gudeg/express');
      const { WebSocketClient } = await import('gudeg/websocket');
      const plain = Fastify();
      plain.register(fastifyDoor.websocket(async () => {}), { prefix: '/x' });
      const error = await plain.ready().then(() => null, (thrown) => thrown);
      console.log(error.code, error.message.includes('npm install ws'));
      const onEngine = Fastify({ serverFactory: fastifyDoor.serverFactory });
      onEngine.register(fastifyDoor.websocket(async (ws) => ws.sendAsync('hi')), { prefix: '/x' });
      const url = await onEngine.listen({ port: 0, host: '127.0.0.1' });
      const ws = await new WebSocketClient(url.replace('http', 'ws') + '/x').connectAsync();
      console.log(await ws.waitAsync());
      await onEngine.close();
      const app = express();
      app.use('/x', expressDoor.websocket(async () => {}));
      app.use((error, request, response, next) => response.status(500).send(error.code));
      const server = app.listen(0, '127.0.0.1', async () => {
        const client = new WebSocketClient('ws://127.0.0.1:' + server.address().port + '/x');
        console.log(await client.connectAsync().catch((refused) => refused.message.includes('500')));
        server.close();
        server.closeAllConnections();
      });
    `);
    const { stdout, stderr } = await program.end;
    expect(stdout, stderr).to.equal('GUDEG_ERR_WEBSOCKET_PACKAGE true\nhi\ntrue\n');
  });
});
