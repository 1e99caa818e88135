// A WebSocket handler in a Fastify server, behind a hook of its own. Needs `npm install fastify`.
//
//   node examples/54-websocket-in-fastify.js 8000
//   npx wscat --header 'authorization: Bearer letmein' --connect ws://127.0.0.1:8000/echo

import fastify from 'fastify';
import { serverFactory, websocket } from 'gudeg/fastify';

// Without serverFactory it is the same on node:http, where it needs `npm install ws`.
const app = fastify({ serverFactory });

app.register(async (guarded) => {
  guarded.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== 'Bearer letmein') await reply.code(401).send();
  });
  guarded.register(
    websocket((ws) => {
      for (const message of ws) ws.send(`${ws.path} ${message}`);
    }),
    { prefix: '/echo' },
  );
});

console.log(`listening on ${await app.listen({ port: Number(process.argv[2] ?? 8000) })}`);
