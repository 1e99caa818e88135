import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

import { listener } from '../apps/node-https.js';
import { announce, listenAddress } from '../listen-address.js';
import { certFile, keyFile } from './identity.js';

const options = { cert: readFileSync(certFile), key: readFileSync(keyFile), keepAliveTimeout: 0 };

createServer(options, listener).listen(listenAddress(), announce);
