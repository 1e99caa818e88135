import hello from './hello.js';

/** One connection, one request after the other. @type {import('./index.js').Scenario} */
export default {
  ...hello,
  name: 'one-tcp',
  title: 'one connection, TCP',
  connections: 1,
  // A tenth of the requests a second: compilers of all peers get as many of them to warm up with.
  warmupFactor: 3,
};
