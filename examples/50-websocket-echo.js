// A WebSocket handler is a function: it waits, sends, and returns. `gudeg examples/50-websocket-echo.js`
import { WebSocketGateway } from 'gudeg/websocket';

export default WebSocketGateway((ws) => {
  for (const message of ws) ws.send(message);
});
