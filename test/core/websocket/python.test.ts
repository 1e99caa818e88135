import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TempServer } from 'gudeg';
import { WebSocketClient, WebSocketGateway, type WebSocketEnd } from 'gudeg/websocket';

import { leavePending } from '../../support/needs-program.ts';

const script = fileURLToPath(new URL('python-peer.py', import.meta.url));
const hasPackage = (python: string): boolean =>
  spawnSync(python, ['-c', 'import websockets']).status === 0;

describe('WebSocket beside the Python package websockets', () => {
  let python = 'python3';

  before(function () {
    const found = ['python3', '/usr/bin/python3'].find(hasPackage);
    if (found === undefined) leavePending(this, 'not installed: python3-websockets', true);
    python = found;
  });

  for (const compression of ['plain', 'deflate'] as const) {
    const deflate = compression === 'deflate';

    it(`our server talks to its client, ${compression}`, async function () {
      this.timeout(30_000);
      const ends: (WebSocketEnd | null)[] = [];
      const app = WebSocketGateway(
        async (ws) => {
          expect(ws.isCompressed).to.equal(deflate);
          for await (const message of ws) await ws.sendAsync(message);
          ends.push(ws.end);
        },
        { deflate },
      );
      await using server = await TempServer.start(app);
      const [host, port] = server.address as readonly [string, number];
      const peer = spawn(python, [script, compression, `ws://${host}:${port}/`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let printed = '';
      peer.stdout.on('data', (data: Buffer) => (printed += data.toString()));
      expect(await once(peer, 'close')).to.deep.equal([0, null]);
      expect(printed).to.equal('all 14\n');
      expect(ends).to.deep.equal([{ code: 4000, reason: 'done' }]);
    });

    it(`our client talks to its server, ${compression}`, async function () {
      this.timeout(30_000);
      const peer = spawn(python, [script, compression], { stdio: ['pipe', 'pipe', 'inherit'] });
      const [line] = (await once(createInterface(peer.stdout), 'line')) as [string];
      const port = Number(/^port (\d+)$/.exec(line)?.[1]);
      const ws = await new WebSocketClient(`ws://127.0.0.1:${port}/`, { deflate }).connectAsync();
      expect(ws.isCompressed).to.equal(deflate);
      for (const size of [0, 125, 126, 65_535, 65_536, 500_000]) {
        for (const message of ['é'.repeat(size), Buffer.alloc(size, 0x80)]) {
          await ws.sendAsync(message);
          expect(await ws.waitAsync()).to.deep.equal(message);
        }
      }
      ws.close(4001, 'bye');
      expect(await ws.closed).to.deep.equal({ code: 4001, reason: 'bye' });
      peer.stdin.end();
      peer.kill('SIGKILL');
      await once(peer, 'close');
    });
  }
});
