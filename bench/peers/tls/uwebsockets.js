import { createRequire } from 'node:module';

import { LARGE_BYTES, mebibytes } from '../../clients/large-body.js';
import { announce, listenAddress } from '../listen-address.js';
import { certFile, keyFile } from './identity.js';

const uWebSockets = createRequire(import.meta.url)('uWebSockets.js');

const app = uWebSockets.SSLApp({ cert_file_name: certFile, key_file_name: keyFile });

app.get('/', (response) => {
  response.writeHeader('Content-Type', 'text/plain').end('hello, world');
});

app.get('/large', (response) => {
  response.onAborted(() => {});
  const [piece] = mebibytes();
  // Whether more fits now; what didn't fit of a piece is sent again.
  const send = () => {
    for (;;) {
      const rest = response.getWriteOffset() % piece.length;
      const [fits, isDone] = response.tryEnd(piece.subarray(rest), LARGE_BYTES);
      if (isDone || !fits) return isDone;
    }
  };
  response.cork(() => {
    if (!send()) response.onWritable(send);
  });
});

app.post('/large', (response) => {
  let bytes = 0;
  response.onAborted(() => {});
  response.onData((piece, isLast) => {
    bytes += piece.byteLength;
    if (isLast) response.end(String(bytes));
  });
});

const { host, port } = /** @type {any} */ (listenAddress());
app.listen(host, port, (socket) => {
  if (!socket) throw new Error('uWebSockets.js could not listen');
  announce();
});
