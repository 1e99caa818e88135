// The layout of the shared memory between C++ and JavaScript; native/connection/records.h states the
// same numbers, in the same order, and says what they mean.

/** Integers of one event record. */
export const EVENT_INTS = 14;

export const EventKind = {
  REQUEST: 1,
  READABLE: 2,
  WRITABLE: 3,
  CLOSED: 4,
  ANSWER_REFUSED: 5,
  OPENED: 6,
  REFUSED: 7,
  SERVER_CLOSED: 8,
  ACCEPT_BACKOFF: 9,
  FILE_SENT: 10,
  TOO_MANY_CONNECTIONS: 11,
  PEER_ENDED: 12,
  MESSAGE: 13,
  CONTROL_FRAME: 14,
  WEB_SOCKET_END: 15,
  TLS_FAILED: 16,
  TLS_CONTEXT_WANTED: 17,
} as const;

/** Indices of a request event. */
export const RequestIndex = {
  KIND: 0,
  SLOT: 1,
  HEAD_OFFSET: 2,
  TARGET_REF: 3,
  TARGET_OFFSET: 4,
  TARGET_LENGTH: 5,
  FIELDS_OFFSET: 6,
  FIELD_COUNT: 7,
  LENGTH_LOW: 8,
  LENGTH_HIGH: 9,
  BODY_OFFSET: 10,
  BODY_AVAILABLE: 11,
  SERVER: 12,
  METHOD_OFFSET: 13,
} as const;

/** Indices of a message event, and of the two behind it. */
export const MessageIndex = { FLAGS: 2, OFFSET: 3, LENGTH: 4 } as const;

export const MessageFlag = { TEXT: 1, ASCII: 2, HELD: 4 } as const;

/** In TARGET_REF: (re)read the target and put it into the table. */
export const TARGET_REFRESH: number = 1 << 30;

export const RequestFlag = {
  HTTP10: 1,
  KEEP_ALIVE: 2,
  EXPECTS_CONTINUE: 4,
  UPGRADE: 8,
  FIRST: 16,
  EXPECTS_OTHER: 32,
} as const;

export const Framing = { NONE: 0, LENGTH: 1, CHUNKED: 2, UNTIL_CLOSE: 3 } as const;

/** Integers of one answer record, before one integer per field. */
export const ANSWER_INTS = 8;

export const AnswerFlag = {
  CLOSE: 0x1_0000,
  LENGTH: 0x2_0000,
  CHUNKED: 0x4_0000,
  NO_BODY: 0x8_0000,
  INTERIM: 0x10_0000,
  TUNNEL: 0x20_0000,
  AS_GIVEN: 0x40_0000,
  MORE: 0x80_0000,
  COMPRESS: 0x100_0000,
} as const;

/** Shift of a name's length in the integer of a field; the value's length is below. */
export const FIELD_NAME_SHIFT = 20;

export const ControlIndex = {
  EPOCH: 0,
  ANSWERS: 1,
  ANSWER_BYTES: 2,
  BODY_STATUS: 3,
  BODY_FAULT: 4,
  CHUNK_SIZE: 5,
  KEY_LENGTH: 6,
  VALUE_LENGTH: 7,
  TRAILER_COUNT: 8,
  HEAD_OFFSET: 9,
  FIELDS_OFFSET: 10,
  FIELD_COUNT: 11,
  LENGTH_LOW: 12,
  LENGTH_HIGH: 13,
} as const;

export const BodyStatus = {
  DATA: 0,
  WAIT: 1,
  END: 2,
  FAULT: 3,
  CHUNK_HEAD: 4,
  CHUNK_END: 5,
} as const;

/** Why a connection ended, by CloseReason of the C++ side. */
export const CLOSE_REASONS = [
  'done',
  'peer-closed',
  'peer-reset',
  'keep-alive-timeout',
  'head-timeout',
  'body-timeout',
  'write-timeout',
  'protocol-fault',
  'server-closed',
  'aborted',
  'idle-timeout',
  'handed-on',
  'tls-fault',
] as const;

export type CloseReason = (typeof CLOSE_REASONS)[number];

/** What `write`, `writeChunk`, `end`, `sendFile`, `writeRaw` and `endRaw` give. */
export const WriteStatus = { WRITTEN: 0, FULL: 1, GONE: -1 } as const;

/** What `WebSocketCodec.receive()` gives, each followed by its value; native/binding/websocket_values.h. */
export const CodecEvent = {
  TEXT: 1,
  BINARY: 2,
  CLOSE: 8,
  PING: 9,
  PONG: 10,
  REASON: 11,
  FAULT: 12,
} as const;
