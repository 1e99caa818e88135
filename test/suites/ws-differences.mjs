// Tests of the package ws that gudeg/websocket/ws does not pass, each with its reason.

const internals =
  'it looks at fields with an underscore, such as _receiver, _sender and _closeTimer, which are not there';
const listeners = 'it looks at a symbol of ws on the listeners';
const classes = 'it compares with the event classes of ws; events are plain objects here';
const empty = 'it compares an empty reason or message with the very object of ws';
const sync = 'messages are compressed and inflated at once: nothing is under way to be interrupted';
const mask = 'the engine makes the masks';
const text = 'the text of the error names no opcode; its code is the same';
const window = 'a client refuses a window of 2^8 bytes, which zlib does not write';
const socket =
  'the socket of a native WebSocket gives no bytes of its own, and is destroyed in order';
const sni = 'it replaces connect() of node:tls, which was taken before';
const blob =
  'a Blob that cannot be read fails with the error of the connection, which has gone by then';

/** @type {{ suite: string, test: string, reason: string }[]} */
export const wsDifferences = [
  {
    suite: 'ws-api',
    test: 'test/websocket-server.test.js: WebSocketServer > #ctor > options > accepts the receiver limit options',
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket-server.test.js: WebSocketServer > #ctor > options > honors the `closeTimeout` option',
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket-server.test.js: WebSocketServer > #close > calls the callback if the server is already closed',
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: "test/websocket-server.test.js: WebSocketServer > #close > emits the 'close' event if the server is already closed",
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket-server.test.js: WebSocketServer > permessage-deflate > uses configuration options',
    reason: window,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > #ctor > options > accepts the receiver limit options',
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > #ctor > options > honors the `generateMask` option',
    reason: mask,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > #ctor > options > honors the `closeTimeout` option',
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > Attributes > `bufferedAmount` > takes into account the data in the sender queue',
    reason: sync,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > Attributes > `bufferedAmount` > takes into account the data in the socket queue',
    reason: socket,
  },
  {
    suite: 'ws-api',
    test: "test/websocket.test.js: WebSocket > Events > emits an 'error' event if an error occurs (1/2)",
    reason: text,
  },
  {
    suite: 'ws-api',
    test: "test/websocket.test.js: WebSocket > Events > emits the 'error' event only once (1/2)",
    reason: text,
  },
  {
    suite: 'ws-api',
    test: "test/websocket.test.js: WebSocket > Events > emits the 'error' event only once (2/2)",
    reason: blob,
  },
  {
    suite: 'ws-api',
    test: "test/websocket.test.js: WebSocket > Events > does not emit 'error' after 'close'",
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > Events > does not re-emit `net.Socket` errors',
    reason: socket,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > Connection establishing > close event is raised when server closes connection',
    reason: empty,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > #send > works when the `data` argument is falsy',
    reason: empty,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > #send > honors the `mask` option',
    reason: mask,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > #close > sends the close status code only when necessary',
    reason: socket,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > #close > sets a timer for the closing handshake to complete',
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: "test/websocket.test.js: WebSocket > WHATWG API emulation > doesn't remove listeners added with `on`",
    reason: listeners,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > WHATWG API emulation > supports the `addEventListener` method',
    reason: listeners,
  },
  {
    suite: 'ws-api',
    test: "test/websocket.test.js: WebSocket > WHATWG API emulation > doesn't return listeners added with `addEventListener`",
    reason: listeners,
  },
  {
    suite: 'ws-api',
    test: "test/websocket.test.js: WebSocket > WHATWG API emulation > doesn't remove listeners added with `addEventListener`",
    reason: listeners,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > WHATWG API emulation > supports the `removeEventListener` method',
    reason: listeners,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > WHATWG API emulation > wraps text data in a `MessageEvent`',
    reason: classes,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > WHATWG API emulation > receives a `CloseEvent` when server closes (1000)',
    reason: classes,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > WHATWG API emulation > receives a `CloseEvent` when server closes (4000)',
    reason: classes,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > WHATWG API emulation > sets `target` and `type` on events',
    reason: classes,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > SSL > allows to disable sending the SNI extension',
    reason: sni,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > permessage-deflate > consumes all received data when connection is closed (1/2)',
    reason: sync,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > permessage-deflate > consumes all received data when connection is closed (2/2)',
    reason: sync,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > permessage-deflate > handles a close frame received while compressing data',
    reason: sync,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > permessage-deflate > #close > can be used while data is being decompressed',
    reason: sync,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > permessage-deflate > #send > calls the callback if the socket is closed prematurely',
    reason: sync,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > permessage-deflate > #terminate > can be used while data is being compressed',
    reason: sync,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > permessage-deflate > #terminate > can be used while data is being decompressed',
    reason: sync,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > Connection close > closes cleanly after simultaneous errors (1/2)',
    reason: text,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > Connection close > closes cleanly after simultaneous errors (2/2)',
    reason: text,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > Connection close > resumes the socket when an error occurs',
    reason: socket,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > Connection close > resumes the socket when the close frame is received',
    reason: socket,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket-server.test.js: WebSocketServer > #ctor > options > honors the `closeTimeout` option (2)',
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket-server.test.js: WebSocketServer > permessage-deflate > uses configuration options (2)',
    reason: window,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > #ctor > options > honors the `closeTimeout` option (2)',
    reason: internals,
  },
  {
    suite: 'ws-api',
    test: 'test/websocket.test.js: WebSocket > permessage-deflate > #send > calls the callback if the socket is closed prematurely (2)',
    reason: sync,
  },
];
