// https for everybody, and a client that makes sure whom it talks to. The certificate changes while both run.
//
//   node examples/60-tls.js

import { SSLClient, SSLServer, TempPKI } from 'gudeg';

// A CA of its own, for this example; in production, give the files that your CA gave you.
const pki = new TempPKI({ clientPki: false, names: ['localhost'] });
const { certFile, keyFile } = pki.anonymousServerSslconfig;

/** @type {import('gudeg').App} */
const app = (session) => [200, 'OK', {}, `hello over ${session.tls?.protocol}`];

// Without CAs for clients' certificates, a server says out loud that it serves everybody.
const tls = { certFile, keyFile, allowUnauthenticatedClients: true };
const server = new SSLServer(tls, ['127.0.0.1', 0], app);
server.on('tlsError', (error) => console.log('server:', error.code));
await server.listen();

/** What a client gets that trusts this CA, and looks for a certificate of this name. */
async function ask(sslHost) {
  const { caFile } = pki.anonymousClientSslconfig;
  const connection = await new SSLClient({ caFile, sslHost }, server.address).connect();
  const { body } = await connection.get('/', {});
  console.log(await body.text(), 'from', connection.tls.peerCertificate.subjectAltName);
  connection.close();
}

await ask('localhost');
await ask('example.org').catch((error) => console.log('client:', error.code));

// A renewed certificate counts for the next connection; those that are open go on.
const renewed = pki.createKey();
pki.createCsr(renewed);
pki.issueCert(renewed, pki.serverCaId, { names: ['localhost', 'example.org'] });
server.setSecureContext({ ...tls, ...pki.getAnonymousServerSslconfig(renewed) });
await ask('example.org');

await server.close();
pki.close();
