import { GudegError } from '../errors.ts';
import { Body, ChunkedBody, reasonPhrase } from '../http/index.ts';
import { AnswerFlag, ControlIndex, Framing, RequestFlag, RequestIndex } from '../native/index.ts';
import { Request, type RequestHeaders, type ResponseHeaders } from '../rgi/index.ts';
import { BodyReader } from './body-reader.ts';
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
  /** Where its event record is, as long as the epoch lasts. */
  readonly #record: number;
  readonly #epoch: number;
  #headers: RequestHeaders | null = null;
  #body: Body | ChunkedBody | null | undefined = undefined;

  constructor(
    session: EngineSession,
    method: string,
    uri: string,
    bits: number,
    record: number,
    epoch: number,
  ) {
    super();
    this.session = session;
    this.method = method;
    this.uri = uri;
    this.bits = bits;
    this.#record = record;
    this.#epoch = epoch;
  }

  /** A request of a session that was over long ago: only its method and target are known. */
  static past(session: EngineSession, method: string, uri: string): EngineRequest {
    return new EngineRequest(session, method, uri, Framing.NONE, 0, -1);
  }

  override get headers(): RequestHeaders {
    return (this.#headers ??= this.readFields((head, fields, count) =>
      this.#exchange.fields.headers(head, fields, count),
    ));
  }

  override get rawHeaders(): readonly string[] {
    return this.readFields((head, fields, count) => this.#exchange.fields.raw(head, fields, count));
  }

  override get httpVersion(): '1.0' | '1.1' {
    return ((this.bits >> 4) & RequestFlag.HTTP10) === 0 ? '1.1' : '1.0';
  }

  override forEachField<T>(
    visit: (context: T, name: string, value: string) => void,
    context: T,
  ): void {
    this.visitFieldLines(visit, context);
  }

  /** @internal */
  override visitFieldLines<T>(
    visit: (context: T, name: string, value: string) => void,
    context: T,
  ): string {
    return this.readFields((head, fields, count) =>
      this.#exchange.fields.visit(head, fields, count, visit, context),
    );
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

  protected override sendInterim(status: number, headers: ResponseHeaders): void {
    const { session } = this;
    if (session.running !== this) throw this.#over('connection', 'request.inform()');
    const flags = status | AnswerFlag.INTERIM | AnswerFlag.NO_BODY;
    this.#exchange.answers.write(session.slot, flags, reasonPhrase(status), headers, null, 0);
  }

  get #exchange(): Exchange {
    return this.session.server.exchange;
  }

  /** Calls `reader` with the place of the head in the arena. @throws GUDEG_ERR_REQUEST_OVER */
  readFields<T>(reader: (headOffset: number, fieldsOffset: number, count: number) => T): T {
    const { control, events } = this.#exchange;
    const record = this.#record;
    if (control[ControlIndex.EPOCH] === this.#epoch) {
      return reader(
        events[record + RequestIndex.HEAD_OFFSET] as number,
        events[record + RequestIndex.FIELDS_OFFSET] as number,
        events[record + RequestIndex.FIELD_COUNT] as number,
      );
    }
    this.#load('head', 'request.headers');
    return reader(
      control[ControlIndex.HEAD_OFFSET] as number,
      control[ControlIndex.FIELDS_OFFSET] as number,
      control[ControlIndex.FIELD_COUNT] as number,
    );
  }

  /** Has the engine put the head that it kept where the control integers say. */
  #load(what: string, access: string): void {
    const { session } = this;
    if (session.running === this && this.#exchange.engine.loadHead(session.slot)) return;
    throw this.#over(what, access);
  }

  #over(what: string, access: string): GudegError {
    return new GudegError(
      'GUDEG_ERR_REQUEST_OVER',
      `the ${what} of ${this.method} ${this.uri} is gone because it was answered or its connection closed; use ${access} before`,
    );
  }

  #openBody(): Body | ChunkedBody | null {
    const framing = this.bits & 0xf;
    if (framing === Framing.NONE) return null;
    const { control, events } = this.#exchange;
    const record = this.#record;
    if (control[ControlIndex.EPOCH] !== this.#epoch) {
      this.#load('body', 'request.body');
      const later = new BodyReader(this.#exchange, this, null);
      if (framing !== Framing.LENGTH) return new ChunkedBody(later);
      return new Body(
        later,
        wide(control[ControlIndex.LENGTH_LOW], control[ControlIndex.LENGTH_HIGH]),
      );
    }
    if (framing !== Framing.LENGTH) {
      return new ChunkedBody(new BodyReader(this.#exchange, this, null));
    }
    const length = wide(
      events[record + RequestIndex.LENGTH_LOW],
      events[record + RequestIndex.LENGTH_HIGH],
    );
    return new Body(new BodyReader(this.#exchange, this, this.takeWholeBody()), length);
  }

  /**
   * A copy of the body where it came whole, with its head, and the turn of that lasts; else null. The
   * engine need not be asked for a body that was taken.
   */
  takeWholeBody(): Buffer | null {
    const { control, events } = this.#exchange;
    const record = this.#record;
    if ((this.bits & 0xf) !== Framing.LENGTH || control[ControlIndex.EPOCH] !== this.#epoch) {
      return null;
    }
    const length = events[record + RequestIndex.BODY_AVAILABLE] as number;
    const isWhole =
      events[record + RequestIndex.LENGTH_LOW] === length &&
      events[record + RequestIndex.LENGTH_HIGH] === 0;
    if (!isWhole) return null;
    const start = events[record + RequestIndex.BODY_OFFSET] as number;
    const bytes = Buffer.allocUnsafe(length);
    this.#exchange.arena.copy(bytes, 0, start, start + length);
    return bytes;
  }
}

/** An unsigned 64-bit integer from its halves. */
function wide(low: number | undefined, high: number | undefined): number {
  return ((high ?? 0) >>> 0) * 0x1_0000_0000 + ((low ?? 0) >>> 0);
}
