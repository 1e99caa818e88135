// A server and its client over an abstract socket: how two processes of one machine may talk.
//
//   node examples/10-client.js

import { Client, TempServer } from 'gudeg';

/** @type {import('gudeg').App} */
const app = async (_session, request) => {
  const word = await request.body?.text();
  return [200, 'OK', { 'content-type': 'text/plain' }, `you said ${word}`];
};

// The kernel chooses the name.
const server = await TempServer.start(app, {}, Buffer.from('\0'));
const client = new Client(server.address ?? '');

const connection = await client.connect();
for (const word of ['hello', 'goodbye']) {
  const { status, reason, body } = await connection.post('/', {}, word);
  console.log(status, reason, await body?.text());
}
connection.close();
await server.close();
