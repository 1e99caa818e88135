import { createServer } from '../../dist/core/node-http/index.js';

import { fastifyApp } from './apps/fastify.js';
import { announce, listenAddress } from './listen-address.js';

// The benchmark's connections outlive the default idle limit.
const app = fastifyApp({
  serverFactory: (listener) => createServer({ keepAliveTimeout: 0 }, listener),
});
await app.listen(listenAddress());
announce();
