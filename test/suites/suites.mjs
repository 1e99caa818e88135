// The suites of other projects that `npm run test:suites` runs: where each comes from, at which commit, and how
// its tests are started. `--bail` and coverage are left out everywhere, so that every test reports.

/**
 * @typedef {object} Suite
 * @property {string} repository owner and name on GitHub
 * @property {string} tag what is checked out
 * @property {string} commit what the tag must point at
 * @property {'mocha' | 'node:test' | 'lab'} runner
 * @property {string[]} arguments_ arguments of the runner
 * @property {RegExp} files which files of the checkout are tests
 * @property {string[]} [prepare] a command to run once after the packages are installed
 * @property {number} [timeoutMs] for the whole suite
 * @property {'ws'} [replaces] what is replaced, if not node:http
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
  // The client and server of ws itself, in the place of which gudeg/websocket/ws is put. What its other files
  // test is not exported there, and one that ends the run when the text of an error differs is left out.
  'ws-api': {
    ...mocha(
      'websockets/ws',
      '8.21.0',
      'bca91adf15677e47dbe4f959653452727be28b94',
      /^test\/websocket(-server)?\.test\.js$/,
    ),
    replaces: 'ws',
  },
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
  multer: mocha(
    'expressjs/multer',
    'v2.1.1',
    '368c8a10cca11854cf17c24029fefd1eafb1c059',
    /^test\/[^/]+\.js$/,
    ['--exit'],
  ),
  'express-session': {
    ...mocha(
      'expressjs/session',
      'v1.19.0',
      'c10b2a383841766899f6dcf53c8aff8c7fd3d2e7',
      /^test\/[^/]+\.js$/,
      supportEnv,
    ),
    prepare: ['sh', 'test/support/gencert.sh'],
  },
  'serve-index': mocha(
    'expressjs/serve-index',
    'v1.9.2',
    '6f86a185446a37a99b2cd9694ce93df996aeba6f',
    /^test\/[^/]+\.js$/,
  ),
  'on-headers': mocha(
    'jshttp/on-headers',
    'v1.1.0',
    '4b017af88f5375bbdf3ad2ee732d2c122e4f52b0',
    /^test\/test\.js$/,
  ),
  'connect-timeout': mocha(
    'expressjs/timeout',
    'v1.9.1',
    '438739849fe5cc2ccf748c0419199dba26cfa263',
    /^test\/[^/]+\.js$/,
  ),
  errorhandler: mocha(
    'expressjs/errorhandler',
    '1.5.2',
    'f6bec9f930c1e043f6cb6a5d74e21091269a02e3',
    /^test\/[^/]+\.js$/,
  ),
  'http-proxy': mocha(
    'http-party/node-http-proxy',
    '1.18.1',
    '9b96cd725127a024dabebec6c7ea8c807272223d',
    /^test\/lib-.*-test\.js$/,
  ),
  'pino-http': nodeTest(
    'pinojs/pino-http',
    'v11.0.0',
    '6615953a8bfebf37c26e6438568724a091f80a82',
    /^test\/test\.js$/,
  ),
  '@fastify/reply-from': nodeTest(
    'fastify/fastify-reply-from',
    'v12.6.4',
    '08e537c8b7b8100b8ffb677611301f7612fb15fe',
    /^test\/.*\.test\.js$/,
  ),
  '@fastify/http-proxy': nodeTest(
    'fastify/fastify-http-proxy',
    'v11.4.4',
    '15df3dc5eca55e2e61dba1745f422690b4a55257',
    /^test\/[^/]+\.js$/,
  ),
  '@fastify/compress': nodeTest(
    'fastify/fastify-compress',
    'v9.2.0',
    'd5319511abc6fb4eeee311709e3c8f39f291931c',
    /^test\/.*\.test\.js$/,
  ),
  '@fastify/middie': nodeTest(
    'fastify/middie',
    'v9.3.3',
    'e038188b33b9436e1be9f9d1c1920416ec6c18f1',
    /^test\/.*\.test\.js$/,
  ),
  terminus: mocha(
    'godaddy/terminus',
    'v4.12.1',
    'aea2f6de06dbc9f631dd4ac8a21b91c052add3ce',
    /^(index|lib\/.*)\.spec\.js$/,
  ),
  hapi: {
    repository: 'hapijs/hapi',
    tag: 'v21.4.7',
    commit: 'f2a24f6635c0892842f6eaf9154d3788f2f1d084',
    runner: 'lab',
    arguments_: ['--assert', '@hapi/code', '--timeout', '5000', '--leaks'],
    files: /^test\/[^/]+\.js$/,
  },
};
