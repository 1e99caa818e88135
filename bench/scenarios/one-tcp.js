import hello from './hello.js';

/** One connection, one request after the other. @type {import('./index.js').Scenario} */
export default { ...hello, name: 'one-tcp', title: 'one connection, TCP', connections: 1 };
