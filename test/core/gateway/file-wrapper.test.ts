import { expect } from 'chai';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileWrapper, type Environ, type GatewayApp, type GatewayResult } from 'gudeg/gateway';
import { sleep } from 'gudeg/green';

import { caught } from '../caught.ts';
import { GatewayServer } from './gateway-server.ts';

const content = Buffer.alloc(300_000, 'the quick brown fox\n');

/** An app that answers with what `make` gives. */
const giving =
  (
    make: (environ: Environ) => GatewayResult | PromiseLike<GatewayResult>,
    headers = {},
  ): GatewayApp =>
  (environ, startResponse) => {
    startResponse('200 OK', headers);
    return make(environ);
  };

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

describe("environ['wsgi.file_wrapper']", () => {
  let folder: string;
  let path: string;
  let fd: number;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gudeg-file-wrapper-'));
    path = join(folder, 'file');
    writeFileSync(path, content);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  beforeEach(() => {
    fd = openSync(path, 'r');
  });

  afterEach(() => {
    if (isOpen(fd)) closeSync(fd);
  });

  const wrapping = (...rest: [number?, { offset?: number; length?: number }?]): GatewayApp =>
    giving((environ) => environ['wsgi.file_wrapper'](fd, ...rest));

  it('sends a file that has a descriptor, with its length, and closes it', async () => {
    await using server = await GatewayServer.start(wrapping());
    const response = await server.get();
    expect(response.field('content-length')).to.equal(String(content.length));
    expect(response.body === content.toString()).to.equal(true);
    while (server.gateway.statistics().running > 0) await new Promise((done) => setImmediate(done));
    expect(isOpen(fd)).to.equal(false);
  });

  it('sends a part of it', async () => {
    await using server = await GatewayServer.start(wrapping(8192, { offset: 4, length: 5 }));
    expect((await server.get()).body).to.equal('quick');
  });

  it('sends as much as content-length announces', async () => {
    const app = giving((environ) => environ['wsgi.file_wrapper'](fd), { 'content-length': '9' });
    await using server = await GatewayServer.start(app);
    expect((await server.get()).body).to.equal('the quick');
  });

  it('fails when content-length announces more than there is', async () => {
    const announced = { 'content-length': String(content.length + 1) };
    const app = giving((environ) => environ['wsgi.file_wrapper'](fd), announced);
    await using server = await GatewayServer.start(app);
    expect((await server.get()).status).to.equal(500);
    expect(isOpen(fd)).to.equal(false);
  });

  it('to HEAD sends the head alone, and closes the file', async () => {
    await using server = await GatewayServer.start(wrapping());
    const response = await server.request('HEAD / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(response.field('content-length')).to.equal(String(content.length));
    while (server.gateway.statistics().running > 0) await new Promise((done) => setImmediate(done));
    expect(isOpen(fd)).to.equal(false);
  });

  it('takes a FileHandle', async () => {
    const app: GatewayApp = async (environ, startResponse) => {
      const handle = await open(path);
      startResponse('200 OK', []);
      return environ['wsgi.file_wrapper'](handle);
    };
    await using server = await GatewayServer.start(app);
    expect((await server.get()).body.length).to.equal(content.length);
  });

  it('takes what has a blocking read(size), in blocks of that size', async () => {
    const sizes: number[] = [];
    let closed = 0;
    const pieces = ['ab', Buffer.from('cd'), ''];
    const file = {
      read(size: number) {
        sleep(0.001);
        sizes.push(size);
        return pieces[sizes.length - 1] ?? '';
      },
      close: () => closed++,
    };
    await using server = await GatewayServer.start(
      giving((environ) => environ['wsgi.file_wrapper'](file, 7)),
    );
    expect((await server.get()).wire).to.equal('2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n');
    expect([sizes, closed]).to.deep.equal([[7, 7, 7], 1]);
  });

  it('goes on behind what was written', async () => {
    const app: GatewayApp = (environ, startResponse) => {
      startResponse('200 OK', [])('first ');
      return environ['wsgi.file_wrapper'](fd, 1024, { length: 9 });
    };
    await using server = await GatewayServer.start(app);
    expect((await server.get()).body).to.equal('first the quick');
  });

  it('refuses what is no file', () => {
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new FileWrapper('name' as never));
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new FileWrapper(1.5));
    caught('GUDEG_ERR_OUT_OF_RANGE', () => new FileWrapper(0, 0));
  });
});
