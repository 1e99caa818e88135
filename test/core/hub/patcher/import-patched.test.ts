import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { importPatched, inject } from '../../../../src/core/hub/index.ts';
import { parks } from '../in-green.ts';

interface Library {
  readonly load: (path: string) => string;
  readonly state: { count: number };
}

const canCopyEsModules = 'registerHooks' in nodeModule;

describe('importPatched()', () => {
  let folder: string;
  let parent: URL;
  const files: Record<string, string> = {
    'app.cjs': `
      const inner = require('./inner.cjs');
      exports.load = (path) => inner.read(path);
      exports.state = inner.state;
      exports.data = require('./data.json');
      exports.sep = require('node:path').sep;`,
    'inner.cjs': `
      const { readFileSync } = require('fs');
      const app = require('./app.cjs');
      exports.read = (path) => readFileSync(path, 'utf8');
      exports.state = { count: 0, circle: typeof app };`,
    'data.json': '{"a":1}',
    'app.mjs': `
      import { read } from './inner.mjs';
      import inner, { state } from './inner.cjs';
      import { basename } from 'node:path';
      export const load = (path) => read(path) + basename(path);
      export const loadCommonJs = (path) => inner.read(path);
      export { state };`,
    'inner.mjs': `
      import fs, { readFileSync } from 'node:fs';
      export const read = (path) => readFileSync(path, 'utf8') + fs.readFileSync(path, 'utf8');`,
    'node_modules/library/index.js': `exports.load = (path) => require('node:fs').readFileSync(path, 'utf8');`,
    'node_modules/library/package.json': '{"name":"library"}',
    'text.txt': 'text',
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gudeg-import-'));
    parent = pathToFileURL(join(folder, 'any.js'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('196: gives a copy of a CommonJS module whose calls park, and leaves the rest as it is', async () => {
    const { readFileSync } = fs;
    const copy = await importPatched<Library & { data: object; sep: string }>('./app.cjs', parent);
    const text = join(folder, 'text.txt');
    expect(copy.load(text)).to.equal('text');
    expect(await parks(() => copy.load(text))).to.be.true;
    expect(fs.readFileSync).to.equal(readFileSync);
    expect(await parks(() => fs.readFileSync(text))).to.be.false;
    expect(copy)
      .to.include({ sep: '/' })
      .and.deep.include({ data: { a: 1 } });
    copy.state.count++;
    const other = await importPatched<{ default: Library }>('./app.cjs', parent, 'fs');
    expect(other.default.state).to.deep.equal({ count: 0, circle: 'object' });
    const library = await importPatched<Library>('library', parent);
    expect(await parks(() => library.load(text))).to.be.true;
  });

  it('patches nothing but the parts that are named', async () => {
    const copy = await importPatched<Library>('./app.cjs', parent, 'zlib');
    expect(await parks(() => copy.load(join(folder, 'text.txt')))).to.be.false;
    const error: unknown = await importPatched('./app.cjs', parent, 'foo' as 'fs').catch(
      (each: unknown) => each,
    );
    expect(error).to.have.property('code', 'GUDEG_ERR_INVALID_OPTION');
  });

  it('inject() puts other modules in the place of those that are imported', async () => {
    const copy = await inject<Library>('./app.cjs', parent, {
      'node:fs': { readFileSync: (path: string) => `injected ${path}` },
    });
    expect(copy.load('x')).to.equal('injected x');
    const error: unknown = await inject('./app.cjs', parent, {
      './inner.cjs': {
        get read(): never {
          throw new Error('asked for');
        },
      },
    })
      .then(
        (each) => (each['load'] as () => void)(),
        (each: unknown) => each,
      )
      .catch((each: unknown) => each);
    expect(error).to.have.property('message', 'asked for');
  });

  it('gives a copy of an ES module, of what it imports too, where Node has hooks for it', async function () {
    const importing = importPatched<Library & { loadCommonJs: (path: string) => string }>(
      './app.mjs',
      parent,
    );
    if (!canCopyEsModules) {
      const error: unknown = await importing.catch((each: unknown) => each);
      expect(error).to.have.property('code', 'GUDEG_ERR_HUB_STATE');
      expect((error as Error).message).to.match(/Node 22\.15/);
      return;
    }
    const copy = await importing;
    const text = join(folder, 'text.txt');
    expect(copy.load(text)).to.equal('texttexttext.txt');
    expect(await parks(() => copy.load(text))).to.be.true;
    expect(await parks(() => copy.loadCommonJs(text))).to.be.true;
    const plain = (await import(pathToFileURL(join(folder, 'app.mjs')).href)) as Library;
    expect(await parks(() => plain.load(text))).to.be.false;
    copy.state.count++;
    expect(plain.state.count).to.equal(0);
  });
});
