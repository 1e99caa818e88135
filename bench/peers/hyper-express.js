import HyperExpress from 'hyper-express';

import { announce, listenAddress } from './listen-address.js';

const server = new HyperExpress.Server();

server.get('/', (_, response) => {
  response.type('text/plain').send('hello, world');
});

server.get('/json', (request, response) => {
  response.json({
    message: 'hello, world',
    agent: request.headers['user-agent'],
    language: request.headers['accept-language'],
  });
});

server.post('/echo', async (request, response) => {
  response.type('application/octet-stream').send(await request.buffer());
});

const { host, port, path } = /** @type {any} */ (listenAddress());
if (path === undefined) await server.listen(port, host);
else await server.listen(path);
announce();
