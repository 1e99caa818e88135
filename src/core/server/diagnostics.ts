import { channel, type Channel } from 'node:diagnostics_channel';
import type { Request, Session } from '../rgi/index.ts';

/** What subscribers of the three request channels receive. */
export interface RequestMessage {
  readonly session: Session;
  readonly request: Request;
  /** With `finish`: the status that was sent. */
  readonly status?: number;
  /** With `error`: what the app threw, or what was wrong with its answer. */
  readonly error?: unknown;
}

// Hooks for tracing and metrics (`node:diagnostics_channel`). They cost nothing without a subscriber.

/** `gudeg:request:start`: the app is about to be called. Gets a RequestMessage. */
export const requestStart: Channel = channel('gudeg:request:start');
/** `gudeg:request:finish`: the answer has been handed to the socket. Gets a RequestMessage. */
export const requestFinish: Channel = channel('gudeg:request:finish');
/** `gudeg:request:error`: the app failed, or its answer can't be sent. Gets a RequestMessage. */
export const requestError: Channel = channel('gudeg:request:error');
