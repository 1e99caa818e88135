import type { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';

import type { RawClient } from '../../../support/raw-client.ts';

/** What a case sees while it runs, on either implementation. */
export interface Stage {
  readonly server: Server;
  /** Adds a line to the server's side of the transcript. */
  readonly log: (...parts: unknown[]) => void;
  /** Logs each of `events` when `emitter` emits it, as `name event`; errors with their code. */
  watch(name: string, emitter: EventEmitter, ...events: string[]): void;
  /** Logs the life of an exchange: data as one line at the end, and every event that code waits for. */
  watchExchange(request: IncomingMessage, response: ServerResponse): void;
  /** Resolves when a line that starts with `start` is in the transcript. */
  logged(start: string): Promise<void>;
  /** Another connection; its bytes are part of the transcript too. */
  connect(): Promise<RawClient>;
}

export type Listener = (
  request: IncomingMessage,
  response: ServerResponse & { req: IncomingMessage },
  stage: Stage,
) => unknown;

/** One script that runs against node:http and against gudeg/node-http and must leave the same transcript. */
export interface DifferentialCase {
  /** A sentence without its subject: `leaves out the body of an answer to HEAD`. */
  readonly title: string;
  readonly options?: ServerOptions;
  /** Runs before the server listens. */
  readonly setUp?: (server: Server, stage: Stage) => void;
  /** The `request` listener; without one, nobody listens. */
  readonly listener?: Listener;
  /** Bytes of the client, sent at once. */
  readonly send?: string;
  /** Methods of the requests whose responses are awaited before the client ends its side; without it, the server's end is awaited. */
  readonly responses?: readonly string[];
  /** In place of `send` and `responses`. */
  readonly drive?: (client: RawClient, stage: Stage) => Promise<unknown>;
}

/** A request of HTTP/1.1 that keeps the connection. */
export function request(
  line = 'GET / HTTP/1.1',
  fields: readonly string[] = [],
  body = '',
): string {
  return [line, 'Host: example.com', ...fields, '', body].join('\r\n');
}

/** A request after which the connection ends. */
export function lastRequest(
  line = 'GET / HTTP/1.1',
  fields: readonly string[] = [],
  body = '',
): string {
  return request(line, ['Connection: close', ...fields], body);
}
