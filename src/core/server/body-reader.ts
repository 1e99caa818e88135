import { GudegError, HttpProtocolError } from '../errors.ts';
import { EngineBodyReader } from '../http/index.ts';
import type { EngineFault } from '../native/index.ts';
import type { EngineRequest } from './engine-request.ts';
import type { Exchange } from './exchange.ts';

/** The body of a running request. */
export class BodyReader extends EngineBodyReader {
  readonly #exchange: Exchange;
  readonly #request: EngineRequest;

  constructor(exchange: Exchange, request: EngineRequest, whole: Buffer | null) {
    super(whole);
    this.#exchange = exchange;
    this.#request = request;
  }

  protected override get control(): Int32Array {
    return this.#exchange.control;
  }

  protected override get arena(): Buffer {
    return this.#exchange.arena;
  }

  protected override step(target: Uint8Array, start: number, size: number): number {
    const { session } = this.#request;
    if (session.running !== this.#request) return -1;
    return this.#exchange.engine.readBody(session.slot, target, start, size);
  }

  protected override whenReadable(): Promise<void> {
    return this.#request.session.whenReadable();
  }

  protected override fault(number: number): Error {
    return HttpProtocolError.fromFault((this.#exchange.faults[number] as EngineFault).name);
  }

  protected override over(): Error {
    const { session, method, uri } = this.#request;
    // The engine has let go of the connection, and will tell so.
    if (session.closeError === null && session.running === this.#request) {
      return new GudegError(
        'GUDEG_ERR_CONNECTION_CLOSED',
        `the connection closed before the body of ${method} ${uri} was read`,
      );
    }
    return (
      session.closeError ??
      new GudegError(
        'GUDEG_ERR_REQUEST_OVER',
        `the body of ${method} ${uri} is gone because the request was answered; read it before`,
      )
    );
  }

  protected override readTrailers(
    headOffset: number,
    fieldsOffset: number,
    count: number,
  ): Record<string, string> {
    const { fields } = this.#exchange;
    return fields.headers(headOffset, fieldsOffset, count) as Record<string, string>;
  }
}
