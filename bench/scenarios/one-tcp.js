import hello from './hello.js';

/** One connection, one request after the other. @type {import('./index.js').Scenario} */
export default {
  ...hello,
  name: 'one-tcp',
  title: 'one connection, TCP',
  connections: 1,
  // 5 to 12 times fewer requests a second: compilers take that much longer to reach their last tier, and V8's memory
  // reducer, which runs on a timer, disturbs the first seconds of any Node server. All peers get the same warm-up.
  warmupFactor: 10,
};
