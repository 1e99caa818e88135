import { expect } from 'chai';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { packageManifest } from '../repository/tree.ts';
import { InstalledPackage, root } from './installed-package.ts';

/** Serves one request with `Server` and prints the answer. */
const serveOnce = `
  const app = () => [200, 'OK', { 'x-from': 'app' }, 'hello'];
  const server = new Server(['127.0.0.1', 0], app);
  await server.listen();
  const answer = await fetch('http://127.0.0.1:' + server.address[1] + '/');
  console.log(answer.status, answer.headers.get('x-from'), await answer.text());
  await server.close({ graceMs: 0 });
`;

describe('the packed and installed package', function () {
  this.timeout(120_000);

  let installed: InstalledPackage;

  before(async () => {
    installed = await InstalledPackage.create();
  });

  after(async () => {
    await (installed as InstalledPackage | undefined)?.[Symbol.asyncDispose]();
  });

  it('holds code, types, sources, the addon and the pages a user needs', () => {
    expect(installed.files).to.include.members([
      'package.json',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'docs/rgi.md',
      'examples/01-hello.js',
      'dist/core/index.js',
      'dist/core/index.d.ts',
      'dist/core/index.js.map',
      'dist/worker/cli.js',
      'src/core/index.ts',
    ]);
    expect(
      installed.files.filter((path) =>
        /^native\/prebuilds\/(?!.*green_stack)[\w-]+\.node$/.test(path),
      ),
    ).to.have.length(1);
    expect(
      installed.files.some((path) =>
        path.endsWith(`-green_stack-abi${process.versions.modules}.node`),
      ),
    ).to.be.true;
  });

  it('holds no tests, no build files and no settings of the repository', () => {
    const allowed =
      /^(dist|src|native\/prebuilds|examples)\/|^docs\/([\w-]+\.md|settings\.schema\.json)$|^([A-Z]+\.md|package\.json|LICENSE)$/;
    const surplus = installed.files.filter(
      (path) => !allowed.test(path) || path.endsWith('.tsbuildinfo'),
    );
    expect(surplus).to.deep.equal([]);
  });

  it('has no script that npm would run when it is installed', () => {
    const { scripts } = packageManifest();
    expect(scripts).not.to.have.any.keys('preinstall', 'install', 'postinstall', 'prepare');
  });

  it('is imported by an ES module and serves a request', async () => {
    const { stdout } = await installed.runFile(
      'import.mjs',
      `import { Server } from 'gudeg';\n${serveOnce}`,
    );
    expect(stdout).to.equal('200 app hello\n');
  });

  it('is required by a CommonJS module, which gets the very same classes', async () => {
    const { stdout } = await installed.runFile(
      'require.cjs',
      `const required = require('gudeg');
       import('gudeg').then((imported) => console.log(required.Server === imported.Server));`,
    );
    expect(stdout).to.equal('true\n');
  });

  it('serves in two worker threads and in the main thread at once', async () => {
    const { stdout } = await installed.runFile(
      'threads.mjs',
      `import { isMainThread, Worker } from 'node:worker_threads';
       import { once } from 'node:events';
       import { Server } from 'gudeg';
       const threads = isMainThread ? [1, 2].map(() => new Worker(new URL(import.meta.url))) : [];
       const exits = threads.map((thread) => once(thread, 'exit'));
       ${serveOnce}
       for (const [code] of await Promise.all(exits)) console.log('exit', code);`,
    );
    const lines = stdout.trim().split('\n').sort();
    expect(lines).to.deep.equal([
      '200 app hello',
      '200 app hello',
      '200 app hello',
      'exit 0',
      'exit 0',
    ]);
  });

  it('says what it looked for and what to do where there is no addon for the machine', async () => {
    const prebuilds = join(installed.project, 'node_modules', 'gudeg', 'native', 'prebuilds');
    await rename(prebuilds, `${prebuilds}.away`);
    try {
      const { stdout } = await installed.runFile(
        'missing.mjs',
        `try {
           const { Server } = await import('gudeg');
           ${serveOnce}
         } catch (error) {
           console.log(JSON.stringify({ code: error.code, message: error.message }));
         }`,
      );
      const { code, message } = JSON.parse(stdout) as { code: string; message: string };
      expect(code).to.equal('GUDEG_ERR_NATIVE_UNAVAILABLE');
      expect(message).to.include(`${process.platform}-${process.arch}`);
      expect(message).to.include(join('native', 'prebuilds'));
      expect(message).to.match(/build/);
    } finally {
      await rename(`${prebuilds}.away`, prebuilds);
    }
  });

  it('has declarations without an error, also where a project checks those of its libraries', async () => {
    const doors = Object.keys(packageManifest().exports).filter((door) => !door.endsWith('.json'));
    const source = doors.map((door, i) => `export * as door${i} from 'gudeg${door.slice(1)}';\n`);
    const modules = join(installed.project, 'node_modules');
    await mkdir(join(modules, '@types'));
    for (const name of ['@types/node', '@types/express', 'express', 'fastify'])
      await symlink(join(root, 'node_modules', name), join(modules, name));
    const file = join(installed.project, 'doors.mts');
    await writeFile(file, source);
    const options =
      '--ignoreConfig --strict --noEmit --module nodenext --target esnext --types node'.split(' ');
    await installed.runTool('typescript/bin/tsc', ...options, file);
  });

  it('passes publint', async () => {
    const { stdout } = await installed.runTool('publint/src/cli.js', installed.tarball, '--strict');
    expect(stdout).to.match(/All good/i);
  });

  it('has types that every ESM resolution finds (are the types wrong?)', async () => {
    const { stdout } = await installed.runTool(
      '@arethetypeswrong/cli/dist/index.js',
      installed.tarball,
      '--profile=esm-only',
      '--format=ascii',
    );
    expect(stdout)
      .to.match(/node16 \(from ESM\): 🟢/)
      .and.to.match(/bundler: 🟢/);
  });
});
