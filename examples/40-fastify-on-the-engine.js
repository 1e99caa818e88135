// A Fastify app on the native engine: serverFactory is all that was added. Needs `npm install fastify`.
//
//   node examples/40-fastify-on-the-engine.js 8000
//   curl http://127.0.0.1:8000/hello/world

import fastify from 'fastify';
import { serverFactory } from 'gudeg/fastify';

const app = fastify({ serverFactory });

app.get('/hello/:name', (request) => ({ hello: request.params.name }));
app.post('/echo', (request) => request.body);

console.log(`listening on ${await app.listen({ port: Number(process.argv[2] ?? 8000) })}`);
