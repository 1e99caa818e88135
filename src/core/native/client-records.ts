// What crosses for clients, beyond records.ts; native/connection/client_records.h states the same
// numbers and says what they mean.

export const ClientEventKind = {
  CONNECTED: 1,
  RESPONSE: 2,
  INTERIM: 3,
  READABLE: 4,
  WRITABLE: 5,
  CLOSED: 6,
} as const;

export const ResponseFlag = {
  HTTP10: 1,
  KEEP_ALIVE: 2,
  TUNNEL: 4,
  COMPLETE: 8,
} as const;

/** Why a client's connection ended, by ClientCloseReason of the C++ side. */
export const CLIENT_CLOSE_REASONS = [
  'done',
  'connect-failed',
  'connect-timeout',
  'peer-closed',
  'peer-reset',
  'response-timeout',
  'body-timeout',
  'write-timeout',
  'protocol-fault',
  'aborted',
  'tls-fault',
] as const;

export type ClientCloseReason = (typeof CLIENT_CLOSE_REASONS)[number];

/** What `request` gives beside the number of a fault. */
export const RequestStatus = { SENT: 0, GONE: -1, BUSY: -2 } as const;
