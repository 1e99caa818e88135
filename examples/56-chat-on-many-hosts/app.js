// A chat room that spans processes and machines: `gudeg -k websocket -w 2 app.js` on each, and one Redis.
// What somebody says goes to Redis; what Redis tells goes to the sockets of this process.
import { hostname } from 'node:os';
import { WebSocketGroup } from 'gudeg/websocket';
import { Redis } from 'ioredis';

const CHANNEL = 'chat';
const here = process.env.HOST_NAME ?? hostname();

// Two connections: one that has subscribed can do nothing else. Both come back by themselves, with what they
// have subscribed to.
const publisher = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
const subscriber = publisher.duplicate();
for (const client of [publisher, subscriber]) {
  client.on('error', (error) => console.error(`Redis: ${error.message}`));
}

const room = new WebSocketGroup();
subscriber.on('message', (_channel, text) => room.send(text));
await subscriber.subscribe(CHANNEL);

export default async function chat(ws) {
  ws.send(`you are on ${here}`);
  room.add(ws);
  await ws.each((text) => publisher.publish(CHANNEL, `${here}: ${text}`));
}
