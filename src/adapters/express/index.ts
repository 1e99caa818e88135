/**
 * Express on the engine, and RGI apps in Express.
 *
 * @packageDocumentation
 */
export { rgi, type Middleware, type RgiOptions } from './rgi.ts';
