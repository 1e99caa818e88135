import { Gateway, type GatewayApp, type GatewayOptions } from '../../core/gateway/index.ts';
import { rgi, type Middleware, type RgiOptions } from './rgi.ts';

/**
 * A gateway app, WSGI in JavaScript, as a middleware: `rgi()` of a `Gateway`. The path that it is mounted
 * at is `SCRIPT_NAME`.
 *
 * @throws GUDEG_ERR_NATIVE_UNAVAILABLE where there are no green threads, GUDEG_ERR_INVALID_ARG_TYPE,
 *   GUDEG_ERR_INVALID_OPTION
 *
 * @example
 * app.use('/legacy', gateway(app));
 */
export function gateway(app: GatewayApp, options: GatewayOptions & RgiOptions = {}): Middleware {
  const { fallthrough = false, ...settings } = options;
  return rgi(new Gateway(app, settings), { fallthrough });
}
