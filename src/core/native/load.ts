import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GudegError } from '../errors.ts';
import type { Engine } from './binding.ts';

const require = createRequire(import.meta.url);

/** The package's own folder: src/core/native and dist/core/native lie equally deep. */
const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** `linux-x64`, `linux-x64-musl`, `darwin-arm64`… */
export function platformName(): string {
  const isMusl = process.platform === 'linux' && glibcVersion() === undefined;
  return `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;
}

function glibcVersion(): string | undefined {
  const report = process.report.getReport() as {
    header?: { glibcVersionRuntime?: string };
  };
  return report.header?.glibcVersionRuntime;
}

/** Where an addon may lie: a local build in a checkout first, then the one that was shipped. */
function candidates(name: string): string[] {
  const built = ['Release', 'Debug'].map((configuration) =>
    join(packageRoot, 'native', 'build', configuration, `${name}.node`),
  );
  const isInstalled = packageRoot.includes(`${sep}node_modules${sep}`);
  const shipped = join(packageRoot, 'native', 'prebuilds', `${platformName()}.node`);
  return isInstalled ? [shipped] : [...built, shipped];
}

let loaded: Engine | null = null;

/**
 * Loads the HTTP engine, once. The environment variable GUDEG_NATIVE_PATH names another file to load.
 * @throws GUDEG_ERR_NATIVE_UNAVAILABLE with what was tried and what to do
 */
export function loadEngine(): Engine {
  loaded ??= load();
  return loaded;
}

function load(): Engine {
  const given = process.env['GUDEG_NATIVE_PATH'];
  const paths = given === undefined ? candidates('http_engine') : [given];
  const path = paths.find((each) => existsSync(each));
  let cause: unknown;
  if (path !== undefined) {
    try {
      return require(path) as Engine;
    } catch (error) {
      cause = error;
    }
  }
  throw unavailable(paths, path, cause);
}

function unavailable(paths: string[], path: string | undefined, cause: unknown): GudegError {
  const machine = `${platformName()}, Node ${process.version}`;
  const what =
    path === undefined
      ? `no HTTP engine for ${machine} was found; tried ${paths.join(', ')}`
      : `the HTTP engine ${path} cannot be loaded on ${machine}: ${(cause as Error).message}`;
  const cure =
    'reinstall gudeg on this machine, or in a checkout run "npm run build:native" (needs python3, make, g++)';
  return new GudegError('GUDEG_ERR_NATIVE_UNAVAILABLE', `${what}; ${cure}`, { cause });
}
