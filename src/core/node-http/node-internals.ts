import * as http from 'node:http';
import type { HttpSocket } from './http-socket.ts';

/**
 * What node:http keeps in its messages beside what it documents. Its own code reads and writes these
 * fields when it frames a response, so whoever carries the bytes has to know them; they have been the
 * same since Node 18.
 */
export interface NodeRequest extends http.IncomingMessage {
  socket: HttpSocket & http.IncomingMessage['socket'];
  upgrade: boolean | null;
  joinDuplicateHeaders: boolean;
  /** The body was asked for. */
  _consuming: boolean;
  _dumped: boolean;
  _dump(): void;
  _addHeaderLine(name: string, value: string, target: object): void;
  _addHeaderLines(raw: string[], count: number): void;
  _readableState: Record<string, unknown>;
  _eventsCount: number;
  [field: symbol]: unknown;
}

/** As NodeRequest. */
export interface NodeResponse extends http.ServerResponse {
  /** The rendered head; null until it is decided. */
  _header: string | null;
  _headerSent: boolean;
  /** The connection closes behind it. */
  _last: boolean;
  _closed: boolean;
  _sent100: boolean;
  _expect_continue: boolean;
  _keepAliveTimeout: number;
  _maxRequestsPerSocket: number;
  maxRequestsOnConnectionReached: boolean;
  _eventsCount: number;
  [field: symbol]: unknown;
}

export type NodeSymbols = Readonly<
  Record<'headers' | 'headersCount' | 'trailersCount' | 'needDrain' | 'uniqueHeaders', symbol>
>;

/** The symbols of those fields that have no name. */
export const nodeSymbols: NodeSymbols = (() => {
  const incoming = new http.IncomingMessage(null as never);
  const find = (holder: object, description: string): symbol =>
    Object.getOwnPropertySymbols(holder).find((symbol) => symbol.description === description) ??
    Symbol(description);
  const outgoing = new http.ServerResponse(incoming);
  return {
    headers: find(incoming, 'kHeaders'),
    headersCount: find(incoming, 'kHeadersCount'),
    trailersCount: find(incoming, 'kTrailersCount'),
    needDrain: find(outgoing, 'kNeedDrain'),
    uniqueHeaders: find(http.createServer(), 'kUniqueHeaders'),
  };
})();
