// `fetch`, carried by a pool: here to a socket in Linux's abstract namespace, where fetch cannot go itself.
//
//   node examples/14-fetch.js

import { Dispatcher, Pool, TempServer } from 'gudeg';

/** @type {import('gudeg').App} */
const app = async (_session, { uri, body }) => {
  const text = JSON.stringify({ uri, got: (await body?.json()) ?? null });
  return [200, 'OK', { 'content-type': 'application/json' }, text];
};

const server = await TempServer.start(app, {}, Buffer.from('\0'));
const dispatcher = new Dispatcher(new Pool(server.address ?? ''));

/** @type {any} */
const init = { method: 'POST', body: JSON.stringify({ hello: 'world' }), dispatcher };
const response = await fetch('http://inventory/items?page=1', init);
console.log(response.status, await response.json());

await dispatcher.close();
await server.terminate();
