// Run by Bun.
/* global Bun */
import { announce, listenAddress } from './listen-address.js';

const { host, port, path } = /** @type {any} */ (listenAddress());

Bun.serve({
  ...(path === undefined ? { hostname: host, port } : { unix: path }),
  idleTimeout: 0, // the benchmark's connections outlive the default idle limit
  routes: {
    '/': () => new Response('hello, world', { headers: { 'Content-Type': 'text/plain' } }),
    '/json': (request) =>
      Response.json({
        message: 'hello, world',
        agent: request.headers.get('user-agent'),
        language: request.headers.get('accept-language'),
      }),
    '/echo': {
      POST: async (request) =>
        new Response(await request.arrayBuffer(), {
          headers: { 'Content-Type': 'application/octet-stream' },
        }),
    },
  },
});
announce();
