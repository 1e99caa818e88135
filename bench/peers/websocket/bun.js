// Run by Bun.
/* global Bun */
import { announce, listenAddress } from '../listen-address.js';

const { host, port, path } = /** @type {any} */ (listenAddress());

const server = Bun.serve({
  ...(path === undefined ? { hostname: host, port } : { unix: path }),
  fetch(request, self) {
    const isRoom = new URL(request.url).pathname === '/room';
    return self.upgrade(request, { data: { isRoom } })
      ? undefined
      : new Response('no WebSocket', { status: 400 });
  },
  websocket: {
    perMessageDeflate: { compress: 'shared', decompress: 'shared' },
    open(socket) {
      if (socket.data.isRoom) socket.subscribe('room');
    },
    message(socket, message) {
      if (socket.data.isRoom) server.publish('room', message);
      else socket.send(message, message.length >= 1024);
    },
  },
});
announce();
