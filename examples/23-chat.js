// A chat: what one says, all others read. A green thread for each who talks, a queue for each who
// listens, so that a slow reader holds up nobody.
//
//   node examples/23-chat.js 9001
//   nc 127.0.0.1 9001

import { LightQueue, listen, serve, spawn } from 'gudeg/green';

const port = Number(process.argv[2] ?? 9001);
const members = new Map();

function say(from, text) {
  for (const [name, queue] of members) {
    if (name !== from) queue.put(text, false);
  }
}

function handle(socket) {
  socket.sendall('Your name? ');
  const name = socket.readline().trim();
  const queue = new LightQueue(100);
  members.set(name, queue);
  const writer = spawn(() => {
    for (const text of queue) socket.sendall(text);
  });
  say(name, `* ${name} is here\n`);
  try {
    for (const line of socket) say(name, `${name}: ${line}`);
  } finally {
    members.delete(name);
    say(name, `* ${name} has left\n`);
    writer.kill();
  }
}

await spawn(() => {
  const listener = listen(['127.0.0.1', port]);
  console.log(`listening on ${listener.address.join(':')}`);
  serve(listener, handle);
});
