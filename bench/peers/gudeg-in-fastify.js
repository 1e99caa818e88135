import Fastify from 'fastify';

import { rgi, serverFactory } from '../../dist/adapters/fastify/index.js';
import { app } from './gudeg-app.js';
import { announce, listenAddress } from './listen-address.js';

// The benchmark's connections outlive the default idle limit.
const fastify = Fastify({ logger: false, keepAliveTimeout: 0, serverFactory });
fastify.register(rgi(app));
await fastify.listen(listenAddress());
announce();
