import { createServer } from 'node:http';

import express from 'express';

import { announce, listenAddress } from './listen-address.js';

const app = express();

app.get('/', (_, response) => {
  response.type('text/plain').send('hello, world');
});

app.get('/json', (request, response) => {
  response.json({
    message: 'hello, world',
    agent: request.headers['user-agent'],
    language: request.headers['accept-language'],
  });
});

app.post('/echo', express.raw(), (request, response) => {
  response.type('application/octet-stream').send(request.body);
});

const server = createServer(app);
// The benchmark's connections outlive the default idle limit.
server.keepAliveTimeout = 0;
server.listen(listenAddress(), announce);
