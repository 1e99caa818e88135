import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';

import { TempPKI } from 'gudeg';

import { NodeProgram } from '../../support/node-program.ts';
import { caught } from '../caught.ts';

describe('TempPKI', () => {
  it('has certificates that a server and a client of node:tls accept of each other', async () => {
    using pki = new TempPKI();
    const { certFile, keyFile, caFile } = pki.serverSslconfig;
    const server = createServer({
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      ca: readFileSync(caFile),
      requestCert: true,
      rejectUnauthorized: true,
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    const config = pki.clientSslconfig;
    const client = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      cert: readFileSync(config.certFile),
      key: readFileSync(config.keyFile),
      ca: readFileSync(config.caFile),
    });
    const [[socket]] = await Promise.all([accepted, once(client, 'secureConnect')]);
    expect(client.authorized).to.equal(true);
    expect(socket.authorized).to.equal(true);
    expect(socket.getPeerCertificate().subject.CN).to.equal(pki.clientId);
    client.destroy();
    server.close();
    await once(server, 'close');
  });

  it('has a server certificate for localhost and its addresses, or for names of one’s own', () => {
    using pki = new TempPKI({ clientPki: false });
    using other = new TempPKI({ clientPki: false, names: ['example.org'] });
    const namesOf = ({ anonymousServerSslconfig: { certFile } }: TempPKI): string | undefined =>
      new X509Certificate(readFileSync(certFile)).subjectAltName;
    expect(namesOf(pki)).to.equal(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(namesOf(other)).to.equal('DNS:example.org');
  });

  it('has RSA keys where they are asked for', () => {
    using pki = new TempPKI({ bits: 2048 });
    for (const id of [pki.serverId, pki.clientId ?? '']) {
      const { publicKey } = new X509Certificate(readFileSync(pki.path(id, 'cert')));
      expect(publicKey.asymmetricKeyDetails?.modulusLength).to.equal(2048);
    }
  });

  it('without clientPki has the anonymous configurations only', () => {
    using pki = new TempPKI({ clientPki: false });
    expect(pki.clientCaId).to.equal(null);
    expect(pki.anonymousServerSslconfig.allowUnauthenticatedClients).to.equal(true);
    expect(pki.anonymousClientSslconfig.checkHostname).to.equal(false);
    caught('GUDEG_ERR_PKI', () => pki.serverSslconfig);
    caught('GUDEG_ERR_PKI', () => pki.clientSslconfig);
    expect(readdirSync(pki.ssldir)).to.have.length(5);
  });

  it('keeps its files in a folder that only its user can enter', () => {
    using pki = new TempPKI({ clientPki: false });
    expect(statSync(pki.ssldir).mode & 0o777).to.equal(0o700);
  });

  it('removes the folder at close(), which may be called again, and at the end of using', () => {
    const pki = new TempPKI({ clientPki: false });
    pki.close();
    pki.close();
    let folder: string;
    {
      using other = new TempPKI({ clientPki: false });
      folder = other.ssldir;
      expect(existsSync(folder)).to.equal(true);
    }
    expect([pki.ssldir, folder].filter(existsSync)).to.deep.equal([]);
  });

  it('leaves no folder when it cannot be made', () => {
    const before = process.listenerCount('exit');
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new TempPKI({ names: ['no name'] }));
    expect(process.listenerCount('exit')).to.equal(before);
  });

  it('leaves no folder behind when the process exits', async () => {
    const { stdout, code } = await NodeProgram.text(
      "import { TempPKI } from 'gudeg'; for (const _ of [1, 2]) console.log(new TempPKI().ssldir);",
    ).end;
    const folders = stdout.trim().split('\n');
    expect(code).to.equal(0);
    expect(folders).to.have.length(2);
    expect(folders.filter(existsSync)).to.deep.equal([]);
  });
});
