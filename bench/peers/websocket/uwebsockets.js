import { createRequire } from 'node:module';

import { announce, listenAddress } from '../listen-address.js';

const uWebSockets = createRequire(import.meta.url)('uWebSockets.js');
const common = {
  maxPayloadLength: 16 * 1024 * 1024,
  compression: uWebSockets.SHARED_COMPRESSOR,
};

const app = uWebSockets
  .App()
  .ws('/echo', {
    ...common,
    message(socket, message, isBinary) {
      // As in its own examples, only what is worth it is compressed.
      socket.send(message, isBinary, message.byteLength >= 1024);
    },
  })
  .ws('/room', {
    ...common,
    open(socket) {
      socket.subscribe('room');
    },
    message(_socket, message, isBinary) {
      app.publish('room', message, isBinary);
    },
  });

const { host, port, path } = /** @type {any} */ (listenAddress());

/** @param {unknown} socket */
function onListen(socket) {
  if (!socket) throw new Error('uWebSockets.js could not listen');
  announce();
}

if (path === undefined) app.listen(host, port, onListen);
else app.listen_unix(onListen, path);
