// Tests of other projects that pass on node:http and not on gudeg/node-http, each with its reason.
// docs/compatibility.md lists them; test/repository holds the two together.

import { wsDifferences } from './ws-differences.mjs';

const pipelined =
  'a request that is pipelined behind a running one is read after the answer: nothing of it, and no fault in it, is seen before';

const missingHost =
  'a request of HTTP/1.1 without host is answered with 400, as RFC 9112 section 3.2 asks; node:http lets it through where it asks for an upgrade';

const fragment = 'a target with a fragment breaks RFC 9112 section 3.2 and is answered with 400';

/** @type {{ suite: string, test: string, reason: string }[]} */
export const expectedDifferences = [
  {
    suite: 'hapi',
    test: ': Core > disables node socket timeout',
    reason: 'the test watches node:net: it replaces Socket.prototype.setTimeout',
  },
  {
    suite: 'hapi',
    test: ': Request/_execute() > handles aborted requests (during response)',
    reason: pipelined,
  },
  {
    suite: 'hapi',
    test: ': Request/_execute() > handles aborted requests (before response)',
    reason: pipelined,
  },
  {
    suite: 'hapi',
    test: ': Request/setUrl() > handles hostname in HTTP request resource',
    reason: 'a start line without a version (HTTP/0.9) is answered with 400',
  },
  {
    suite: 'hapi',
    test: ': Request/setUrl() > handles fragments (no query)',
    reason: fragment,
  },
  {
    suite: 'hapi',
    test: ': Request/setUrl() > handles fragments (with query)',
    reason: fragment,
  },
  {
    suite: 'hapi',
    test: ': Request/setUrl() > handles fragments with ? (no query)',
    reason: fragment,
  },
  {
    suite: 'hapi',
    test: ': Request/setUrl() > handles absolute URL (proxy)',
    reason: fragment,
  },
  {
    suite: 'hapi',
    test: ': Request/timeout > returns normal response when parser fails with bad method after request is setup',
    reason:
      'any token is a method (RFC 9110 section 9.1), so the beginning of a start line is no fault before the line is there',
  },
  {
    suite: 'fastify',
    test: 'test/close-pipelining.test.js: Should return 503 while closing - pipelining',
    reason: pipelined,
  },
  {
    suite: '@fastify/websocket',
    test: 'test/router.test.js: Should invoke the correct handler depending on the headers',
    reason: missingHost,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: onFinished(res, listener) > when requests pipelined > should fire for each request',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: onFinished(res, listener) > when response errors > should fire with error',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: onFinished(res, listener) > when response errors > should include the response object',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: isFinished(res) > when requests pipelined > should have correct state when socket shared',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: isFinished(res) > when requests pipelined > should handle aborted requests',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: isFinished(res) > when response errors > should return true',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: onFinished(req, listener) > when request errors > should fire with error',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: onFinished(req, listener) > when request errors > should include the request object',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: onFinished(req, listener) > when requests pipelined > should handle socket errors',
    reason: pipelined,
  },
  {
    suite: 'on-finished',
    test: 'test/test.js: isFinished(req) > when request errors > should return true',
    reason: pipelined,
  },
  ...wsDifferences,
];
