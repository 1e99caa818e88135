import { Server } from '../../../dist/core/index.js';
import { WebSocketGateway, WebSocketGroup } from '../../../dist/core/websocket/index.js';

import { announce, listenAddress } from '../listen-address.js';

const room = new WebSocketGroup();
const options = { deflate: { thresholdBytes: 1024 } };

const echo = WebSocketGateway(
  async (ws) =>
    ws.each(
      (message) => {
        ws.send(message);
      },
      // As uWebSockets.js lends its messages.
      { borrow: true },
    ),
  options,
);

const everybody = WebSocketGateway(async (ws) => {
  room.add(ws);
  await ws.each((message) => {
    room.send(message);
  });
}, options);

const { host, port, path } = /** @type {any} */ (listenAddress());
const server = new Server(path ?? [host, port], (session, request, api) =>
  (request.uri === '/room' ? everybody : echo)(session, request, api),
);
await server.listen();
announce();
