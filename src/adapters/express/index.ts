/**
 * Express on the engine, and RGI, gateway and WebSocket apps in Express.
 *
 * @packageDocumentation
 */
export { gateway } from './gateway.ts';
export {
  createSecureServer,
  createServer,
  serve,
  type ExpressApp,
  type HttpsOptions,
  type ServeAddress,
} from './server.ts';
export { rgi, type Middleware, type RgiOptions } from './rgi.ts';
export { websocket } from './websocket.ts';
