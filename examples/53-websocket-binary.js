// Sends a megabyte of bytes for each message, as fast as the peer takes them; then says how many there were.
//
//   npx gudeg examples/53-websocket-binary.js
//   npx wscat --connect ws://127.0.0.1:8000/

import { WebSocketGateway } from 'gudeg/websocket';

const PIECE = Buffer.alloc(16 * 1024, 'gudeg ');

export default WebSocketGateway(async (ws) => {
  for await (const name of ws) {
    for (let sent = 0; sent < 1024 * 1024; sent += PIECE.length) await ws.sendAsync(PIECE);
    await ws.sendAsync(`${name}: ${1024 * 1024} bytes`);
  }
});
