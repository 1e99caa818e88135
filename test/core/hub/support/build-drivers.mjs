// Installs drivers of databases for the tests that are built for one version of Node, the running one:
// `node test/core/hub/support/build-drivers.mjs`. They are no dependencies of the repository: `npm ci` would compile
// them for a minute, for one version of Node only, and fail where PostgreSQL's headers (libpq-dev) are missing.
//
// better-sqlite3 13, which is a dependency, brings its binaries along and is one for all versions from Node 22 on; on
// Node 20 the tests run on version 12.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = '../../../../node_modules/.cache/drivers/';
const folder = fileURLToPath(new URL(`${cache}abi${process.versions.modules}/`, import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}package.json`, '{ "private": true }\n');
const flags = ['--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
const packages = ['libpq@1.11.0', 'pg-native@3.9.0', 'pg@8.23.1'];
if (Number(process.versions.node.split('.')[0]) < 22) packages.push('better-sqlite3@12.11.1');
// The headers beside the running Node, where there are some: those that npm is configured for may be of another version.
const prefix = dirname(dirname(process.execPath));
const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_version.h'));
execFileSync('npm', ['install', ...flags, ...packages], {
  cwd: folder,
  stdio: 'inherit',
  env: {
    ...process.env,
    // Compiled in half of the time, and not looked for on the web before.
    CFLAGS: '-O1',
    CXXFLAGS: '-O0',
    npm_config_jobs: 'max',
    npm_config_build_from_source: 'true',
    ...(hasHeaders ? { npm_config_nodedir: prefix } : {}),
  },
});
