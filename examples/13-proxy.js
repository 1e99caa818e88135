// One server in front of another: what lies below /api goes there, the rest is answered here.
//
//   node examples/13-proxy.js

import { Client, Pool, ProxyApp, Router, TempServer } from 'gudeg';

/** @type {import('gudeg').App} */
const users = (_session, { method, uri }) => [200, 'OK', {}, `${method} ${uri} over there`];
/** @type {import('gudeg').App} */
const home = () => [200, 'OK', {}, 'here'];

const behind = await TempServer.start(users, {}, Buffer.from('\0'));
const pool = new Pool(behind.address ?? '', { maxConnections: 8 });
const app = new Router({ [Router.END]: home, api: new ProxyApp(pool, { forwarded: true }) });
const front = await TempServer.start(app);

const connection = await new Client(front.address ?? '').connect();
for (const uri of ['/', '/api/users?page=2']) {
  const { status, body } = await connection.get(uri);
  console.log(uri, '->', status, await body?.text());
}

// Nobody is there any more.
await behind.terminate();
const { status, reason } = await connection.get('/api/users');
console.log('/api/users', '->', status, reason);

connection.close();
await front.terminate();
