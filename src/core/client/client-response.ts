import { readFieldLines, type Body, type ChunkedBody, type TunnelStream } from '../http/index.ts';
import { RequestIndex, type FieldReader } from '../native/index.ts';
import { requestFields, type RequestHeaders } from '../rgi/index.ts';

/** Memory in which the engine leaves heads, and records that say where. */
export interface HeadMemory {
  readonly events: Int32Array;
  readonly arena: Buffer;
  readonly fields: FieldReader;
}

/** The head of a response. Its fields become objects when they are asked for. */
export class ResponseHead {
  /** 200..599, or 101; in `onInterim` 100..199. */
  readonly status: number;
  /** The reason phrase, perhaps empty. */
  readonly reason: string;
  readonly #lines: string;
  readonly #isDegu: boolean;
  #headers: RequestHeaders | null = null;

  /** @internal Reads the head of an event record, while it is in memory. */
  constructor(memory: HeadMemory, record: number, isDegu: boolean) {
    const { events, arena } = memory;
    this.status = ((events[record] as number) >> 8) & 0x3ff;
    const start = events[record + RequestIndex.TARGET_OFFSET] as number;
    const length = events[record + RequestIndex.TARGET_LENGTH] as number;
    this.reason =
      length === 2 && arena[start] === 0x4f && arena[start + 1] === 0x4b
        ? 'OK'
        : arena.toString('latin1', start, start + length);
    this.#isDegu = isDegu;
    this.#lines = memory.fields.text(
      events[record + RequestIndex.HEAD_OFFSET] as number,
      events[record + RequestIndex.FIELDS_OFFSET] as number,
      events[record + RequestIndex.FIELD_COUNT] as number,
    );
  }

  /** Fields by lower-case name, with the types of a request's; repeated ones are joined by `', '`. */
  get headers(): RequestHeaders {
    return (this.#headers ??= requestFields(this.rawHeaders));
  }

  /** Names and values in turn, as received, in order: `['Content-Type', 'text/plain']`. */
  get rawHeaders(): string[] {
    return readFieldLines(this.#lines, this.#isDegu);
  }
}

/** A response (Degu's `Response`): status, reason, headers, body. */
export class ClientResponse extends ResponseHead {
  /**
   * The body: `Body` with content-length, `ChunkedBody` with chunks or where the connection's end
   * delimits it, null without. Read it, or close it, before the next request.
   */
  body: Body | ChunkedBody | null = null;
  /** After CONNECT or an upgrade: the connection in both directions, with no HTTP on it. */
  tunnel: TunnelStream | null = null;
}
