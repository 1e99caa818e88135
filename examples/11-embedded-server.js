// A server in a process of its own, and a client in this one: what goes there and back.
//
//   node examples/11-embedded-server.js

import { fileURLToPath } from 'node:url';
import { ChunkedBodyIter, Client, EmbeddedServer } from 'gudeg';

/**
 * Is called in the server's process, which loads this module too.
 * @param {string} greeting
 * @returns {import('gudeg').App}
 */
export function build(greeting) {
  return async (_session, { method, body }) => {
    if (method === 'GET') return [200, 'OK', { 'content-type': 'text/plain' }, greeting];
    // Chunks go back as they come, with their boundaries and extensions.
    if (body?.chunked === true) return [200, 'OK', {}, body];
    const got = await body?.json();
    return [200, 'OK', { 'content-type': 'application/json' }, JSON.stringify({ got })];
  };
}

async function main() {
  const builder = { module: import.meta.url, exportName: 'build', args: ['hello, world'] };
  const server = await EmbeddedServer.start(Buffer.from('\0'), builder);
  const connection = await new Client(server.address).connect();

  const hello = await connection.get('/example');
  console.log(hello.status, hello.headers['content-type'], await hello.body?.text());

  const json = await connection.post('/example', {}, JSON.stringify({ hello: 'world' }));
  console.log(json.status, await json.body?.json());

  /** @type {[[string, string] | null, string][]} */
  const chunks = [
    [['k1', 'v1'], 'hello'],
    [null, 'chunk without one'],
    [['k2', 'v2'], ''],
  ];
  const { body } = await connection.put('/example', {}, new ChunkedBodyIter(chunks));
  for await (const [extension, data] of body ?? []) console.log(extension, String(data));

  connection.close();
  await server.terminate();
}

// Not where the server's process loads it.
if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
