import { Gateway } from '../../dist/core/gateway/index.js';
import { Server } from '../../dist/core/index.js';

import { announce, listenAddress } from './listen-address.js';

/**
 * @param {any} environ
 * @param {Function} startResponse
 */
function app(environ, startResponse) {
  if (environ.REQUEST_METHOD === 'POST') {
    startResponse('200 OK', [['content-type', 'application/octet-stream']]);
    return [environ['wsgi.input'].read()];
  }
  if (environ.PATH_INFO.startsWith('/json')) {
    startResponse('200 OK', [['content-type', 'application/json']]);
    const body = {
      message: 'hello, world',
      agent: environ.HTTP_USER_AGENT,
      language: environ.HTTP_ACCEPT_LANGUAGE,
    };
    return [JSON.stringify(body)];
  }
  startResponse('200 OK', [['content-type', 'text/plain']]);
  return ['hello, world'];
}

const { host, port, path } = /** @type {any} */ (listenAddress());
const server = new Server(path ?? [host, port], new Gateway(app));
await server.listen();
announce();
