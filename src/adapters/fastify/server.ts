import type { FastifyServerFactoryHandler } from 'fastify';
import type { ServerOptions } from 'node:http';
import { GudegError } from '../../core/errors.ts';
import { createServer, type Server } from '../../core/node-http/index.ts';

/** The options of Fastify that concern its server. */
interface HostOptions {
  readonly http?: ServerOptions | null;
  readonly http2?: unknown;
  readonly https?: unknown;
  readonly connectionTimeout?: number;
  readonly keepAliveTimeout?: number;
  readonly requestTimeout?: number;
  readonly maxRequestsPerSocket?: number;
}

/**
 * Runs a Fastify app on the engine. All options of Fastify that concern its server hold, but for
 * `http2` and `https`.
 *
 * @throws GUDEG_ERR_INVALID_OPTION with `http2` or `https`
 *
 * @example
 * const fastify = Fastify({ serverFactory });
 */
export function serverFactory(
  handler: FastifyServerFactoryHandler,
  options: Record<string, unknown>,
): Server {
  const given = options as HostOptions;
  refuse('http2', given.http2, 'HTTP/2');
  refuse('https', given.https, 'TLS');
  const server = createServer(given.http ?? {}, handler);
  server.keepAliveTimeout = given.keepAliveTimeout ?? server.keepAliveTimeout;
  server.requestTimeout = given.requestTimeout ?? server.requestTimeout;
  server.setTimeout(given.connectionTimeout ?? 0);
  // 0 means none to Fastify.
  if ((given.maxRequestsPerSocket ?? 0) > 0) {
    server.maxRequestsPerSocket = given.maxRequestsPerSocket ?? null;
  }
  return server;
}

function refuse(name: string, value: unknown, what: string): void {
  if (value === undefined || value === null || value === false) return;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `the option ${name} must be absent with this serverFactory: the engine speaks HTTP/1.1 without TLS; leave serverFactory out for ${what}, or put a proxy in front`,
  );
}
