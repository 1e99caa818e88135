// Counts for each socket as long as it listens: sleep() and send() block the green thread only.
//
//   npx gudeg examples/52-websocket-counter.js
//   npx wscat --connect ws://127.0.0.1:8000/

import { sleep } from 'gudeg/green';
import { WebSocketGateway } from 'gudeg/websocket';

export default WebSocketGateway((ws) => {
  for (let count = 1; !ws.isClosed; count++) {
    ws.send(String(count));
    sleep(0.1);
  }
});
