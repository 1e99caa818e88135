/** The smallest request and response. @type {import('./index.js').Scenario} */
export default {
  name: 'hello',
  title: 'hello, 64 connections',
  kind: 'requests',
  transport: 'tcp',
  connections: 64,
  depth: 1,
  request: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  body: Buffer.from('hello, world'),
};
