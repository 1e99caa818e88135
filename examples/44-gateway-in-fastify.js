// A gateway app, written like WSGI, in a Fastify server. Needs `npm install fastify`.
//
//   node examples/44-gateway-in-fastify.js 8000
//   curl http://127.0.0.1:8000/legacy/a?b=c

import fastify from 'fastify';
import { gateway, serverFactory } from 'gudeg/fastify';
import { sleep } from 'gudeg/green';

function legacy(environ, startResponse) {
  sleep(0.01); // blocks this green thread, and nobody else
  startResponse('200 OK', [['content-type', 'text/plain']]);
  return [`${environ.SCRIPT_NAME} has ${environ.PATH_INFO}?${environ.QUERY_STRING}\n`];
}

const app = fastify({ serverFactory });
app.register(gateway(legacy), { prefix: '/legacy' });

console.log(`listening on ${await app.listen({ port: Number(process.argv[2] ?? 8000) })}`);
