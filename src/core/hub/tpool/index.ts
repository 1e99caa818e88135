/**
 * Work that keeps a processor busy, in other threads: eventlet's `tpool`.
 *
 * @packageDocumentation
 */
export { execute, executeAsync, killall, setNumThreads } from './execute.ts';
export type { PortableFunction } from './job-function.ts';
export { type Proxied, ThreadProxy as Proxy } from './proxy.ts';
export { ThreadPool } from './thread-pool.ts';
