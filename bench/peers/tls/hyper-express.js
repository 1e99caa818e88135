import HyperExpress from 'hyper-express';

import { announce, listenAddress } from '../listen-address.js';
import { certFile, keyFile } from './identity.js';

const server = new HyperExpress.Server({ cert_file_name: certFile, key_file_name: keyFile });

server.get('/', (_, response) => {
  response.type('text/plain').send('hello, world');
});

const { host, port } = /** @type {any} */ (listenAddress());
await server.listen(port, host);
announce();
