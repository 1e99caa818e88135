import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { TempPKI, TempSSLServer } from 'gudeg';
import { WebSocketClient, WebSocketGateway, type Message, type WebSocket } from 'gudeg/websocket';
import { WebSocket as OurWs, WebSocketServer as OurWsServer } from 'gudeg/websocket/ws';
import { WebSocket as TheirWs, WebSocketServer as TheirWsServer } from 'ws';

import { launchChromium, hasChromium } from '../../support/chromium.ts';
import { leavePending } from '../../support/needs-program.ts';
import { NodeProgram } from '../../support/node-program.ts';

const echo = async (ws: WebSocket): Promise<void> => {
  for await (const message of ws) await ws.sendAsync(message);
};

/** More than a record of TLS, and more than a socket's buffer. */
const messages: readonly Message[] = [0, 1, 125, 1000, 16_384, 70_000, 300_000].flatMap((size) => [
  'ä'.repeat(size >> 1),
  Buffer.alloc(size, 'bytes'),
]);

// The interface is the same, as far as it is used here.
const clients = [TheirWs, OurWs as unknown as typeof TheirWs];
const servers = [TheirWsServer, OurWsServer as unknown as typeof TheirWsServer];

const sameBytes = (a: Message, b: Message): boolean =>
  typeof a === typeof b && Buffer.from(a as string).equals(Buffer.from(b as string));

describe('a WebSocket over TLS', function () {
  this.timeout(30_000);
  let pki: TempPKI;
  /** Options of node:tls for clients. */
  let ours: { ca: Buffer; cert: Buffer; key: Buffer };

  before(() => {
    pki = new TempPKI();
    const { caFile, certFile, keyFile } = pki.clientSslconfig;
    ours = { ca: readFileSync(caFile), cert: readFileSync(certFile), key: readFileSync(keyFile) };
  });

  after(() => {
    pki.close();
  });

  const start = (handler: (ws: WebSocket) => unknown): Promise<TempSSLServer> =>
    TempSSLServer.start(pki.serverSslconfig, WebSocketGateway(handler));

  const urlOf = (server: TempSSLServer): string =>
    `wss://localhost:${String((server.address as readonly [string, number])[1])}/`;

  describe('of the gateway', () => {
    it('carries all kinds of messages to and from a WebSocketClient', async () => {
      await using server = await start(echo);
      const ws = await new WebSocketClient(urlOf(server), { tls: ours }).connectAsync();
      const sent = (async () => {
        for (const message of messages) await ws.sendAsync(message);
      })();
      for (const message of messages) {
        expect(sameBytes((await ws.waitAsync()) as Message, message)).to.equal(true);
      }
      await sent;
      ws.close(4000, 'enough');
      expect(await ws.waitAsync()).to.equal(null);
    });

    it('carries all kinds of messages to and from a client of ws, with ours and theirs', async () => {
      for (const Client of clients) {
        await using server = await start(echo);
        const client = new Client(urlOf(server), { ...ours, perMessageDeflate: true });
        await once(client, 'open');
        const answers: Message[] = [];
        const complete = new Promise((resolve) => {
          client.on('message', (data: Buffer, isBinary: boolean) => {
            answers.push(isBinary ? data : data.toString());
            if (answers.length === messages.length) resolve(answers);
          });
        });
        for (const message of messages) client.send(message);
        await complete;
        for (const [index, message] of messages.entries()) {
          expect(sameBytes(answers[index] ?? '', message)).to.equal(true);
        }
        client.close();
        await once(client, 'close');
      }
    });

    it('tells the handler who the client is', async () => {
      await using server = await start(async (ws) => {
        await ws.sendAsync(
          `${ws.environ['wsgi.url_scheme']} ${ws.environ['SSL_CLIENT_S_DN']} ${ws.environ['SSL_CLIENT_VERIFY']}`,
        );
      });
      const ws = await new WebSocketClient(urlOf(server), { tls: ours }).connectAsync();
      expect(await ws.waitAsync()).to.equal(`https CN=${String(pki.clientId)} SUCCESS`);
    });

    it('opens none for a client without a certificate, or that trusts another CA', async () => {
      await using server = await start(echo);
      const { ca } = ours;
      const anonymous = new WebSocketClient(urlOf(server), { tls: { ca } });
      const outcome = await anonymous.connectAsync().then(
        () => 'opened',
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
      expect(outcome).to.match(/CERTIFICATE_REQUIRED|ECONNRESET|EPIPE/);
      const trusting = new WebSocketClient(urlOf(server), { tls: { ...ours, ca: ours.cert } });
      const refused = await trusting.connectAsync().then(
        () => 'opened',
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
      expect(refused).to.match(/UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/);
    });

    it('sends close frames when the server closes', async () => {
      const server = await start(echo);
      const ws = await new WebSocketClient(urlOf(server), { tls: ours }).connectAsync();
      const closed = server.close({ graceMs: 5000 });
      expect(await ws.waitAsync()).to.equal(null);
      expect(ws.end?.code).to.equal(1001);
      await closed;
    });

    it('talks to the WebSocket that Node itself has', async function () {
      const flag = process.allowedNodeEnvironmentFlags.has('--experimental-websocket');
      if (!('WebSocket' in globalThis) && !flag) leavePending(this, 'this Node has none', true);
      await using server = await TempSSLServer.start(
        pki.anonymousServerSslconfig,
        WebSocketGateway(echo),
      );
      await using program = NodeProgram.text(
        `const ws = new WebSocket(${JSON.stringify(urlOf(server))});
         ws.onopen = () => ws.send('from Node');
         ws.onmessage = ({ data }) => { console.log('got', data); ws.close(); };
         ws.onerror = ({ error, message }) => console.log('error', message, error);`,
        {
          env: { NODE_EXTRA_CA_CERTS: pki.anonymousClientSslconfig.caFile },
          flags: flag ? ['--experimental-websocket'] : [],
        },
      );
      const { stdout, stderr } = await program.end;
      expect(stdout, stderr).to.equal('got from Node\n');
    });

    it('talks to Chromium', async function () {
      if (!hasChromium) leavePending(this, 'not installed: chromium');
      const page = `<!doctype html><p id="got"></p><script>
        const ws = new WebSocket(location.href.replace('https', 'wss'));
        ws.onopen = () => ws.send('from Chromium');
        ws.onmessage = ({ data }) => { document.title = data; got.textContent = data; got.dataset.done = 1; };
      </script>`;
      const socket = WebSocketGateway(echo);
      await using server = await TempSSLServer.start(
        pki.anonymousServerSslconfig,
        (session, request, api) =>
          request.headers['upgrade'] === undefined
            ? [200, 'OK', { 'content-type': 'text/html' }, page]
            : socket(session, request, api),
      );
      const { certFile } = pki.anonymousServerSslconfig;
      const browser = await launchChromium({ trustedCertificate: readFileSync(certFile) });
      try {
        const tab = await browser.newPage();
        await tab.goto(urlOf(server).replace('wss', 'https'));
        await tab.waitForSelector('#got[data-done]');
        expect(await tab.textContent('#got')).to.equal('from Chromium');
      } finally {
        await browser.close();
      }
    });
  });

  describe('of gudeg/websocket/ws on a server of node:https', () => {
    async function listen(): Promise<{ https: HttpsServer; url: string }> {
      const { certFile, keyFile, caFile } = pki.serverSslconfig;
      const https = createServer({
        ...{ cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(caFile) },
        requestCert: true,
      });
      https.listen(0, '127.0.0.1');
      await once(https, 'listening');
      return { https, url: `wss://localhost:${String((https.address() as AddressInfo).port)}/` };
    }

    it('talks to clients of ws, ours and theirs, and to WebSocketClient', async () => {
      for (const Server of servers) {
        const { https, url } = await listen();
        const server = new Server({ server: https });
        server.on('connection', (socket: TheirWs, request: { socket: TLSSocket }) => {
          socket.send(String(request.socket.authorized));
          socket.on('message', (data, isBinary) => {
            socket.send(data as Buffer, { binary: isBinary });
          });
        });
        for (const Client of clients) {
          const client = new Client(url, ours);
          const [greeting] = (await once(client, 'message')) as [Buffer];
          expect(greeting.toString()).to.equal('true');
          client.send('hello');
          const [answer] = (await once(client, 'message')) as [Buffer];
          expect(answer.toString()).to.equal('hello');
          client.close();
          await once(client, 'close');
        }
        const ws = await new WebSocketClient(url, { tls: ours }).connectAsync();
        expect(await ws.waitAsync()).to.equal('true');
        for (const message of messages) {
          await ws.sendAsync(message);
          expect(sameBytes((await ws.waitAsync()) as Message, message)).to.equal(true);
        }
        ws.close();
        expect(await ws.waitAsync()).to.equal(null);
        await new Promise((closed) => server.close(closed));
        https.closeAllConnections();
        https.close();
      }
    });
  });
});
