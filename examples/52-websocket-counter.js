// Counts for each socket as long as it listens: sleep() and send() block the green thread only.
import { sleep } from 'gudeg/green';
import { WebSocketGateway } from 'gudeg/websocket';

export default WebSocketGateway((ws) => {
  for (let count = 1; !ws.isClosed; count++) {
    ws.send(String(count));
    sleep(0.1);
  }
});
