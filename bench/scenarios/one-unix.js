import hello from './hello.js';

/** One connection over a unix socket, one request after the other. @type {import('./index.js').Scenario} */
export default {
  ...hello,
  name: 'one-unix',
  title: 'one connection, unix socket',
  transport: 'unix',
  connections: 1,
  warmupFactor: 10, // As in one-tcp.js.
};
