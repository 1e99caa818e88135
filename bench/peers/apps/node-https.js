import { Readable } from 'node:stream';

import { LARGE_BYTES, mebibytes } from '../../clients/large-body.js';

/**
 * What servers of node:https' kind answer in the scenarios of TLS.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
export function listener(request, response) {
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
}
