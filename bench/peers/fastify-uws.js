import { register } from 'node:module';

import { fastifyApp } from './apps/fastify.js';
import { announce, listenAddress } from './listen-address.js';

register('./uwebsockets-hook.js', import.meta.url);
const { serverFactory } = await import('@geut/fastify-uws');
await fastifyApp({ serverFactory }).listen(listenAddress());
announce();
