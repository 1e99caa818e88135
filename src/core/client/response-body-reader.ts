import { ClientError, HttpProtocolError } from '../errors.ts';
import { EngineBodyReader, type Chunk, type ChunkSource } from '../http/index.ts';
import type { EngineFault } from '../native/index.ts';
import { addTrailer } from './add-trailer.ts';
import type { ClientChannel } from './client-channel.ts';

/** The body of a response, as long as its connection reads it. */
export class ResponseBodyReader extends EngineBodyReader {
  readonly #channel: ClientChannel;
  readonly #onOver: () => void;

  /** @param onOver is called when the body has ended, has failed or is given up */
  constructor(channel: ClientChannel, whole: Buffer | null, onOver: () => void) {
    super(whole);
    this.#channel = channel;
    this.#onOver = onOver;
  }

  close(): void {
    this.#onOver();
  }

  protected override get control(): Int32Array {
    return this.#channel.exchange.control;
  }

  protected override get arena(): Buffer {
    return this.#channel.exchange.arena;
  }

  protected override step(target: Uint8Array, start: number, size: number): number {
    const { slot, exchange } = this.#channel;
    return slot < 0 ? -1 : exchange.engine.readBody(slot, target, start, size);
  }

  protected override whenReadable(): Promise<void> {
    return this.#channel.whenReadable();
  }

  protected override fault(number: number): Error {
    const { name } = this.#channel.exchange.engine.faults[number] as EngineFault;
    const cause = HttpProtocolError.fromFault(name);
    const isCut = name === 'TruncatedBody';
    return new ClientError(
      isCut ? 'GUDEG_ERR_CLIENT_RESPONSE_CUT' : 'GUDEG_ERR_CLIENT_BAD_RESPONSE',
      'idempotent',
      `${isCut ? 'the connection broke inside the response' : 'the response breaks HTTP/1.1'}: ${cause.message} (${this.#channel.peer})`,
      { cause },
    );
  }

  protected override over(): Error {
    return this.#channel.endReason(true);
  }

  protected override readTrailers(
    headOffset: number,
    fieldsOffset: number,
    count: number,
  ): Record<string, string> {
    const trailers: Record<string, string> = {};
    this.#channel.exchange.fields.visit(headOffset, fieldsOffset, count, addTrailer, trailers);
    return trailers;
  }
}

/** A body without length that its connection's end delimits, as chunks of what arrives together. */
export class UntilCloseSource implements ChunkSource {
  readonly #reader: ResponseBodyReader;

  constructor(reader: ResponseBodyReader) {
    this.#reader = reader;
  }

  async readChunk(): Promise<Chunk> {
    return [null, await this.#reader.read(Number.MAX_SAFE_INTEGER)];
  }

  close(): void {
    this.#reader.close();
  }
}
