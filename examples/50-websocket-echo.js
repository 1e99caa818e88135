// A WebSocket handler is a function: it waits, sends, and returns.
//
//   npx gudeg examples/50-websocket-echo.js
//   npx wscat --connect ws://127.0.0.1:8000/

import { WebSocketGateway } from 'gudeg/websocket';

export default WebSocketGateway((ws) => {
  for (const message of ws) ws.send(message);
});
