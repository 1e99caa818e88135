// All byte values, in an order in which a dropped, doubled or moved byte shows.
const body = Buffer.from(
  Array.from({ length: 1024 }, (_, index) => (index * 7 + (index >> 8)) % 256),
);

/** A body of 1 KiB goes there and back. @type {import('./index.js').Scenario} */
export default {
  name: 'post',
  title: 'POST 1 KiB echo',
  kind: 'requests',
  transport: 'tcp',
  connections: 64,
  depth: 1,
  request: Buffer.concat([
    Buffer.from(
      'POST /echo HTTP/1.1\r\nHost: localhost\r\n' +
        'Content-Type: application/octet-stream\r\nContent-Length: 1024\r\n\r\n',
    ),
    body,
  ]),
  body,
};
