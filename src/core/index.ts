/**
 * HTTP/1.1 for applications: the RGI contract and ready-made apps, and the native server.
 *
 * @packageDocumentation
 */
export * from './errors.ts';
export * from './http/index.ts';
export * from './rgi/index.ts';
export * from './server/index.ts';
