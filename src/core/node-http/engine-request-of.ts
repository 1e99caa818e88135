import type { IncomingMessage } from 'node:http';
import type { Request } from '../rgi/index.ts';
import { kEngineRequest } from './message-fields.ts';
import type { NodeRequest } from './node-internals.ts';
import type { EngineRequest, EngineSession } from '../server/index.ts';

/** The engine's own view of a request, for an RGI app that is mounted into a host framework. */
export interface EngineView {
  readonly session: EngineSession;
  readonly request: Request;
  /** Nobody has begun to read the body through the request object. */
  readonly isUnread: boolean;
}

/**
 * The engine's session and request behind a request object of this server; null for one of node:http.
 * Its body can be read through one of the two, not both.
 */
export function engineRequestOf(message: IncomingMessage): EngineView | null {
  const request = (message as NodeRequest)[kEngineRequest] as EngineRequest | undefined;
  if (request === undefined) return null;
  const { session } = request;
  const { _consuming, _dumped } = message as NodeRequest;
  return { session, request, isUnread: !_consuming && !_dumped && session.running === request };
}
