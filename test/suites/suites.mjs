// The suites of other projects that `npm run test:suites` runs: where each comes from, at which commit, and how
// its tests are started. `--bail` and coverage are left out everywhere, so that every test reports.

/**
 * @typedef {object} Suite
 * @property {string} repository owner and name on GitHub
 * @property {string} tag what is checked out
 * @property {string} commit what the tag must point at
 * @property {'mocha' | 'node:test'} runner
 * @property {string[]} arguments_ arguments of the runner
 * @property {RegExp} files which files of the checkout are tests
 * @property {number} [timeoutMs] for the whole suite
 */

const mocha = (repository, tag, commit, files, arguments_ = []) => ({
  repository,
  tag,
  commit,
  runner: 'mocha',
  arguments_: ['--check-leaks', ...arguments_],
  files,
});

const nodeTest = (repository, tag, commit, files, timeoutMs) => ({
  repository,
  tag,
  commit,
  runner: 'node:test',
  arguments_: [],
  files,
  ...(timeoutMs && { timeoutMs }),
});

const supportEnv = ['--require', './test/support/env'];

/** @type {Record<string, Suite>} */
export const suites = {
  express: mocha(
    'expressjs/express',
    'v5.2.1',
    'dbac741a49a5a64336b70c06e85c2e2706e36336',
    /^test\/(acceptance\/)?[^/]+\.js$/,
    supportEnv,
  ),
  fastify: nodeTest(
    'fastify/fastify',
    'v5.12.1',
    '7d196a998c422062a3aaa3f8041db91ad576cea0',
    /^test\/.*\.test\.m?js$/,
    30 * 60_000,
  ),
  'body-parser': mocha(
    'expressjs/body-parser',
    'v2.3.0',
    'd0f2ace6c74769da7d19b8661b9a01c01bdb0bf7',
    /^test\/[^/]+\.js$/,
  ),
  'serve-static': mocha(
    'expressjs/serve-static',
    'v2.2.1',
    '76312e12c2754c226a685201ff43d785455d0590',
    /^test\/[^/]+\.js$/,
  ),
  compression: mocha(
    'expressjs/compression',
    'v1.8.1',
    '83a0c45fe190f4fcb8b515c18065db9cb9029dd1',
    /^test\/[^/]+\.js$/,
  ),
  morgan: mocha(
    'expressjs/morgan',
    '1.10.1',
    'c1c7f107d2b58d4b9af655b7347cfe29815a897c',
    /^test\/[^/]+\.js$/,
  ),
  supertest: mocha(
    'forwardemail/supertest',
    'v7.2.2',
    'd7997513dcfb2f918e617f48ea4d56006aa0c3c3',
    /^test\/[^/]+\.js$/,
    ['--exit', '--require', 'should'],
  ),
  '@fastify/static': nodeTest(
    'fastify/fastify-static',
    'v10.1.2',
    '7a9d1c638dfad3f43973a90a3394e0207ee2ad20',
    /^test\/.*\.test\.js$/,
  ),
  '@fastify/multipart': nodeTest(
    'fastify/fastify-multipart',
    'v10.1.0',
    '0a8ab66f6d40cb1d5883047c08095e39bd30298a',
    /^test\/.*\.test\.js$/,
  ),
  '@fastify/websocket': nodeTest(
    'fastify/fastify-websocket',
    'v11.3.0',
    'e486057e335fddf3adf26b4fc0561482572c1ba7',
    /^test\/.*\.test\.js$/,
  ),
  ws: mocha(
    'websockets/ws',
    '8.21.0',
    'bca91adf15677e47dbe4f959653452727be28b94',
    /^test\/[^/]+\.test\.js$/,
    ['--throw-deprecation'],
  ),
  finalhandler: mocha(
    'pillarjs/finalhandler',
    'v2.1.1',
    'aa2851f6b6cf48238a307299be691721530e9172',
    /^test\/[^/]+\.js$/,
  ),
  send: mocha(
    'pillarjs/send',
    '1.2.1',
    '096a6148bea0b82ca974fe0016e6eac280869249',
    /^test\/[^/]+\.js$/,
  ),
  'on-finished': mocha(
    'jshttp/on-finished',
    'v2.4.1',
    '1111fe8e913debaf3da9bd4f6bda216ef36097fa',
    /^test\/[^/]+\.js$/,
  ),
  connect: mocha(
    'senchalabs/connect',
    '3.7.0',
    'fa8916e6350e01262e86ccee82f490c65e04c728',
    /^test\/[^/]+\.js$/,
    supportEnv,
  ),
  koa: nodeTest(
    'koajs/koa',
    'v3.2.0',
    'e0ba8ef39d27fe5dae5492f9fe753d155124f994',
    /^__tests__\/.*\.test\.js$/,
  ),
};
