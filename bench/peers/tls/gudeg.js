import { BodyIter, SSLServer } from '../../../dist/core/index.js';

import { LARGE_BYTES, mebibytes } from '../../clients/large-body.js';
import { announce, listenAddress } from '../listen-address.js';
import { certFile, keyFile } from './identity.js';

/** @param {any} body */
async function count(body) {
  let bytes = 0;
  for await (const piece of body) bytes += piece.length;
  return [200, 'OK', {}, String(bytes)];
}

/** @type {any} */
const app = (/** @type {unknown} */ _session, /** @type {any} */ request) => {
  if (request.method === 'POST') return count(request.body);
  if (request.uri === '/large') return [200, 'OK', {}, new BodyIter(mebibytes(), LARGE_BYTES)];
  return [200, 'OK', { 'content-type': 'text/plain' }, 'hello, world'];
};

const { host, port } = /** @type {any} */ (listenAddress());
const tls = { certFile, keyFile, allowUnauthenticatedClients: /** @type {const} */ (true) };
await new SSLServer(tls, [host, port], app).listen();
announce();
