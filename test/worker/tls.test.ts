import { expect } from 'chai';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';

import { SSLClient, TempPKI, type TlsClientOptions } from 'gudeg';

import { rejected } from '../core/caught.ts';
import { GudegCommand } from '../support/gudeg-command.ts';
import { KeepAliveClient } from '../support/keep-alive-client.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

describe('gudeg with --certfile', function () {
  this.timeout(60_000);
  let pki: TempPKI;
  let folder: WorkerFolder;

  before(() => {
    pki = new TempPKI();
  });

  beforeEach(() => {
    folder = new WorkerFolder({ 'app.mjs': pidApp });
    copyPair(pki.serverId);
    copyFileSync(pki.serverSslconfig.caFile, folder.join('clients.pem'));
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  after(() => {
    pki.close();
  });

  /** Puts the certificate of a key and the key where the command looks for them. */
  function copyPair(id: string): void {
    folder.write('server.pem', readFileSync(pki.path(id, 'cert'), 'latin1'));
    folder.write('server.key', readFileSync(pki.path(id, 'key'), 'latin1'));
  }

  const start = (...args: readonly string[]): GudegCommand =>
    new GudegCommand(['-b', '127.0.0.1:0', ...args, 'app.mjs'], { cwd: folder.path });
  const pair = ['--certfile', 'server.pem', '--keyfile', 'server.key'];

  /** What a client gets, and the serial number of the certificate that it saw. */
  async function ask(port: number, tls: TlsClientOptions): Promise<[string, string]> {
    const connection = await new SSLClient(tls, ['127.0.0.1', port]).connect();
    try {
      const { body } = await connection.get('/', {});
      return [(await body?.text()) ?? '', connection.tls?.peerCertificate?.serialNumber ?? ''];
    } finally {
      connection.close();
    }
  }

  /** Connects until both of two workers have answered: each session but the first is resumed. */
  async function expectResumption(port: number): Promise<void> {
    const client = new SSLClient(pki.anonymousClientSslconfig, ['127.0.0.1', port]);
    const pids = new Set<string>();
    // Which worker accepts is the kernel's choice.
    for (let isFirst = true; pids.size < 2; isFirst = false) {
      const connection = await client.connect();
      const { body } = await connection.get('/', {});
      pids.add((await body?.text()) ?? '');
      expect(connection.tls?.isResumed).to.equal(!isFirst);
      connection.close();
    }
  }

  it('serves clients with a certificate of --ca-certs, and logs why it refuses others', async () => {
    await using command = start(...pair, '--ca-certs', 'clients.pem');
    const port = await command.port();
    expect(command.stderr).to.contain('on https://127.0.0.1:');
    expect((await ask(port, pki.clientSslconfig))[0]).to.match(/^\d+$/);
    await rejected('GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE', ask(port, pki.anonymousClientSslconfig));
    await command.logged(/a connection was refused: client \S.*sent no certificate/);
  });

  it('serves everybody with --cert-reqs none', async () => {
    await using command = start(...pair, '--cert-reqs', 'none');
    const port = await command.port();
    expect((await ask(port, pki.anonymousClientSslconfig))[0]).to.match(/^\d+$/);
  });

  it('resumes with one worker what began with another', async () => {
    await using command = start('-w', '2', ...pair, '--cert-reqs', '0');
    const port = await command.port();
    await expectResumption(port);
  });

  it('brings a renewed certificate into service with HUP, and loses no request', async () => {
    await using command = start('-w', '2', ...pair, '--ca-certs', 'clients.pem');
    const port = await command.port();
    const serials = new Set<string>();
    const failures: unknown[] = [];
    let isOver = false;
    const clients = [1, 2, 3].map(async () => {
      while (!isOver) {
        await ask(port, pki.clientSslconfig).then(
          ([, serial]) => serials.add(serial),
          (error: unknown) => failures.push(error),
        );
      }
    });
    for (let renewal = 0; renewal < 2; renewal += 1) {
      const id = pki.createKey();
      pki.createCsr(id);
      pki.issueCert(id, pki.serverCaId);
      copyPair(id);
      command.forget();
      command.kill('SIGHUP');
      await command.logged(/\] reloaded\n/);
      await ask(port, pki.clientSslconfig);
    }
    isOver = true;
    await Promise.all(clients);
    expect(failures).to.deep.equal([]);
    expect(serials.size).to.be.at.least(2);
  });

  it('loses no request of clients that keep their connections while HUP replaces the workers', async () => {
    await using command = start('-w', '2', ...pair, '--cert-reqs', 'none');
    const port = await command.port();
    const server = { port, ca: readFileSync(pki.anonymousClientSslconfig.caFile) };
    const pool = new Agent({ connect: { ca: server.ca }, pipelining: 1, connections: 2 });
    const failures: unknown[] = [];
    let isOver = false;
    const keep = async (ask: () => Promise<unknown>): Promise<void> => {
      while (!isOver) await ask().catch((error: unknown) => failures.push(error));
    };
    using first = new KeepAliveClient(server);
    using second = new KeepAliveClient(server);
    const clients = [
      keep(() => first.get('/sleep/1')),
      keep(() => second.get()),
      keep(async () => {
        const { body } = await request(`https://127.0.0.1:${port}/sleep/2`, { dispatcher: pool });
        await body.text();
      }),
    ];
    for (let i = 0; i < 3; i++) {
      command.forget();
      command.kill('SIGHUP');
      await command.logged(/\] reloaded\n/);
      await command.logged(/has ended[^]*has ended/);
    }
    isOver = true;
    await Promise.all(clients);
    await pool.close();
    expect(failures).to.deep.equal([]);
    // Each reload ends the connection that a client has, behind an answer.
    expect(first.connections).to.be.at.least(2);
  });

  it('closes connections that idle while HUP replaces the workers, and their clients connect anew', async () => {
    await using command = start('-w', '1', ...pair, '--cert-reqs', 'none', '--drain-idle', '0.1');
    const port = await command.port();
    const ca = readFileSync(pki.anonymousClientSslconfig.caFile);
    using client = new KeepAliveClient({ port, ca });
    const before = await client.get();
    const socket = connect({ port, ca, host: '127.0.0.1', checkServerIdentity: () => undefined });
    await once(socket, 'secureConnect');
    const ended = once(socket, 'end');
    command.kill('SIGHUP');
    socket.resume();
    await ended;
    await command.logged(new RegExp(`worker \\(pid:${before}\\) has ended`));
    expect(await client.get()).to.not.equal(before);
    expect(client.connections).to.equal(2);
  });

  for (const [workerClass, source] of [
    ['rgi', `export default ({ address }) => [200, 'OK', {}, address.join(' ')];`],
    [
      'node',
      `export default ({ socket }, response) =>
        response.end(socket.remoteAddress + ' ' + socket.remotePort);`,
    ],
  ] as const) {
    it(`takes a PROXY header in clear, before the handshake, with -k ${workerClass}`, async () => {
      folder.write('app.mjs', source);
      const proxy = ['--proxy-protocol', 'v1', '-k', workerClass];
      await using command = start(...pair, '--cert-reqs', 'none', ...proxy);
      const socket = connectTcp(await command.port(), '127.0.0.1');
      socket.write('PROXY TCP4 192.0.2.7 198.51.100.1 4567 443\r\n');
      const ca = readFileSync(pki.anonymousClientSslconfig.caFile);
      const tls = connect({ socket, ca, checkServerIdentity: () => undefined });
      tls.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
      let answer = '';
      for await (const data of tls) answer += String(data);
      expect(answer).to.contain('192.0.2.7 4567');
    });
  }

  it('keeps its workers where the renewed certificate is wrong, and says why', async () => {
    await using command = start(...pair, '--cert-reqs', 'none');
    const port = await command.port();
    const [, before] = await ask(port, pki.anonymousClientSslconfig);
    folder.write('server.pem', readFileSync(pki.clientSslconfig.certFile, 'latin1'));
    command.kill('SIGHUP');
    await command.logged(/server\.key' is not the key of the certificate/);
    await command.logged(/not reloaded/);
    expect((await ask(port, pki.anonymousClientSslconfig))[1]).to.equal(before);
  });

  const modules = new URL('../../node_modules/', import.meta.url).href;
  for (const [what, source] of Object.entries({
    'a function': `export default ({ socket }, response) => {
        response.end([socket.encrypted, socket.authorized, process.pid].join());
      };`,
    'an Express app': `import express from '${modules}express/index.js';
      export default express().get('/', (request, response) => {
        const { secure, protocol, socket } = request;
        response.send([secure && protocol === 'https', socket.authorized, process.pid].join());
      });`,
    'a Fastify instance': `import fastify from '${modules}fastify/fastify.js';
      const app = fastify();
      app.get('/', async ({ protocol, socket }) =>
        [protocol === 'https', socket.authorized, process.pid].join());
      export default app;`,
  })) {
    it(`serves ${what} with -k node, and renews its certificate with HUP`, async () => {
      folder.write('app.mjs', source);
      await using command = start('-k', 'node', ...pair, '--ca-certs', 'clients.pem');
      const port = await command.port();
      const [body, before] = await ask(port, pki.clientSslconfig);
      expect(body).to.match(/^true,true,\d+$/);
      await rejected(
        'GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE',
        ask(port, pki.anonymousClientSslconfig),
      );
      await command.logged(/a connection was refused: client \S.*sent no certificate/);
      const id = pki.createKey();
      pki.createCsr(id);
      pki.issueCert(id, pki.serverCaId);
      copyPair(id);
      command.forget();
      command.kill('SIGHUP');
      await command.logged(/\] reloaded\n/);
      const [renewed, after] = await ask(port, pki.clientSslconfig);
      expect(renewed)
        .to.match(/^true,true,\d+$/)
        .and.not.equal(body);
      expect(after).to.not.equal(before);
    });
  }

  it('resumes with one worker of -k node what began with another', async () => {
    folder.write('app.mjs', 'export default (_, response) => response.end(String(process.pid));');
    const args = ['-k', 'node', '-w', '2', ...pair, '--cert-reqs', 'none'];
    await using command = start(...args, '--tls-profile', 'intermediate');
    const port = await command.port();
    await expectResumption(port);
  });

  for (const [what, args, message] of [
    ['a certificate alone', ['--certfile', 'server.pem'], /needs both certfile and keyfile/],
    [
      'a certificate that is not there, and nothing about clients',
      ['--certfile', 'missing.pem', '--keyfile', 'server.key'],
      /certfile '\S+missing\.pem' cannot be read \(ENOENT\)/,
    ],
    ['nothing about clients', pair, /--cert-reqs none/],
    [
      'CAs and --cert-reqs none',
      [...pair, '--ca-certs', 'clients.pem', '--cert-reqs', 'none'],
      /exclude each other/,
    ],
    ['--cert-reqs required without CAs', [...pair, '--cert-reqs', 'required'], /needs caCerts/],
    [
      'a file that is not there',
      [...pair, '--ca-certs', 'missing.pem'],
      /missing\.pem' cannot be read \(ENOENT\)/,
    ],
    ['--cert-reqs optional', [...pair, '--cert-reqs', 'optional'], /one of required, none, 2, 0/],
  ] as [string, string[], RegExp][]) {
    it(`does not start with ${what}`, async () => {
      await using command = start(...args);
      const { code, stderr } = await command.end;
      expect(code).to.not.equal(0);
      expect(stderr).to.match(message);
    });
  }
});
