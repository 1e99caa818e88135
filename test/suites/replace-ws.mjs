// Preloaded by the runner for the suite of the package ws: its tests get gudeg/websocket/ws in the place of what
// they test, and keep what they test with.
import Module from 'node:module';
import WebSocket, { createWebSocketStream } from 'gudeg/websocket/ws';

const replacements = { '..': WebSocket, '../lib/stream': createWebSocketStream };
const load = Module._load;

Module._load = function (request, parent, ...rest) {
  const isTest = parent?.filename?.endsWith('.test.js') === true;
  if (isTest && Object.hasOwn(replacements, request)) return replacements[request];
  return load.call(this, request, parent, ...rest);
};
