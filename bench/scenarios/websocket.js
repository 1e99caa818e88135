import { deflateRawSync, constants } from 'node:zlib';

/**
 * @param {string} path
 * @param {string} more Further lines of the handshake.
 */
function handshake(path, more = '') {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`,
  );
}

/** @type {Omit<import('./index.js').Scenario, 'name' | 'title' | 'body' | 'messages'>} */
const common = {
  kind: 'requests',
  transport: 'tcp',
  connections: 64,
  depth: 1,
  baseline: 'ws-ws',
  request: handshake('/echo'),
};

/** @type {import('./index.js').Scenario} */
export const wsEcho64 = {
  ...common,
  name: 'ws-echo-64',
  title: 'WebSocket echo, 64 bytes of text',
  messages: 'text',
  body: Buffer.from('a message of exactly sixty-four bytes goes there and back again!'),
};

/** @type {import('./index.js').Scenario} */
export const wsEcho16k = {
  ...common,
  name: 'ws-echo-16k',
  title: 'WebSocket echo, 16 KiB of bytes',
  messages: 'binary',
  body: Buffer.from(Array.from({ length: 16_384 }, (_, index) => (index * 7 + (index >> 8)) % 256)),
};

/** One socket sends, all get it. @type {import('./index.js').Scenario} */
export const wsBroadcast = {
  ...common,
  name: 'ws-broadcast',
  title: 'WebSocket broadcast to 1,000, per delivery',
  kind: 'fan-out',
  floor: 'ws-floor',
  connections: 1000,
  request: handshake('/room'),
  messages: 'text',
  body: wsEcho64.body,
};

const people = Array.from({ length: 16 }, (_, id) => ({
  id,
  name: `person ${id * 7919}`,
  mail: `p${id * 104729}@example.com`,
  tags: ['alpha', 'beta', 'gamma'].slice(id % 3),
}));
const json = Buffer.from(JSON.stringify({ people }));

/** JSON of 1.5 KiB, compressed both ways, no context kept. @type {import('./index.js').Scenario} */
export const wsDeflate = {
  ...common,
  name: 'ws-deflate',
  title: 'WebSocket echo, JSON, permessage-deflate',
  request: handshake(
    '/echo',
    'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n',
  ),
  messages: 'text',
  body: json,
  compressed: deflateRawSync(json, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
};

/** Sockets that have echoed one message and stay idle. @type {import('./index.js').Scenario} */
export const wsIdle = {
  ...wsEcho64,
  name: 'ws-idle',
  title: 'idle WebSockets',
  kind: 'idle',
  connections: 10_000,
  maxRounds: 3,
};
