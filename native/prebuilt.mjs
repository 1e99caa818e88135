// Puts the built addons, stripped, where the published package looks for them:
// native/prebuilds/<platform>-<arch>[-musl].node, and beside it -green_stack-abi<ABI>.node for each
// version of Node that green_stack was built under. Run after `node native/build.mjs`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
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
const prefix = join(
  nativeDir,
  'prebuilds',
  `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`,
);

mkdirSync(dirname(prefix), { recursive: true });
publish(built, `${prefix}.node`);
const stacks = join(nativeDir, 'build', 'green_stack');
for (const abi of existsSync(stacks) ? readdirSync(stacks) : []) {
  publish(join(stacks, abi, 'green_stack.node'), `${prefix}-green_stack-${abi}.node`);
}

function publish(source, target) {
  const unfinished = `${target}.${process.pid}`;
  copyFileSync(source, unfinished);
  if (process.platform !== 'win32') {
    const keepDynamic = process.platform === 'darwin' ? ['-x'] : ['--strip-unneeded'];
    const { status, error } = spawnSync('strip', [...keepDynamic, unfinished], {
      stdio: 'inherit',
    });
    if (status !== 0) process.stderr.write(`not stripped: ${error?.message ?? `exit ${status}`}\n`);
  }
  renameSync(unfinished, target);
}
