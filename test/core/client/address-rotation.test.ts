import { expect } from 'chai';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Client, Pool, TempServer } from 'gudeg';

const HOSTS = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const;

/** A port that is free on all of them, as far as anybody can tell. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

describe('the addresses of a host name', () => {
  const { lookup } = dns;
  let port: number;
  let servers: Map<string, TempServer>;

  before(async () => {
    const found = HOSTS.map((address) => ({ address, family: 4 }));
    dns.lookup = (() => Promise.resolve(found)) as unknown as typeof lookup;
    syncBuiltinESMExports();
    port = await freePort();
    servers = new Map();
    for (const host of HOSTS) {
      servers.set(host, await TempServer.start(() => [200, 'OK', {}, host], {}, [host, port]));
    }
  });

  after(async () => {
    dns.lookup = lookup;
    syncBuiltinESMExports();
    for (const server of servers.values()) await server.terminate();
  });

  it('share the connections of a pool, and take over from one that has gone', async () => {
    const client = new Client(['several.example', port]);
    await using pool = new Pool(client, { maxConnections: 6 });
    const ask = async (): Promise<string> => (await (await pool.get('/')).body?.text()) ?? '';
    // Six at a time are on six connections.
    expect((await Promise.all([1, 2, 3, 4, 5, 6].map(ask))).sort()).to.deep.equal(
      [...HOSTS, ...HOSTS].sort(),
    );
    await servers.get('127.0.0.2')?.terminate();
    const names = [];
    for (let i = 0; i < 6; i++) {
      const connection = await client.connect();
      names.push(await (await connection.get('/')).body?.text());
      connection.close();
    }
    expect(new Set(names)).to.deep.equal(new Set(['127.0.0.1', '127.0.0.3']));
  });
});
