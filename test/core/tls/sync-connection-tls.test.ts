import { expect } from 'chai';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SyncConnection, TempPKI, type SocketAddress } from 'gudeg';
import { caught } from '../caught.ts';

const SERVE = `
  import('tsx/esm/api').then(async ({ register }) => {
    register();
    await import(require('node:worker_threads').workerData.module);
  });
`;

/** The record that a handshake begins with, 16 KiB of it announced, byte by byte, until it is cut. */
const DRIP = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer((socket) => {
    const bytes = [22, 3, 3, 64, 0, 2, 0, 63, 0, ...new Array(100).fill(0)];
    const timer = setInterval(() => {
      if (bytes.length > 0) socket.write(Buffer.of(bytes.shift()));
      else socket.destroy();
    }, 50);
    socket.on('error', () => undefined).on('close', () => clearInterval(timer)).resume();
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

describe('SyncConnection with tls', () => {
  let pki: TempPKI;
  let worker: Worker;
  let address: SocketAddress;

  before(async function () {
    this.timeout(30_000);
    pki = new TempPKI();
    const module = new URL('tls-server-thread.ts', import.meta.url).href;
    worker = new Worker(SERVE, {
      eval: true,
      execArgv: ['--conditions=source'],
      workerData: { module, tls: pki.serverSslconfig },
    });
    [address] = (await once(worker, 'message')) as [SocketAddress];
  });

  after(async () => {
    await worker.terminate();
    pki.close();
  });

  it('makes requests with its certificate, small ones and large ones', () => {
    const tls = { ...pki.clientSslconfig, checkHostname: true };
    const connection = new SyncConnection(address, { tls });
    expect(connection.tls).to.include({ protocol: 'TLSv1.3', isAuthorized: true });
    expect(connection.get('/').body?.text()).to.equal('true');
    expect(connection.get('/big').body?.read().length).to.equal(2_000_000);
    const large = Buffer.alloc(3_000_000, 'y');
    expect(connection.post('/', {}, large).body?.text()).to.equal('3000000');
    connection.close();
    expect(connection.tls).to.equal(null);
  });

  it('refuses a server of another name, and one of another CA', () => {
    const named = { ...pki.clientSslconfig, checkHostname: true, sslHost: 'other.example' };
    caught('GUDEG_ERR_TLS_HOSTNAME', () => new SyncConnection(address, { tls: named }));
    using other = new TempPKI();
    const tls = { ...pki.clientSslconfig, caFile: other.clientSslconfig.caFile };
    caught('GUDEG_ERR_TLS_UNKNOWN_CA', () => new SyncConnection(address, { tls }));
  });

  it('gives a handshake its time as a whole, also to a server that sends byte by byte', async () => {
    const dripping = new Worker(DRIP, { eval: true });
    try {
      const [port] = (await once(dripping, 'message')) as [number];
      caught('GUDEG_ERR_CLIENT_CONNECT_TIMEOUT', () => {
        const options = { tls: pki.clientSslconfig, connectTimeoutMs: 300 };
        return new SyncConnection(['127.0.0.1', port], options);
      });
    } finally {
      await dripping.terminate();
    }
  });

  it('says that the server wants a certificate', () => {
    const connection = new SyncConnection(address, { tls: pki.anonymousClientSslconfig });
    caught('GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE', () => connection.get('/'));
    expect(connection.closed).to.equal(true);
  });
});
