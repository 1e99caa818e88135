import type { FastifyPluginCallback } from 'fastify';
import { SecureServer, Server } from '../../core/node-http/index.ts';
import {
  WebSocketGateway,
  checkNodeHost,
  type WebSocketGatewayOptions,
  type WebSocketHandler,
} from '../../core/websocket/index.ts';
import { rgi } from './rgi.ts';

/** Options of `app.register(websocket(handler), options)`. */
export interface WebSocketMountOptions {
  /** Where WebSockets are answered, such as `'/chat'`; all below belongs to it. */
  prefix?: string;
}

/**
 * A handler that has one WebSocket until it returns, as a Fastify plugin: `rgi()` of a
 * `WebSocketGateway`. The hooks of the host run before the handshake is answered, and may refuse it.
 * On the engine frames are made natively, on node:http by the package `ws`. `fastify.close()` closes
 * every socket with 1001.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_INVALID_OPTION; `register()` rejects with
 *   GUDEG_ERR_WEBSOCKET_PACKAGE where the host is node:http and `ws` is not installed
 *
 * @example
 * fastify.register(websocket((ws) => ws.send('hello')), { prefix: '/chat' });
 */
export function websocket(
  handler: WebSocketHandler,
  options: WebSocketGatewayOptions = {},
): FastifyPluginCallback<WebSocketMountOptions> {
  const plugin = rgi(WebSocketGateway(handler, options));
  return (instance, { prefix }, done) => {
    try {
      const { server } = instance;
      if (!(server instanceof Server || server instanceof SecureServer)) checkNodeHost();
    } catch (error) {
      done(error as Error);
      return;
    }
    plugin(instance, { ...(prefix !== undefined && { prefix }), methods: ['GET'] }, done);
  };
}
