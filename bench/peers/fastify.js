import Fastify from 'fastify';

import { announce, listenAddress } from './listen-address.js';

// The benchmark's connections outlive the default idle limit.
const app = Fastify({ logger: false, keepAliveTimeout: 0 });

app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_, body, done) =>
  done(null, body),
);

const text = { type: 'string' };
const jsonResponse = {
  type: 'object',
  properties: { message: text, agent: text, language: text },
};

app.get('/', (_, reply) => {
  reply.type('text/plain').send('hello, world');
});

app.get('/json', { schema: { response: { 200: jsonResponse } } }, (request, reply) => {
  reply.send({
    message: 'hello, world',
    agent: request.headers['user-agent'],
    language: request.headers['accept-language'],
  });
});

app.post('/echo', (request, reply) => {
  reply.type('application/octet-stream').send(request.body);
});

await app.listen(listenAddress());
announce();
