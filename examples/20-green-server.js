// An echo server written as if it blocked: one green thread a connection, straight-line code.
//
//   node examples/20-green-server.js 9000
//   printf 'hello\n' | nc -q1 127.0.0.1 9000

import { listen, serve, spawn } from 'gudeg/green';

const port = Number(process.argv[2] ?? 9000);

function handle(socket) {
  for (const line of socket) socket.sendall(line.toUpperCase());
}

await spawn(() => {
  const listener = listen(['127.0.0.1', port]);
  console.log(`listening on ${listener.address.join(':')}`);
  serve(listener, handle);
});
