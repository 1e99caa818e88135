// Requests without a single promise: a connection that blocks its thread, as a command line tool likes it.
//
//   node examples/12-blocking-client.js

import { EmbeddedServer, SyncConnection } from 'gudeg';
import { fileURLToPath } from 'node:url';

/** @returns {import('gudeg').App} */
export default function build() {
  return (_session, { uri, headers }) => [200, 'OK', {}, `${uri} for ${headers['user-agent']}`];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // A blocked thread cannot answer itself: the server has a process of its own.
  const server = await EmbeddedServer.start(Buffer.from('\0'), { module: import.meta.url });
  const connection = new SyncConnection(server.address);
  for (const uri of ['/one', '/two']) {
    const { status, reason, body } = connection.get(uri, { 'user-agent': 'example' });
    console.log(status, reason, body?.text());
  }
  connection.close();
  await server.terminate();
}
