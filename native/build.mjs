// Builds the native addons with node-gyp: `node native/build.mjs [--debug] [--asan] [--rebuild]`.
// With --stack it builds green_stack instead of the engine, for the version of Node that runs it.
// Nothing is downloaded where headers are at hand, and nothing is compiled twice: configure runs
// only when its inputs changed, and make does the rest.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const nativeDir = dirname(fileURLToPath(import.meta.url));

const { values: flags } = parseArgs({
  options: {
    debug: { type: 'boolean', default: false },
    asan: { type: 'boolean', default: false },
    rebuild: { type: 'boolean', default: false },
    stack: { type: 'boolean', default: false },
  },
});

// A sanitized build has a folder of its own, because node-gyp writes its products beside binding.gyp
// and the usual build must stay as it is.
const sourceDir = flags.stack ? join(nativeDir, 'stack') : nativeDir;
const gypDir = flags.asan ? join(nativeDir, 'build-asan', flags.stack ? 'stack' : '') : sourceDir;
const buildDir = join(gypDir, 'build');
const stampPath = join(buildDir, '.configured.json');

/** Links to everything that binding.gyp names. */
function linkSources() {
  mkdirSync(gypDir, { recursive: true });
  const names = flags.stack
    ? readdirSync(sourceDir).filter((name) => name !== 'build')
    : ['binding.gyp', 'engine', 'transport', 'connection', 'binding'];
  for (const name of names) {
    const link = join(gypDir, name);
    rmSync(link, { force: true });
    symlinkSync(relative(gypDir, join(sourceDir, name)), link);
  }
}

/** The Node version whose headers lie in `nodedir`, such as `v22.12.0`, or undefined. */
function headerVersion(nodedir) {
  const path = join(nodedir, 'include', 'node', 'node_version.h');
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  const part = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  return `v${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`;
}

/** npm's `nodedir` setting: where the user keeps the headers. npm hands it to scripts by name. */
function configuredNodedir() {
  const fromEnvironment = process.env.npm_config_nodedir;
  if (fromEnvironment) return fromEnvironment;
  const asked = spawnSync('npm', ['config', 'get', 'nodedir'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const answer = asked.stdout?.trim();
  return answer && answer !== 'undefined' && answer !== 'null' ? answer : undefined;
}

/**
 * Headers of exactly the running Node are the best; those lie beside its binary in the
 * distributions of Node. Then what the user configured. Undefined lets node-gyp download them.
 */
function chooseNodedir() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  if (headerVersion(prefix) === process.version) return prefix;
  return configuredNodedir();
}

/** binding.gyp and what it may include. */
function gypFiles() {
  return readdirSync(nativeDir, { recursive: true })
    .filter((path) => /\.gypi?$/.test(path) && !/^(stack[/\\])?build/.test(path))
    .map((path) => join(nativeDir, path));
}

function isOnPath(command) {
  if (command.includes('/')) return existsSync(command);
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => existsSync(join(folder, command)));
}

/** Commands that the build needs and that are not on the PATH. */
function missingTools() {
  if (process.platform === 'win32') return []; // node-gyp itself looks for Visual Studio
  const compiler = (process.env.CXX ?? 'g++').split(' ')[0];
  const python = process.env.PYTHON ?? process.env.npm_config_python ?? 'python3';
  return [python, 'make', compiler].filter((command) => !isOnPath(command));
}

function fail(message) {
  process.stderr.write(`gudeg native build: ${message}\n`);
  process.exit(1);
}

function nodeGyp(...args) {
  const script = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const common = ['-C', gypDir, '--loglevel=error', flags.debug ? '--debug' : '--release'];
  const { status, signal, error } = spawnSync(process.execPath, [script, ...args, ...common], {
    stdio: 'inherit',
    env: {
      ...process.env,
      // make then names what it compiles, and says nothing where there is nothing to do.
      MAKEFLAGS: `${process.env.MAKEFLAGS ?? ''} --silent`.trim(),
      // node-gyp prefers what npm hands to its scripts to its own --nodedir.
      ...(nodedir === undefined ? {} : { npm_config_nodedir: nodedir }),
    },
  });
  if (error) fail(`node-gyp could not be started: ${error.message}`);
  if (status !== 0) fail(`node-gyp ${args[0]} ended with ${signal ?? `exit code ${status}`}`);
}

const missing = missingTools();
if (missing.length > 0) {
  fail(
    `${missing.join(', ')} not found. Building needs python3, make and a C++20 compiler; ` +
      'on Debian or Ubuntu: apt-get install python3 make g++',
  );
}

const nodedir = chooseNodedir();
const inputs = JSON.stringify({
  gyp: gypFiles().map((path) => readFileSync(path, 'utf8')),
  nodedir,
  headers: nodedir === undefined ? process.version : headerVersion(nodedir),
  asan: flags.asan,
  defaultConfiguration: flags.debug ? 'Debug' : 'Release',
});

if (flags.asan) linkSources();
if (flags.rebuild) rmSync(buildDir, { recursive: true, force: true });
if (!existsSync(stampPath) || readFileSync(stampPath, 'utf8') !== inputs) {
  rmSync(stampPath, { force: true });
  nodeGyp(
    'configure',
    ...(nodedir === undefined ? [] : [`--nodedir=${nodedir}`]),
    `--asan=${flags.asan ? 1 : 0}`,
  );
  mkdirSync(buildDir, { recursive: true });
  writeFileSync(stampPath, inputs);
}
nodeGyp('build', `--jobs=${Math.min(availableParallelism(), 8)}`);

if (flags.stack && !flags.asan) {
  // Beside those of other versions of Node: one checkout serves several.
  const folder = join(nativeDir, 'build', 'green_stack', `abi${process.versions.modules}`);
  const built = join(buildDir, flags.debug ? 'Debug' : 'Release', 'green_stack.node');
  mkdirSync(folder, { recursive: true });
  copyFileSync(built, join(folder, `${process.pid}.unfinished`));
  renameSync(join(folder, `${process.pid}.unfinished`), join(folder, 'green_stack.node'));
}
