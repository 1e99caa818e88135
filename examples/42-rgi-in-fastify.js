// RGI apps as plugins of a Fastify server, below their prefixes. Needs `npm install fastify`.
//
//   node examples/42-rgi-in-fastify.js 8000
//   curl http://127.0.0.1:8000/files/style.css
//   curl --data hello http://127.0.0.1:8000/upper

import { fileURLToPath } from 'node:url';
import fastify from 'fastify';
import { FilesApp } from 'gudeg';
import { rgi, serverFactory } from 'gudeg/fastify';

async function upper(session, request) {
  const text = (await request.body?.text()) ?? '';
  return [200, 'OK', { 'content-type': 'text/plain' }, `${text.toUpperCase()}\n`];
}

// Without serverFactory it is the same on node:http.
const app = fastify({ serverFactory });
const folder = fileURLToPath(new URL('public', import.meta.url));

app.get('/', () => ({ from: 'Fastify' }));
app.register(rgi(new FilesApp(folder)), { prefix: '/files' });
app.register(rgi(upper), { prefix: '/upper', methods: ['POST'] });

console.log(`listening on ${await app.listen({ port: Number(process.argv[2] ?? 8000) })}`);
