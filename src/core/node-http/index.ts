/**
 * `node:http` whose server runs on the native engine. What isn't about servers is node's own.
 *
 * @packageDocumentation
 */
export * from 'node:http';
export { createServer } from './create-server.ts';
export { engineRequestOf, type EngineView } from './engine-request-of.ts';
export { default } from './http-module.ts';
export { Server } from './server.ts';
