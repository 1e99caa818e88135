// Run by Bun.
/* global Bun */
import { LARGE_BYTES } from '../../clients/large-body.js';
import { announce, listenAddress } from '../listen-address.js';
import { certFile, keyFile } from './identity.js';

const { host, port } = /** @type {any} */ (listenAddress());

Bun.serve({
  ...{ hostname: host, port, tls: { cert: Bun.file(certFile), key: Bun.file(keyFile) } },
  idleTimeout: 0, // the benchmark's connections outlive the default idle limit
  maxRequestBodySize: 2 * LARGE_BYTES,
  routes: {
    '/': () => new Response('hello, world', { headers: { 'Content-Type': 'text/plain' } }),
    '/large': {
      POST: async (request) => {
        let bytes = 0;
        for await (const piece of request.body) bytes += piece.length;
        return new Response(String(bytes));
      },
    },
  },
});
announce();
