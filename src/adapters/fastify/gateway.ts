import type { FastifyPluginCallback } from 'fastify';
import { Gateway, type GatewayApp, type GatewayOptions } from '../../core/gateway/index.ts';
import { rgi, type RgiOptions } from './rgi.ts';

/**
 * A gateway app, WSGI in JavaScript, as a Fastify plugin: `rgi()` of a `Gateway`. Its prefix is
 * `SCRIPT_NAME`. When the host closes, it waits for the calls that still run.
 *
 * @throws GUDEG_ERR_NATIVE_UNAVAILABLE where there are no green threads, GUDEG_ERR_INVALID_ARG_TYPE,
 *   GUDEG_ERR_INVALID_OPTION
 *
 * @example
 * fastify.register(gateway(app), { prefix: '/legacy' });
 */
export function gateway(
  app: GatewayApp,
  options: GatewayOptions = {},
): FastifyPluginCallback<RgiOptions> {
  const guest = new Gateway(app, options);
  const plugin = rgi(guest);
  return (instance, given, done) => {
    instance.addHook('onClose', () => guest.close());
    plugin(instance, given, done);
  };
}
