import { expect } from 'chai';
import type { App } from 'gudeg';
import { WebSocketClient, type WebSocket } from 'gudeg/websocket';

import { hasChromium, launchChromium } from '../support/chromium.ts';
import { NodeProgram } from '../support/node-program.ts';
import { ObservedServer } from '../support/observed-server.ts';

async function serve(name: string): Promise<{ server: ObservedServer; host: string }> {
  const url = new URL(`../../examples/${name}`, import.meta.url).href;
  const { default: app } = (await import(url)) as { default: App };
  const server = await ObservedServer.start(app);
  const [host, port] = server.address as readonly [string, number];
  return { server, host: `${host}:${port}` };
}

const connect = (host: string, path = '/'): Promise<WebSocket> =>
  new WebSocketClient(`ws://${host}${path}`).connectAsync();

describe('the WebSocket examples', () => {
  it('50-websocket-echo.js sends back what it gets', async () => {
    const { server, host } = await serve('50-websocket-echo.js');
    const ws = await connect(host);
    ws.send('hello');
    expect(await ws.waitAsync()).to.equal('hello');
    await server.close();
    expect((await ws.closed).code).to.equal(1001);
  });

  it('51-websocket-chat.js lets guests talk, and refuses foreign pages', async () => {
    const { server, host } = await serve('51-websocket-chat.js');
    const first = await connect(host, '/chat');
    expect(await first.waitAsync()).to.equal('guest 1 joins');
    const second = await connect(host, '/chat');
    expect(await first.waitAsync()).to.equal('guest 2 joins');
    second.send('hello');
    expect(await first.waitAsync()).to.equal('guest 2: hello');
    second.close();
    expect(await first.waitAsync()).to.equal('guest 2 leaves');
    const headers = { origin: 'http://elsewhere.example' };
    const stranger = new WebSocketClient(`ws://${host}/chat`, { headers });
    const error = await stranger.connectAsync().catch((refused: unknown) => refused);
    expect(String(error)).to.include('403');
    await server.close();
    expect(server.errors).to.deep.equal([]);
  });

  it('51-websocket-chat.js shows in Chromium what is said', async function () {
    if (!hasChromium) this.skip();
    this.timeout(60_000);
    const { server, host } = await serve('51-websocket-chat.js');
    const browser = await launchChromium();
    try {
      const [first, second] = [await browser.newPage(), await browser.newPage()];
      await first.goto(`http://${host}/`);
      await first.waitForSelector('li:has-text("joins")');
      await second.goto(`http://${host}/`);
      await second.waitForSelector('li:has-text("joins")');
      await second.fill('input', 'Grüße aus Chromium');
      await second.press('input', 'Enter');
      await first.waitForSelector('li:has-text("Grüße aus Chromium")');
    } finally {
      await browser.close();
      await server.close();
    }
  });

  it('54-websocket-in-fastify.js lets its hook decide', async function () {
    this.timeout(20_000);
    await using program = NodeProgram.file('examples/54-websocket-in-fastify.js', ['0']);
    const [, host = ''] = await program.printed(/listening on http:\/\/(\S+)/);
    const stranger = new WebSocketClient(`ws://${host}/echo`).connectAsync();
    expect(String(await stranger.catch((refused: unknown) => refused))).to.include('401');
    const headers = { authorization: 'Bearer letmein' };
    const ws = await new WebSocketClient(`ws://${host}/echo/x`, { headers }).connectAsync();
    ws.send('hello');
    expect(await ws.waitAsync()).to.equal('/x hello');
  });

  it('55-websocket-in-express.js counts down, below its middleware', async function () {
    this.timeout(20_000);
    await using program = NodeProgram.file('examples/55-websocket-in-express.js', ['0']);
    const [, host = ''] = await program.printed(/listening on http:\/\/(\S+)/);
    const error = await connect(host, '/count').catch((refused: unknown) => refused);
    expect(String(error)).to.include('400');
    const ws = await connect(host, '/count?from=3');
    const counted: unknown[] = [];
    for await (const message of ws) counted.push(message);
    expect(counted).to.deep.equal(['3', '2', '1']);
  });

  it('52-websocket-counter.js counts for each socket', async () => {
    const { server, host } = await serve('52-websocket-counter.js');
    const ws = await connect(host);
    expect([await ws.waitAsync(), await ws.waitAsync()]).to.deep.equal(['1', '2']);
    ws.close();
    await ws.closed;
    await server.close();
    expect(server.errors).to.deep.equal([]);
  });

  it('53-websocket-binary.js streams bytes', async () => {
    const { server, host } = await serve('53-websocket-binary.js');
    const ws = await connect(host);
    ws.send('all of it');
    let bytes = 0;
    let message = await ws.waitAsync();
    for (; typeof message === 'object' && message !== null; message = await ws.waitAsync()) {
      bytes += message.length;
    }
    expect([bytes, message]).to.deep.equal([1_048_576, 'all of it: 1048576 bytes']);
    ws.close();
    await ws.closed;
    await server.close();
  });
});
