// Puts the built addons, stripped, where the published package looks for them:
// native/prebuilds/<platform>-<arch>[-musl].node. Run after `node native/build.mjs`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const nativeDir = dirname(fileURLToPath(import.meta.url));
const built = join(nativeDir, 'build', 'Release', 'http_engine.node');
if (!existsSync(built)) {
  process.stderr.write(`${built} is missing; build it first: npm run build:native\n`);
  process.exit(1);
}

const isMusl =
  process.platform === 'linux' &&
  process.report.getReport().header.glibcVersionRuntime === undefined;
const target = join(
  nativeDir,
  'prebuilds',
  `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}.node`,
);

mkdirSync(dirname(target), { recursive: true });
const unfinished = `${target}.${process.pid}`;
copyFileSync(built, unfinished);
if (process.platform !== 'win32') {
  const keepDynamic = process.platform === 'darwin' ? ['-x'] : ['--strip-unneeded'];
  const { status, error } = spawnSync('strip', [...keepDynamic, unfinished], { stdio: 'inherit' });
  if (status !== 0) process.stderr.write(`not stripped: ${error?.message ?? `exit ${status}`}\n`);
}
renameSync(unfinished, target);
