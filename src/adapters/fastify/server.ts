import type { FastifyServerFactoryHandler } from 'fastify';
import type { ServerOptions } from 'node:http';
import { GudegError } from '../../core/errors.ts';
import {
  createSecureServer,
  createServer,
  type SecureServer,
  type SecureServerOptions,
  type Server,
} from '../../core/node-http/index.ts';

/** The options of Fastify that concern its server. */
interface HostOptions {
  readonly http?: ServerOptions | null;
  readonly http2?: unknown;
  readonly https?: SecureServerOptions | boolean | null;
  readonly connectionTimeout?: number;
  readonly keepAliveTimeout?: number;
  readonly requestTimeout?: number;
  readonly maxRequestsPerSocket?: number;
}

/**
 * Runs a Fastify app on the engine, with TLS where Fastify has the option `https`. All options of Fastify
 * that concern its server hold, but for `http2`.
 *
 * @throws GUDEG_ERR_INVALID_OPTION with `http2`; with `https` as `SecureServer`
 *
 * @example
 * const fastify = Fastify({ serverFactory });
 */
export function serverFactory(
  handler: FastifyServerFactoryHandler,
  options: Record<string, unknown>,
): Server | SecureServer {
  const given = options as HostOptions;
  refuseHttp2(given.http2);
  const { http, https } = given;
  const server =
    https === undefined || https === null || https === false
      ? createServer(http ?? {}, handler)
      : createSecureServer(https === true ? {} : https, handler);
  server.keepAliveTimeout = given.keepAliveTimeout ?? server.keepAliveTimeout;
  server.requestTimeout = given.requestTimeout ?? server.requestTimeout;
  server.setTimeout(given.connectionTimeout ?? 0);
  // 0 means none to Fastify.
  if ((given.maxRequestsPerSocket ?? 0) > 0) {
    server.maxRequestsPerSocket = given.maxRequestsPerSocket ?? null;
  }
  return server;
}

function refuseHttp2(value: unknown): void {
  if (value === undefined || value === null || value === false) return;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    'the option http2 must be absent with this serverFactory: the engine speaks HTTP/1.1; leave serverFactory out for HTTP/2, or put a proxy in front',
  );
}
