import { fastifyApp } from './apps/fastify.js';
import { announce, listenAddress } from './listen-address.js';

// The benchmark's connections outlive the default idle limit.
await fastifyApp({ keepAliveTimeout: 0 }).listen(listenAddress());
announce();
