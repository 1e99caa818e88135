// Installs the package libpq for the tests, built for the running version of Node against Debian's libpq-dev:
// `node test/core/hub/support/build-libpq.mjs`. It is no dependency of the repository, because it can be
// installed only where PostgreSQL's headers are.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cache = '../../../../node_modules/.cache/libpq/';
const folder = fileURLToPath(new URL(`${cache}abi${process.versions.modules}/`, import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}package.json`, '{ "private": true }\n');
const flags = ['--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
execFileSync('npm', ['install', ...flags, 'libpq@1.11.0'], { cwd: folder, stdio: 'inherit' });
