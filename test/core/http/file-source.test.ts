import { expect } from 'chai';
import { fstatSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Body, FileSource } from '../../../src/core/http/index.ts';
import { caught, rejected } from '../caught.ts';

describe('FileSource', () => {
  let folder: string;
  let path: string;
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gudeg-file-source-'));
    path = join(folder, 'file');
    await writeFile(path, content);
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  it('gives a part of a file, at most 64 KiB at a time, then nothing', async () => {
    const source = new FileSource(openSync(path, 'r'), 1000, 100_000);
    const first = await source.read(1_048_576);
    expect(first).to.have.length(65_536);
    const second = await source.read(1_048_576);
    expect(Buffer.concat([first, second]).equals(content.subarray(1000, 101_000))).to.equal(true);
    expect(await source.read(1)).to.have.length(0);
    source.close();
  });

  it('stands in a Body, which closes it at the end', async () => {
    const source = new FileSource(openSync(path, 'r'), 0, content.length);
    const { fd } = source;
    const body = new Body(source, content.length);
    expect(content.equals(await body.read())).to.equal(true);
    expect(source.fd).to.equal(-1);
    await isClosed(fd);
  });

  it('rejects a Body that is longer than the file', async () => {
    const body = new Body(new FileSource(openSync(path, 'r'), 0, 300_000), 300_000);
    const error = await rejected('GUDEG_ERR_BODY_TRUNCATED', body.read());
    expect(error.message).to.include('after 200000 of 300000');
  });

  it('is closed when its Body is given up, once', async () => {
    const source = new FileSource(openSync(path, 'r'), 0, 10);
    const { fd } = source;
    new Body(source, 10).close();
    source.close();
    await isClosed(fd);
    await rejected('GUDEG_ERR_BODY_STATE', source.read(1));
  });

  it('closes the file only when a running read has ended', async () => {
    const source = new FileSource(openSync(path, 'r'), 0, 10);
    const reading = source.read(10);
    source.close();
    expect(source.fd).not.to.equal(-1);
    expect(await reading).to.have.length(10);
    expect(source.fd).to.equal(-1);
  });

  it('needs a descriptor, an offset and a length', () => {
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new FileSource(-1, 0, 1));
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new FileSource('x' as never, 0, 1));
    caught('GUDEG_ERR_OUT_OF_RANGE', () => new FileSource(0, -1, 1));
    caught('GUDEG_ERR_OUT_OF_RANGE', () => new FileSource(0, 0, 2 ** 53));
  });
});

/** Closing is the thread pool's work; wait until the number is free. */
async function isClosed(fd: number): Promise<void> {
  for (;;) {
    try {
      fstatSync(fd);
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).to.equal('EBADF');
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
