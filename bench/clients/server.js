// The server of the client scenarios: the work of bench/clients/raw.c as an RGI app.
import { BodyIter, ChunkedBodyIter, Server } from '../../dist/core/index.js';

import { announce, listenAddress } from '../peers/listen-address.js';
import { LARGE_BYTES, mebibytes, receive } from './large-body.js';

const { host, port, path } = /** @type {any} */ (listenAddress());

/** @type {import('../../dist/core/index.js').App} */
const app = async (_session, request) => {
  const { method, uri, body } = request;
  if (method === 'POST') {
    return [200, 'OK', {}, String(await receive(body))];
  }
  if (uri === '/large') return [200, 'OK', {}, new BodyIter(mebibytes(), LARGE_BYTES)];
  /** @type {[null, string][]} */
  const chunks = [
    [null, 'hello'],
    [null, ', '],
    [null, 'world'],
    [null, ''],
  ];
  return [200, 'OK', {}, new ChunkedBodyIter(chunks)];
};

/** @type {import('../../dist/core/index.js').App} */
const dispatch = (session, request, api) =>
  request.uri === '/'
    ? [200, 'OK', { 'content-type': 'text/plain' }, 'hello, world']
    : app(session, request, api);

const server = new Server(path ?? [host, port], dispatch);
await server.listen();
announce();
