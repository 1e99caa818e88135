import {
  WebSocketGateway,
  asksForWebSocket,
  type WebSocketGatewayOptions,
  type WebSocketHandler,
} from '../../core/websocket/index.ts';
import { rgi, type Middleware, type RgiOptions } from './rgi.ts';

/**
 * A handler that has one WebSocket until it returns, as a middleware: `rgi()` of a `WebSocketGateway`.
 * What stands above it runs before the handshake is answered, and may refuse it. On the engine frames
 * are made natively, on node:http by the package `ws`; where that is not installed, `next()` gets
 * GUDEG_ERR_WEBSOCKET_PACKAGE. `server.close()` closes every socket with 1001. With `fallthrough` a
 * request that asks for no WebSocket goes on with the host's next middleware.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_INVALID_OPTION
 *
 * @example
 * app.use('/chat', websocket((ws) => ws.send('hello')));
 */
export function websocket(
  handler: WebSocketHandler,
  options: WebSocketGatewayOptions & RgiOptions = {},
): Middleware {
  const { fallthrough = false, ...settings } = options;
  const middleware = rgi(WebSocketGateway(handler, settings));
  if (!fallthrough) return middleware;
  return (request, response, next) => {
    if (asksForWebSocket(request.headers)) middleware(request, response, next);
    else next();
  };
}
