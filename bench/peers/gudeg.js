import { Server } from '../../dist/core/index.js';

import { app } from './gudeg-app.js';
import { announce, listenAddress } from './listen-address.js';

const { host, port, path } = /** @type {any} */ (listenAddress());
const server = new Server(path ?? [host, port], app);
await server.listen();
announce();
