import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Body, BodyIter, Range } from '../../../src/core/http/index.ts';
import {
  FilesApp,
  Router,
  Validator,
  api,
  mkreq,
  type App,
  type FilesAppOptions,
} from '../../../src/core/rgi/index.ts';
import { caught, rejected } from '../caught.ts';
import { RecordingSink } from '../http/recording-sink.ts';
import { sessionDouble } from './session-double.ts';

interface Answer {
  status: number;
  reason: string;
  headers: Record<string, string>;
  text: string | null;
  body: unknown;
}

/** What a validated app answers; the body is written out. */
async function answer(
  app: App,
  uri: string,
  headers: Record<string, string | Range> = {},
  method = 'GET',
): Promise<Answer> {
  const request = mkreq(method, uri, headers);
  const [status, reason, given, body] = await new Validator(app)(sessionDouble(), request, api);
  let text: string | null = null;
  if (body instanceof Body || body instanceof BodyIter) {
    const sink = new RecordingSink();
    await body.writeTo(sink);
    text = sink.text;
  } else if (body !== null) {
    text = Buffer.from(body as Uint8Array).toString('latin1');
  }
  const rendered = Object.entries(given).map(([name, value]) => [name, String(value)]);
  return { status, reason, headers: Object.fromEntries(rendered) as Answer['headers'], text, body };
}

const modified = new Date('2024-05-06T07:08:09.500Z');
const modifiedText = 'Mon, 06 May 2024 07:08:09 GMT';
const large = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

describe('FilesApp', () => {
  let folder: string;
  let root: string;
  const app = (options?: FilesAppOptions): FilesApp => new FilesApp(root, options);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gudeg-files-'));
    root = join(folder, 'root');
    for (const name of ['root/sub/empty', 'root/.hidden', 'rootbeer', 'outside']) {
      await mkdir(join(folder, name), { recursive: true });
    }
    const files: Record<string, string | Buffer> = {
      'root/index.html': '<h1>root</h1>',
      'root/sub/index.html': '<h1>sub</h1>',
      'root/digits.txt': '0123456789',
      'root/digits.txt.br': 'brotli',
      'root/digits.txt.gz': 'gzipped',
      'root/only.css': 'a{}',
      'root/a b+c.txt': 'blank',
      'root/grün.txt': 'green',
      'root/100%.txt': 'percent',
      'root/empty.txt': '',
      'root/large.bin': large,
      'root/.env': 'secret',
      'root/.hidden/file.txt': 'secret',
      'rootbeer/file.txt': 'secret',
      'outside/file.txt': 'secret',
    };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, name), content);
      await utimes(join(folder, name), modified, modified);
    }
    await symlink('digits.txt', join(root, 'inside.txt'));
    await symlink('../outside/file.txt', join(root, 'escape.txt'));
    await symlink('../rootbeer', join(root, 'beer'));
    await symlink(join(folder, 'outside'), join(root, 'absolute'));
    await symlink('.env', join(root, 'undotted'));
    await symlink('loop', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  describe('finds', () => {
    for (const [uri, text, type] of [
      ['/', '<h1>root</h1>', 'text/html; charset=utf-8'],
      ['/?query', '<h1>root</h1>', 'text/html; charset=utf-8'],
      ['/index.html', '<h1>root</h1>', 'text/html; charset=utf-8'],
      ['/sub/', '<h1>sub</h1>', 'text/html; charset=utf-8'],
      ['/digits.txt', '0123456789', 'text/plain; charset=utf-8'],
      ['/digits.txt?v=2', '0123456789', 'text/plain; charset=utf-8'],
      ['/%64igits.txt', '0123456789', 'text/plain; charset=utf-8'],
      ['/a%20b+c.txt', 'blank', 'text/plain; charset=utf-8'],
      ['/gr%C3%BCn.txt', 'green', 'text/plain; charset=utf-8'],
      ['/100%25.txt', 'percent', 'text/plain; charset=utf-8'],
      ['/only.css', 'a{}', 'text/css; charset=utf-8'],
      ['/empty.txt', '', 'text/plain; charset=utf-8'],
      ['/inside.txt', '0123456789', 'text/plain; charset=utf-8'],
      ['/large.bin', large.toString('latin1'), 'application/octet-stream'],
    ] as const) {
      it(uri, async () => {
        const found = await answer(app(), uri);
        expect(found).to.include({ status: 200, reason: 'OK', text });
        expect(found.headers).to.include({
          'content-type': type,
          'accept-ranges': 'bytes',
          'last-modified': modifiedText,
        });
        expect(found.headers['etag']).to.match(/^"[0-9a-z]+-[0-9a-z]+"$/);
      });
    }

    it('the same below a mount', async () => {
      const mounted = new Router({ static: app() });
      expect(await answer(mounted, '/static/digits.txt')).to.include({ text: '0123456789' });
      expect(await answer(mounted, '/static/')).to.include({ text: '<h1>root</h1>' });
    });

    it('large files as a Body, which the server may leave to the kernel', async () => {
      const { body, text } = await answer(app(), '/large.bin');
      expect(body).to.be.instanceOf(Body);
      const sent = createHash('sha256')
        .update(text ?? '', 'latin1')
        .digest('hex');
      expect(sent).to.equal(createHash('sha256').update(large).digest('hex'));
      expect((await answer(app(), '/digits.txt')).body).to.be.instanceOf(Buffer);
    });
  });

  describe('refuses', () => {
    for (const [uri, status] of [
      ['/nix.txt', 404],
      ['/digits.txt/', 404],
      ['/digits.txt/x', 404],
      ['/sub/empty/', 404],
      ['/sub//index.html', 404],
      ['//digits.txt', 404],
      ['/sub/..', 400],
      ['/sub/../digits.txt', 400],
      ['/..', 400],
      ['/../outside/file.txt', 400],
      ['/%2e%2e/outside/file.txt', 400],
      ['/%2E%2E/outside/file.txt', 400],
      ['/.%2e/outside/file.txt', 400],
      ['/./digits.txt', 400],
      ['/..%2foutside%2ffile.txt', 404],
      ['/%2fetc%2fpasswd', 404],
      ['/sub%2findex.html', 404],
      ['/..%5coutside', 404],
      ['/digits.txt%00.png', 400],
      ['/%', 400],
      ['/%zz', 400],
      ['/%ff', 400],
      ['/.env', 404],
      ['/%2eenv', 404],
      ['/.hidden/file.txt', 404],
      ['/undotted', 404],
      ['/escape.txt', 404],
      ['/beer/file.txt', 404],
      ['/absolute/file.txt', 404],
      ['/loop', 404],
      ['/fifo', 404],
      [`/${'x'.repeat(300)}`, 404],
    ] as const) {
      it(`${uri.slice(0, 40)} with ${status}`, async () => {
        const refused = await answer(app(), uri);
        expect(refused.status).to.equal(status);
        expect(refused.text).not.to.include('secret');
      });
    }

    it('what the user may not read with 403', async function () {
      if (process.getuid?.() === 0) this.skip();
      const path = join(root, 'locked.txt');
      await writeFile(path, 'secret', { mode: 0o000 });
      expect(await answer(app(), '/locked.txt')).to.include({ status: 403 });
    });

    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'get']) {
      it(`${method} with 405`, async () => {
        const refused = await answer(app(), '/digits.txt', {}, method);
        expect(refused.status).to.equal(405);
        expect(refused.headers).to.include({ allow: 'GET, HEAD' });
      });
    }

    it('in words, except to HEAD', async () => {
      expect(await answer(app(), '/nix')).to.include({ text: '404 Not Found\n' });
      expect(await answer(app(), '/nix', {}, 'HEAD')).to.include({ status: 404, text: null });
    });
  });

  describe('leads to a directory with the slash at the end', () => {
    for (const [uri, location] of [
      ['/sub', '/sub/'],
      ['/sub?a=b', '/sub/?a=b'],
      ['/%73ub', '/%73ub/'],
    ] as const) {
      it(`from ${uri}`, async () => {
        const moved = await answer(app(), uri);
        expect(moved).to.include({ status: 301, text: null });
        expect(moved.headers).to.include({ location });
      });
    }

    it('below a mount', async () => {
      const mounted = new Router({ static: { files: app() } });
      expect((await answer(mounted, '/static/files')).headers).to.include({
        location: '/static/files/',
      });
      expect((await answer(mounted, '/static/files/sub')).headers).to.include({
        location: '/static/files/sub/',
      });
      expect(await answer(mounted, '/static/files', {}, 'HEAD')).to.include({ status: 301 });
    });

    it('and never to another host', async () => {
      await mkdir(join(root, 'example.com'), { recursive: true });
      const mounted = new Router({ '': app() });
      expect(await answer(mounted, '//example.com')).to.include({ status: 404 });
    });
  });

  it('answers HEAD as GET, without the body and with its length', async () => {
    const get = await answer(app(), '/digits.txt');
    const head = await answer(app(), '/digits.txt', {}, 'HEAD');
    expect(head).to.include({ status: 200, text: null });
    expect(head.headers).to.deep.equal({ ...get.headers, 'content-length': '10' });
    const ranged = await answer(app(), '/digits.txt', { range: 'bytes=0-1' }, 'HEAD');
    expect(ranged, 'range is for GET only').to.include({ status: 200 });
  });

  describe('serves conditional requests:', () => {
    let etag: string;

    before(async () => {
      etag = (await answer(app(), '/digits.txt')).headers['etag'] ?? '';
    });

    it('304 to a client that has the file', async () => {
      for (const headers of [{ 'if-none-match': etag }, { 'if-modified-since': modifiedText }]) {
        for (const method of ['GET', 'HEAD']) {
          const known = await answer(
            app({ cacheControl: 'no-cache' }),
            '/digits.txt',
            headers,
            method,
          );
          expect(known).to.include({ status: 304, reason: 'Not Modified', text: null });
          expect(known.headers).to.deep.equal({
            etag,
            'accept-ranges': 'bytes',
            'cache-control': 'no-cache',
            'last-modified': modifiedText,
          });
        }
      }
    });

    it('412 to a client that means another', async () => {
      const old = { 'if-unmodified-since': 'Mon, 06 May 2024 07:08:08 GMT' };
      expect(await answer(app(), '/digits.txt', { 'if-match': '"x"' })).to.include({ status: 412 });
      expect(await answer(app(), '/digits.txt', old)).to.include({ status: 412 });
      expect(await answer(app(), '/digits.txt', { 'if-match': etag })).to.include({ status: 200 });
    });

    it('another tag when the file changes', async () => {
      const path = join(root, 'changing.txt');
      await writeFile(path, 'one');
      const first = (await answer(app(), '/changing.txt')).headers['etag'];
      await writeFile(path, 'two');
      await utimes(path, modified, new Date(modified.getTime() + 1));
      expect((await answer(app(), '/changing.txt')).headers['etag']).not.to.equal(first);
    });
  });

  describe('serves ranges:', () => {
    for (const [range, text, contentRange] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=8-100', '89', 'bytes 8-9/10'],
      ['bytes=0-2,1-4', '01234', 'bytes 0-4/10'],
    ] as const) {
      it(`${range} is ${contentRange}`, async () => {
        const part = await answer(app(), '/digits.txt', { range });
        expect(part).to.include({ status: 206, reason: 'Partial Content', text });
        expect(part.headers).to.include({
          'content-range': contentRange,
          'content-type': 'text/plain; charset=utf-8',
        });
      });
    }

    it('a Range object, as the server gives the simple form', async () => {
      const part = await answer(app(), '/digits.txt', { range: new Range(2, 5) });
      expect(part).to.include({ status: 206, text: '234' });
    });

    it('a large part of a large file', async () => {
      const part = await answer(app(), '/large.bin', { range: 'bytes=1000-250999' });
      expect(part.body).to.be.instanceOf(Body);
      expect(part.text === large.subarray(1000, 251_000).toString('latin1')).to.equal(true);
    });

    it('416 when no byte is there', async () => {
      const none = await answer(app(), '/digits.txt', { range: 'bytes=10-' });
      expect(none.status).to.equal(416);
      expect(none.headers).to.include({ 'content-range': 'bytes */10' });
    });

    it('the whole file when the field is malformed, or if-range names another', async () => {
      expect(await answer(app(), '/digits.txt', { range: 'lines=1-2' })).to.include({
        status: 200,
      });
      const changed = { range: 'bytes=0-1', 'if-range': '"x"' };
      expect(await answer(app(), '/digits.txt', changed)).to.include({ status: 200 });
      const { etag } = (await answer(app(), '/digits.txt')).headers;
      const same = { range: 'bytes=0-1', 'if-range': etag ?? '' };
      expect(await answer(app(), '/digits.txt', same)).to.include({ status: 206, text: '01' });
    });

    it('several as multipart/byteranges', async () => {
      const parts = await answer(app(), '/digits.txt', { range: 'bytes=7-8,0-1' });
      expect(parts.status).to.equal(206);
      expect(parts.headers).not.to.have.property('content-range');
      const [, boundary] =
        /^multipart\/byteranges; boundary=([-0-9a-f]{36})$/.exec(
          parts.headers['content-type'] ?? '',
        ) ?? [];
      const part = (range: string, text: string): string =>
        `\r\n--${boundary}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes ${range}/10\r\n\r\n${text}`;
      expect(parts.text).to.equal(
        `${part('7-8', '78')}${part('0-1', '01')}\r\n--${boundary}--\r\n`,
      );
    });

    it('not of two versions of a file in one answer', async () => {
      const path = join(root, 'swapped.txt');
      await writeFile(path, '0123456789');
      const request = mkreq('GET', '/swapped.txt', { range: 'bytes=0-1,5-6' });
      const [, , , body] = await app()(sessionDouble(), request, api);
      await utimes(path, modified, modified);
      await rejected('GUDEG_ERR_BODY_SOURCE', (body as BodyIter).writeTo(new RecordingSink()));
    });
  });

  describe('takes the option', () => {
    it('index: another file, or none', async () => {
      expect(await answer(app({ index: 'digits.txt' }), '/')).to.include({ text: '0123456789' });
      expect(await answer(app({ index: null }), '/')).to.include({ status: 404 });
    });

    it('cacheControl', async () => {
      const found = await answer(app({ cacheControl: 'max-age=60' }), '/digits.txt');
      expect(found.headers).to.include({ 'cache-control': 'max-age=60' });
      expect((await answer(app(), '/digits.txt')).headers).not.to.have.property('cache-control');
    });

    it('dotfiles', async () => {
      expect(await answer(app({ dotfiles: true }), '/.env')).to.include({ text: 'secret' });
      expect(await answer(app({ dotfiles: true }), '/undotted')).to.include({ text: 'secret' });
      expect(await answer(app({ dotfiles: true }), '/..')).to.include({ status: 400 });
    });

    it('escapingSymlinks', async () => {
      const lenient = app({ escapingSymlinks: true });
      expect(await answer(lenient, '/escape.txt')).to.include({ text: 'secret' });
      expect(await answer(lenient, '/absolute/file.txt')).to.include({ text: 'secret' });
    });

    it('contentTypes', async () => {
      const typed = app({ contentTypes: { bin: 'application/x-own', txt: 'text/x-own' } });
      expect((await answer(typed, '/large.bin')).headers['content-type']).to.equal(
        'application/x-own',
      );
      expect((await answer(typed, '/digits.txt')).headers['content-type']).to.equal('text/x-own');
      expect((await answer(typed, '/only.css')).headers['content-type']).to.match(/^text\/css/);
    });

    it('precompressed', async () => {
      const packed = app({ precompressed: true });
      for (const [accept, text, coding] of [
        ['gzip, br', 'brotli', 'br'],
        ['gzip', 'gzipped', 'gzip'],
        ['gzip, br;q=0.1', 'gzipped', 'gzip'],
        ['identity', '0123456789', undefined],
      ] as const) {
        const found = await answer(packed, '/digits.txt', { 'accept-encoding': accept });
        expect(found, accept).to.include({ status: 200, text });
        expect(found.headers['content-encoding']).to.equal(coding);
        expect(found.headers).to.include({
          vary: 'accept-encoding',
          'content-type': 'text/plain; charset=utf-8',
        });
      }
      const plain = await answer(packed, '/only.css', { 'accept-encoding': 'br' });
      expect(plain).to.include({ text: 'a{}' });
      const { headers } = await answer(app(), '/digits.txt', { 'accept-encoding': 'br' });
      expect(headers).not.to.have.any.keys('vary', 'content-encoding');
    });
  });

  it('leaves no file open, whatever it answers', async function () {
    if (process.platform !== 'linux') this.skip();
    const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    const counted = await openFiles();
    for (const uri of ['/', '/sub', '/sub/empty/', '/nix', '/escape.txt', '/fifo', '/digits.txt']) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        await answer(app({ precompressed: true }), uri, { 'accept-encoding': 'br' }, method);
        await answer(app(), uri, { 'if-none-match': '*' }, method);
        await answer(app(), uri, { 'if-match': '"x"' }, method);
        await answer(app(), uri, { range: 'bytes=100-' }, method);
        await answer(app(), uri, { range: 'bytes=0-0,2-3' }, method);
      }
    }
    expect(await openFiles()).to.equal(counted);
  });

  it('needs a directory that exists, and knows its options', () => {
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new FilesApp(5 as never));
    const missing = caught('GUDEG_ERR_INVALID_ARG_VALUE', () => new FilesApp(join(folder, 'nix')));
    expect(missing.message).to.include(join(folder, 'nix'));
    caught('GUDEG_ERR_INVALID_ARG_VALUE', () => new FilesApp(join(root, 'digits.txt')));
    const unknown = caught(
      'GUDEG_ERR_INVALID_OPTION',
      () => new FilesApp(root, { idx: 1 } as never),
    );
    expect(unknown.message).to.match(/no option 'idx'; it has index, cacheControl/);
  });
});
