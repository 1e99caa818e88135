import express from 'express';

import { createServer, rgi } from '../../dist/adapters/express/index.js';
import { app } from './gudeg-app.js';
import { announce, listenAddress } from './listen-address.js';

const host = express();
host.use(rgi(app));
const server = createServer(host);
// The benchmark's connections outlive the default idle limit.
server.keepAliveTimeout = 0;
server.listen(listenAddress(), announce);
