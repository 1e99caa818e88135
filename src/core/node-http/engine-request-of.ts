import type { IncomingMessage } from 'node:http';
import type { Request, Session } from '../rgi/index.ts';
import { kEngineRequest } from './message-fields.ts';
import type { NodeRequest } from './node-internals.ts';
import type { EngineRequest } from '../server/index.ts';

/** The engine's own view of a request, for an RGI app that is mounted into a host framework. */
export interface EngineView {
  readonly session: Session;
  readonly request: Request;
}

/**
 * The engine's session and request behind a request object of this server; null for one of node:http.
 * Its body can be read through one of the two, not both.
 */
export function engineRequestOf(message: IncomingMessage): EngineView | null {
  const request = (message as NodeRequest)[kEngineRequest] as EngineRequest | undefined;
  return request === undefined ? null : { session: request.session, request };
}
