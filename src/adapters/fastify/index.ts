/**
 * Fastify on the engine, and RGI, gateway and WebSocket apps in Fastify.
 *
 * @packageDocumentation
 */
export { gateway } from './gateway.ts';
export { rgi, type RgiOptions } from './rgi.ts';
export { serverFactory } from './server.ts';
export { websocket, type WebSocketMountOptions } from './websocket.ts';
