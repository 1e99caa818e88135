import { Body, ChunkedBody } from '../http/index.ts';
import { Framing, RequestIndex } from '../native/index.ts';
import { Request, type RequestHeaders } from '../rgi/index.ts';
import { BodyReader } from './body-reader.ts';
import { GudegError } from '../errors.ts';
import { ControlIndex } from '../native/index.ts';
import type { EngineSession } from './engine-session.ts';
import type { Exchange } from './exchange.ts';

/**
 * A request that the engine parsed. It holds positions; fields and body become objects when an app
 * asks for them. In the loop turn of the request they are read from the arena; later the engine is
 * asked for the copy that it kept.
 */
export class EngineRequest extends Request {
  override readonly method: string;
  override readonly uri: string;
  readonly session: EngineSession;
  /** Framing in the low 4 bits, RequestFlag above. */
  readonly bits: number;
  readonly #exchange: Exchange;
  readonly #epoch: number;
  readonly #headOffset: number;
  readonly #fieldsOffset: number;
  readonly #fieldCount: number;
  readonly #lengthLow: number;
  readonly #lengthHigh: number;
  readonly #bodyOffset: number;
  readonly #bodyAvailable: number;
  #headers: RequestHeaders | undefined = undefined;
  #rawHeaders: string[] | undefined = undefined;
  #body: Body | ChunkedBody | null | undefined = undefined;

  constructor(
    exchange: Exchange,
    session: EngineSession,
    method: string,
    uri: string,
    bits: number,
    base: number,
    events: Int32Array,
  ) {
    super();
    this.#exchange = exchange;
    this.session = session;
    this.method = method;
    this.uri = uri;
    this.bits = bits;
    this.#epoch = exchange.epoch;
    this.#headOffset = events[base + RequestIndex.HEAD_OFFSET] as number;
    this.#fieldsOffset = events[base + RequestIndex.FIELDS_OFFSET] as number;
    this.#fieldCount = events[base + RequestIndex.FIELD_COUNT] as number;
    this.#lengthLow = events[base + RequestIndex.LENGTH_LOW] as number;
    this.#lengthHigh = events[base + RequestIndex.LENGTH_HIGH] as number;
    this.#bodyOffset = events[base + RequestIndex.BODY_OFFSET] as number;
    this.#bodyAvailable = events[base + RequestIndex.BODY_AVAILABLE] as number;
  }

  override get headers(): RequestHeaders {
    return (this.#headers ??= this.#read((head, fields) =>
      this.#exchange.fields.headers(head, fields, this.#fieldCount),
    ));
  }

  override get rawHeaders(): readonly string[] {
    return (this.#rawHeaders ??= this.#read((head, fields) =>
      this.#exchange.fields.raw(head, fields, this.#fieldCount),
    ));
  }

  override get body(): Body | ChunkedBody | null {
    if (this.#body === undefined) this.#body = this.#openBody();
    return this.#body;
  }

  /** The body if the app has asked for it, without making it. */
  get openedBody(): Body | ChunkedBody | null | undefined {
    return this.#body;
  }

  get hasBody(): boolean {
    return (this.bits & 0xf) !== Framing.NONE;
  }

  #read<T>(reader: (headOffset: number, fieldsOffset: number) => T): T {
    const { control, engine } = this.#exchange;
    if (control[ControlIndex.EPOCH] === this.#epoch) {
      return reader(this.#headOffset, this.#fieldsOffset);
    }
    if (this.session.running !== this || !engine.loadHead(this.session.slot)) {
      throw new GudegError(
        'GUDEG_ERR_REQUEST_OVER',
        `the fields of ${this.method} ${this.uri} are gone because it was answered or its connection closed; read request.headers before`,
      );
    }
    return reader(
      control[ControlIndex.HEAD_OFFSET] as number,
      control[ControlIndex.FIELDS_OFFSET] as number,
    );
  }

  #openBody(): Body | ChunkedBody | null {
    const framing = this.bits & 0xf;
    if (framing === Framing.NONE) return null;
    const length = (this.#lengthHigh >>> 0) * 0x1_0000_0000 + (this.#lengthLow >>> 0);
    const isThere =
      framing === Framing.LENGTH &&
      this.#bodyAvailable === length &&
      this.#exchange.epoch === this.#epoch;
    const whole = isThere ? this.#copyBody() : null;
    const reader = new BodyReader(this.#exchange, this, whole);
    return framing === Framing.LENGTH ? new Body(reader, length) : new ChunkedBody(reader);
  }

  #copyBody(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#bodyAvailable);
    const start = this.#bodyOffset;
    this.#exchange.arena.copy(bytes, 0, start, start + this.#bodyAvailable);
    return bytes;
  }
}
