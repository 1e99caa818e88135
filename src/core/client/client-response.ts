import {
  ContentRange,
  Range,
  type Body,
  type ChunkedBody,
  type TunnelStream,
} from '../http/index.ts';
import { RequestIndex } from '../native/index.ts';
import type { ClientExchange } from './client-exchange.ts';

/** An incoming field value: text, except `content-length` (number), `range` and `content-range` (objects where they have Degu's simple form). */
export type IncomingHeaderValue = string | number | Range | ContentRange;

/** Incoming fields by lower-case name; repeated ones are joined by `', '`. The object has no prototype. */
export type IncomingHeaders = Record<string, IncomingHeaderValue>;

/** A response (Degu's `Response`): status, reason, headers, body. */
export class ClientResponse {
  /** 200..599, or 101; in `onInterim` 100..199. */
  readonly status: number;
  /** The reason phrase, perhaps empty. */
  readonly reason: string;
  readonly headers: IncomingHeaders;
  /**
   * The body: `Body` with content-length, `ChunkedBody` with chunks or where the connection's end
   * delimits it, null without. Read it, or close it, before the next request.
   */
  body: Body | ChunkedBody | null = null;
  /** After CONNECT or an upgrade: the connection in both directions, with no HTTP on it. */
  tunnel: TunnelStream | null = null;
  readonly #lines: string;

  /** @internal Reads the head of an event record, while it is in memory. */
  constructor(exchange: ClientExchange, record: number) {
    const { events, arena } = exchange;
    this.status = ((events[record] as number) >> 8) & 0x3ff;
    const start = events[record + RequestIndex.TARGET_OFFSET] as number;
    const length = events[record + RequestIndex.TARGET_LENGTH] as number;
    this.reason =
      length === 2 && arena[start] === 0x4f && arena[start + 1] === 0x4b
        ? 'OK'
        : arena.toString('latin1', start, start + length);
    this.headers = Object.create(null) as IncomingHeaders;
    this.#lines = exchange.fields.visit(
      events[record + RequestIndex.HEAD_OFFSET] as number,
      events[record + RequestIndex.FIELDS_OFFSET] as number,
      events[record + RequestIndex.FIELD_COUNT] as number,
      addField,
      this.headers,
    );
  }

  /** Names and values in turn, as received, in order: `['Content-Type', 'text/plain']`. */
  get rawHeaders(): string[] {
    if (this.#lines === '') return [];
    return this.#lines.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
  }
}

function addField(headers: IncomingHeaders, name: string, value: string): void {
  const earlier = headers[name];
  if (earlier !== undefined) {
    headers[name] = `${String(earlier)}, ${value}`;
  } else if (name === 'content-length') {
    headers[name] = Number(value);
  } else if (name === 'content-range') {
    headers[name] = ContentRange.parse(value) ?? value;
  } else if (name === 'range') {
    headers[name] = Range.parse(value) ?? value;
  } else {
    headers[name] = value;
  }
}
