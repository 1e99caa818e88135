/**
 * Fastify on the engine, and RGI apps in Fastify.
 *
 * @packageDocumentation
 */
export { rgi, type RgiOptions } from './rgi.ts';
