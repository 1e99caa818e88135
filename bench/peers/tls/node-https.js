import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Readable } from 'node:stream';

import { LARGE_BYTES, mebibytes } from '../../clients/large-body.js';
import { announce, listenAddress } from '../listen-address.js';
import { certFile, keyFile } from './identity.js';

const options = { cert: readFileSync(certFile), key: readFileSync(keyFile), keepAliveTimeout: 0 };

const server = createServer(options, (request, response) => {
  if (request.method === 'POST') {
    let bytes = 0;
    request.on('data', (piece) => (bytes += piece.length));
    request.on('end', () => response.end(String(bytes)));
  } else if (request.url === '/large') {
    response.writeHead(200, { 'Content-Length': LARGE_BYTES });
    Readable.from(mebibytes()).pipe(response);
  } else {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 12 });
    response.end('hello, world');
  }
});
server.listen(listenAddress(), announce);
