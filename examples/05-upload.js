// Uploads: one is sent back, one is hashed piece by piece, however large it is.
//
//   npx gudeg examples/05-upload.js
//   curl --data-binary 'hello' http://127.0.0.1:8000/echo
//   curl -T /usr/bin/node http://127.0.0.1:8000/sha256

import { AllowedMethods, Router } from 'gudeg';
import { createHash } from 'node:crypto';

const text = { 'content-type': 'text/plain; charset=utf-8' };

async function echo(session, request) {
  // read() gives at most request.body.maxReadBytes, 16 MiB; what is larger is for iteration.
  const bytes = (await request.body?.read()) ?? '';
  const type = request.headers['content-type'] ?? 'application/octet-stream';
  return [200, 'OK', { 'content-type': type }, bytes];
}

async function sha256(session, request) {
  const hash = createHash('sha256');
  if (request.body?.chunked) {
    for await (const [, data] of request.body) hash.update(data);
  } else if (request.body !== null) {
    for await (const piece of request.body) hash.update(piece);
  }
  return [200, 'OK', text, hash.digest('hex') + '\n'];
}

const uploads = new AllowedMethods('POST', 'PUT');

export default new Router({
  [Router.END]: () => [200, 'OK', text, 'POST to /echo or /sha256\n'],
  echo: uploads.filter(echo),
  sha256: uploads.filter(sha256),
});
