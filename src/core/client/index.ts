/**
 * The HTTP client: connections to one server, one request at a time on each.
 *
 * @packageDocumentation
 */
export { Client } from './client.ts';
export type { ClientOptions } from './client-options.ts';
export { Dispatcher, type DispatchRequest } from './dispatcher.ts';
export type { DispatchController, DispatchHandler } from './dispatch-receiver.ts';
export { ClientResponse, ResponseHead } from './client-response.ts';
export { Connection } from './connection.ts';
export { Requester, type RequestOptions } from './requester.ts';
export type { OutgoingHeaders, RequestBody } from './render-request.ts';
export { Pool, type PoolOptions, type PoolStatistics } from './pool.ts';
export { SSLClient } from './ssl-client.ts';
export { SyncBody } from './sync-body.ts';
export {
  SyncConnection,
  SyncResponse,
  type SyncConnectionOptions,
  type SyncRequestBody,
} from './sync-connection.ts';
