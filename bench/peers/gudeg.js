import { Server } from '../../dist/core/index.js';

import { announce, listenAddress } from './listen-address.js';

/** @param {any} request */
async function echo(request) {
  return [200, 'OK', { 'content-type': 'application/octet-stream' }, await request.body.read()];
}

/** @param {any} request */
function json(request) {
  const { headers } = request;
  const body = JSON.stringify({
    message: 'hello, world',
    agent: headers['user-agent'],
    language: headers['accept-language'],
  });
  return [200, 'OK', { 'content-type': 'application/json' }, body];
}

/**
 * @param {unknown} _session
 * @param {any} request
 */
function app(_session, request) {
  if (request.method === 'POST') return echo(request);
  if (request.path[0] === 'json') return json(request);
  return [200, 'OK', { 'content-type': 'text/plain' }, 'hello, world'];
}

const { host, port, path } = /** @type {any} */ (listenAddress());
const server = new Server(path ?? [host, port], app);
await server.listen();
announce();
