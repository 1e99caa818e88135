import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { SSLServer, TempPKI } from 'gudeg';

import { needsPrograms } from '../../support/needs-program.ts';

const flood = fileURLToPath(new URL('key-update-flood.py', import.meta.url));

describe('a TLS server and a client that asks for key updates without end', () => {
  const pki = new TempPKI({ clientPki: false });

  before(needsPrograms('python3'));

  after(() => pki.close());

  it('reads no more of them than it can answer', async function () {
    this.timeout(60_000);
    const tls = { ...pki.anonymousServerSslconfig, allowUnauthenticatedClients: true as const };
    await using server = new SSLServer(tls, ['127.0.0.1', 0], () => [200, 'OK', {}, null]);
    await server.listen();
    const [, port] = server.address as readonly [string, number];
    // An answer has 22 bytes: this is four times what the buffers of both sockets hold here.
    const { stdout } = await promisify(execFile)('python3', [flood, String(port), '500000']);
    expect(stdout).to.match(/^stopped [1-9]/);
  });
});
