import { createRequire } from 'node:module';

import { announce, listenAddress } from './listen-address.js';

const uWebSockets = createRequire(import.meta.url)('uWebSockets.js');

const app = uWebSockets.App();

app.get('/', (response) => {
  response.writeHeader('Content-Type', 'text/plain').end('hello, world');
});

app.get('/json', (response, request) => {
  const body = JSON.stringify({
    message: 'hello, world',
    agent: request.getHeader('user-agent'),
    language: request.getHeader('accept-language'),
  });
  response.writeHeader('Content-Type', 'application/json').end(body);
});

app.post('/echo', (response) => {
  /** @type {Buffer | undefined} */
  let received;
  response.onAborted(() => {});
  response.onData((chunk, isLast) => {
    // A chunk's memory is only lent for this call, so all but the whole body is copied.
    if (isLast && received === undefined) {
      response.writeHeader('Content-Type', 'application/octet-stream').end(chunk);
      return;
    }
    received = Buffer.concat([received ?? Buffer.alloc(0), new Uint8Array(chunk)]);
    if (isLast) response.writeHeader('Content-Type', 'application/octet-stream').end(received);
  });
});

const { host, port, path } = /** @type {any} */ (listenAddress());

/** @param {unknown} socket */
function onListen(socket) {
  if (!socket) throw new Error('uWebSockets.js could not listen');
  announce();
}

if (path === undefined) app.listen(host, port, onListen);
else app.listen_unix(onListen, path);
