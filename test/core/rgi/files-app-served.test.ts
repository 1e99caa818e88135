import { expect } from 'chai';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FilesApp } from '../../../src/core/rgi/index.ts';
import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';

const content = Buffer.from(Array.from({ length: 8_000_000 }, (_, i) => (i * 7) % 253));

describe('FilesApp behind a server', () => {
  let folder: string;
  let path: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gudeg-files-served-'));
    path = join(folder, 'large.bin');
    await writeFile(path, content);
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  /** How many descriptors of this process are the file. */
  async function timesOpen(): Promise<number> {
    const targets = (await readdir('/proc/self/fd')).map((fd) =>
      readlink(`/proc/self/fd/${fd}`).catch(() => ''),
    );
    return (await Promise.all(targets)).filter((target) => target === path).length;
  }

  /** Waits until the server let go of the file. */
  async function whenClosed(): Promise<void> {
    while ((await timesOpen()) > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  async function get(headers: Record<string, string>): Promise<[Response, Buffer]> {
    await using server = await ObservedServer.start(new FilesApp(folder));
    const [, port] = server.address as readonly [string, number];
    const response = await fetch(`http://127.0.0.1:${port}/large.bin`, { headers });
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(server.errors).to.deep.equal([]);
    return [response, bytes];
  }

  it('sends a large file whole', async () => {
    const [response, bytes] = await get({});
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-length')).to.equal('8000000');
    expect(bytes.equals(content)).to.equal(true);
    await whenClosed();
  });

  it('sends a large part of it', async () => {
    const [response, bytes] = await get({ range: 'bytes=1000000-6999999' });
    expect(response.status).to.equal(206);
    expect(response.headers.get('content-range')).to.equal('bytes 1000000-6999999/8000000');
    expect(bytes.equals(content.subarray(1_000_000, 7_000_000))).to.equal(true);
    await whenClosed();
  });

  it('sends several parts of it', async () => {
    const [response, bytes] = await get({ range: 'bytes=0-999999,-1000000' });
    expect(response.status).to.equal(206);
    expect(response.headers.get('content-length')).to.equal(String(bytes.length));
    // Behind the last part comes its boundary, a UUID.
    const last = bytes.subarray(-44 - 1_000_000, -44);
    expect(last.equals(content.subarray(7_000_000))).to.equal(true);
    await whenClosed();
  });

  it('closes the file when the client goes away in the middle', async () => {
    await using server = await ObservedServer.start(new FilesApp(folder));
    const client = await RawClient.to(server.address);
    client.send('GET /large.bin HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.receive(1000);
    expect(await timesOpen()).to.be.above(0);
    await client[Symbol.asyncDispose]();
    await whenClosed();
  });

  it('closes the file when a client pipelines and goes away at once', async () => {
    await using server = await ObservedServer.start(new FilesApp(folder));
    const client = await RawClient.to(server.address);
    client.send('GET /large.bin HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(4));
    await client.receive(1);
    client.socket.resetAndDestroy();
    await whenClosed();
  });
});
