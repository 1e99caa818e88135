// Clients show certificates: who has none is not served, and the app knows who the others are.
//
//   node examples/61-client-certificates.js

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Router, SSLClient, TempPKI, TempSSLServer } from 'gudeg';

const pki = new TempPKI();

/** A client with a certificate of the clients' CA: what it is configured with. */
function newClient() {
  const id = pki.createKey();
  pki.createCsr(id);
  pki.issueCert(id, pki.clientCaId);
  return pki.getClientSslconfig(pki.serverCaId, id);
}

const clients = { alice: newClient(), bob: newClient(), mallory: newClient() };

const fingerprintOf = ({ certFile }) => new X509Certificate(readFileSync(certFile)).fingerprint256;

/** Who somebody is, by the fingerprint of the certificate that was shown once. */
const names = new Map();
const barred = new Set();

const app = new Router({
  me: (session) => [200, 'OK', {}, names.get(session.tls.fingerprint) ?? 'somebody new'],
});
// It is asked behind the handshake and before the first request; only true opens the door.
app.onConnect = (session) => !barred.has(session.tls.fingerprint);

const server = await TempSSLServer.start(pki.serverSslconfig, app);
server.on('tlsError', (error) => console.log('server:', error.code));

async function ask(tls) {
  const connection = await new SSLClient(tls, server.address).connect();
  try {
    const { body } = await connection.get('/me', {});
    return await body.text();
  } finally {
    connection.close();
  }
}

console.log('alice:', await ask(clients.alice));
for (const [name, tls] of Object.entries(clients)) names.set(fingerprintOf(tls), name);
barred.add(fingerprintOf(clients.mallory));

for (const [name, tls] of Object.entries(clients)) {
  console.log(`${name}:`, await ask(tls).catch((error) => error.code));
}
// A certificate of another CA is no use, and neither is none.
console.log('nobody:', await ask(pki.anonymousClientSslconfig).catch((error) => error.code));

await server.terminate();
pki.close();
