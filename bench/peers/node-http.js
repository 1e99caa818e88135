import { createServer } from 'node:http';

import { listener } from './apps/node-http.js';
import { announce, listenAddress } from './listen-address.js';

// The benchmark's connections outlive the default idle limit of five seconds.
createServer({ keepAliveTimeout: 0 }, listener).listen(listenAddress(), announce);
