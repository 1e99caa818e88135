// An Express app over TLS that knows its clients by their certificates. Certificates by name, and a renewed one.
//
//   node examples/62-https-express.js

import { readFileSync } from 'node:fs';
import express from 'express';
import { SSLClient, TempPKI } from 'gudeg';
import { serve } from 'gudeg/express';

// A CA of its own, for this example; in production, give the files that your CA gave you.
const pki = new TempPKI({ names: ['localhost'] });

/** A certificate for some names, as https.createServer() takes it. */
function issue(...names) {
  const id = pki.createKey();
  pki.createCsr(id);
  pki.issueCert(id, pki.serverCaId, { names });
  return { cert: readFileSync(pki.path(id, 'cert')), key: readFileSync(pki.path(id, 'key')) };
}

const app = express();
app.get('/', (req, res) => {
  // What node:https' sockets have, this one has too.
  const who = req.socket.authorized ? 'a known client' : req.socket.authorizationError;
  res.send(`${req.protocol}, ${who}, over ${req.socket.getProtocol()}`);
});

const https = {
  ...issue('localhost'),
  ca: readFileSync(pki.serverSslconfig.caFile),
  // Everybody is asked for a certificate; who has none is served nevertheless, and told apart.
  requestCert: true,
  rejectUnauthorized: false,
};
const server = await serve(app, ['127.0.0.1', 0], { https });
server.addContext('*.example.org', issue('www.example.org'));
const { address, port } = server.address();

/** What a client gets, and from whom. */
async function ask(sslconfig, sslHost) {
  const tls = { ...sslconfig, sslHost, checkHostname: true };
  const connection = await new SSLClient(tls, [address, port]).connect();
  const { body } = await connection.get('/', {});
  console.log(await body.text(), 'from', connection.tls.peerCertificate.subjectAltName);
  connection.close();
}

await ask(pki.clientSslconfig, 'localhost');
await ask(pki.anonymousClientSslconfig, 'www.example.org');

// A renewed certificate counts for the next connection; those that are open go on.
server.setSecureContext({ ...https, ...issue('localhost', 'api.localhost') });
await ask(pki.clientSslconfig, 'api.localhost');

server.close();
pki.close();
