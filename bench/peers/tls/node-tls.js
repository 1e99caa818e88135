// Streams of node:tls with next to no HTTP: what bulk costs there at least.
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createServer } from 'node:tls';

import { LARGE_BYTES, mebibytes } from '../../clients/large-body.js';
import { announce, listenAddress } from '../listen-address.js';
import { certFile, keyFile } from './identity.js';

const options = { cert: readFileSync(certFile), key: readFileSync(keyFile) };

const server = createServer(options, (socket) => {
  let left = 0; // of the content that comes
  socket.on('data', (bytes) => {
    if (left === 0) {
      const end = bytes.indexOf('\r\n\r\n') + 4;
      const head = bytes.toString('latin1', 0, end);
      if (head.startsWith('GET')) {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE_BYTES}\r\n\r\n`);
        Readable.from(mebibytes()).pipe(socket, { end: false });
        return;
      }
      left = LARGE_BYTES + end;
    }
    left -= bytes.length;
    if (left > 0) return;
    const answer = String(LARGE_BYTES);
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`);
  });
  socket.on('error', () => socket.destroy());
});
server.listen(listenAddress(), announce);
