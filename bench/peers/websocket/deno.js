// Run by Deno.
/* global Deno */
import { announce, listenAddress } from '../listen-address.js';

const { host, port, path } = /** @type {any} */ (listenAddress());
/** @type {Set<WebSocket>} */
const room = new Set();

Deno.serve(
  { ...(path === undefined ? { hostname: host, port } : { path }), onListen: announce },
  (request) => {
    const isRoom = new URL(request.url).pathname === '/room';
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = 'arraybuffer';
    if (isRoom) socket.onopen = () => room.add(socket);
    socket.onmessage = ({ data }) => {
      if (!isRoom) socket.send(data);
      else for (const each of room) each.send(data);
    };
    return response;
  },
);
