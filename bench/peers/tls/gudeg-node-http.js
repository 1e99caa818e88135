import { readFileSync } from 'node:fs';

import { createSecureServer } from '../../../dist/core/node-http/index.js';

import { listener } from '../apps/node-https.js';
import { announce, listenAddress } from '../listen-address.js';
import { certFile, keyFile } from './identity.js';

const options = { cert: readFileSync(certFile), key: readFileSync(keyFile), keepAliveTimeout: 0 };

createSecureServer(options, listener).listen(listenAddress(), announce);
