// A Fastify handler written with green(): it reads like blocking code, and is an async handler to
// Fastify. Needs `npm install fastify`.
//
//   node examples/24-green-fastify.js 8000
//   curl http://127.0.0.1:8000/slow

import { green, Semaphore, sleep } from 'gudeg/green';
import fastify from 'fastify';

const app = fastify();
const atMostTwo = new Semaphore(2);

app.get(
  '/slow',
  green(() =>
    atMostTwo.with(() => {
      sleep(0.05);
      return { answer: 42 };
    }),
  ),
);

console.log(`listening on ${await app.listen({ port: Number(process.argv[2] ?? 8000) })}`);
