import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeAccessEntry } from '../logs/access-entry.ts';
import type { RequestObserver } from './request-observer.ts';

/** What node:http publishes when a request has come. */
interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: unknown;
}

/**
 * Tells `observer` of each request of `servers`, `node:http`'s or ours, through the channels that
 * node:http has for it: a server that nobody observes pays nothing. Requests end with their answer, or with the
 * client's patience.
 */
export function observeNodeServers(servers: ReadonlySet<unknown>, observer: RequestObserver): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response, server } = message as RequestStart;
    if (!servers.has(server)) return;
    const entry = new NodeAccessEntry(request, response);
    observer.onNodeRequest(request);
    response.once('close', () => {
      observer.onNodeAnswer(request, entry);
    });
  });
}
