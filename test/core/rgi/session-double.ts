import type { Session } from '../../../src/core/rgi/index.ts';

/** What a server would show of a connection, with some attributes changed. */
export function sessionDouble(changes: Partial<Session> = {}): Session {
  return {
    address: ['127.0.0.1', 4321],
    credentials: null,
    maxRequests: 1000,
    requests: 0,
    store: {},
    closed: false,
    message: null,
    ...changes,
  };
}
