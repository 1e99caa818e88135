import hello from './hello.js';

/**
 * Keep-alive connections that have made one request each and then stay idle: by how much the
 * memory of the server process grows. @type {import('./index.js').Scenario}
 */
export default {
  ...hello,
  name: 'idle',
  title: 'idle connections',
  kind: 'idle',
  connections: 5000,
  maxRounds: 3,
};
