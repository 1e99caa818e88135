// A TLS server in a thread of its own, for a test whose calls block.
import { parentPort, workerData } from 'node:worker_threads';
import { TempSSLServer, type TlsServerOptions } from 'gudeg';

const { tls } = workerData as { tls: TlsServerOptions };
const server = await TempSSLServer.start(tls, async (session, request) => {
  const body = await request.body?.read();
  if (body !== undefined) return [200, 'OK', {}, String(body.length)];
  if (request.uri === '/big') return [200, 'OK', {}, Buffer.alloc(2_000_000, 'x')];
  return [200, 'OK', {}, String(session.tls?.isAuthorized)];
});
parentPort?.postMessage(server.address);
