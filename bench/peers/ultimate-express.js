import express from 'ultimate-express';

import { expressApp } from './apps/express.js';
import { announce, listenAddress } from './listen-address.js';

const { host, port, path } = /** @type {any} */ (listenAddress());
const app = expressApp(express);
if (path === undefined) app.listen(port, host, announce);
else app.listen(path, announce);
