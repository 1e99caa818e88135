import hello from './hello.js';

/** Sixteen requests sent together on each connection. @type {import('./index.js').Scenario} */
export default { ...hello, name: 'pipeline', title: 'hello, pipelined ×16', depth: 16 };
