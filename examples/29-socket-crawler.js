// The same with green sockets: HTTP/1.0 by hand, a connection for each page, read to its end.
//
//   node examples/29-socket-crawler.js 127.0.0.1 8000 / [places]

import { connect, GreenPool, spawn } from 'gudeg/green';

const [, , host, port, start, places = '50'] = process.argv;
const pool = new GreenPool(Number(places));
const seen = new Set([start]);
let bytes = 0;

function fetchPage(path) {
  const socket = connect([host, Number(port)]);
  try {
    socket.sendall(`GET ${path} HTTP/1.0\r\nhost: ${host}\r\n\r\n`);
    // The head ends with an empty line.
    while (socket.readline().trim() !== '');
    const parts = [];
    for (let part = socket.recv(); part.length > 0; part = socket.recv()) parts.push(part);
    return Buffer.concat(parts).toString();
  } finally {
    socket.close();
  }
}

function visit(path) {
  const text = fetchPage(path);
  bytes += text.length;
  for (const [, link] of text.matchAll(/href="(\/[^"]*)"/g)) {
    if (seen.has(link)) continue;
    seen.add(link);
    pool.spawn(visit, link);
  }
}

await spawn(() => {
  pool.spawn(visit, start);
  pool.waitall();
});
console.log(`${seen.size} pages, ${bytes} bytes`);
