import { channel, type Channel } from 'node:diagnostics_channel';
import type { Request } from '../rgi/index.ts';
import type { EngineSession } from './engine-session.ts';

/** What subscribers of the three request channels receive. */
export interface RequestMessage {
  readonly session: EngineSession;
  readonly request: Request;
  /** With `finish`: the status that was sent. */
  readonly status?: number;
  /** With `error`: what the app threw, or what was wrong with its answer. */
  readonly error?: unknown;
}

/**
 * Hooks for tracing and metrics (`node:diagnostics_channel`): `gudeg:request:start` before the app is
 * called, `gudeg:request:finish` when its answer has been handed to the socket, `gudeg:request:error`
 * when it failed. They cost nothing without a subscriber.
 */
export const requestStart: Channel = channel('gudeg:request:start');
export const requestFinish: Channel = channel('gudeg:request:finish');
export const requestError: Channel = channel('gudeg:request:error');
