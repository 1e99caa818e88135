/**
 * The application in the terms of node:http.
 *
 * @type {import('node:http').RequestListener}
 */
export const listener = (request, response) => {
  if (request.method === 'POST') {
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      response.writeHead(200, {
        'Content-Type': 'application/octet-stream',
        'Content-Length': body.length,
      });
      response.end(body);
    });
  } else if (request.url === '/json') {
    const body = JSON.stringify({
      message: 'hello, world',
      agent: request.headers['user-agent'],
      language: request.headers['accept-language'],
    });
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  } else {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 12 });
    response.end('hello, world');
  }
};
