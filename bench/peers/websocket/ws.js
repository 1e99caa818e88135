import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

import { announce, listenAddress } from '../listen-address.js';

const server = createServer();
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    threshold: 1024,
  },
});

sockets.on('connection', (socket, request) => {
  const toAll = request.url === '/room';
  socket.on('message', (message, binary) => {
    if (!toAll) socket.send(message, { binary });
    else for (const each of sockets.clients) each.send(message, { binary });
  });
});

const { host, port, path } = /** @type {any} */ (listenAddress());
server.listen(path === undefined ? { host, port, backlog: 4096 } : { path }, announce);
