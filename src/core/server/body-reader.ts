import { GudegError, HttpProtocolError } from '../errors.ts';
import type { ByteSource, Chunk, ChunkExtension, ChunkSource } from '../http/index.ts';
import { BodyStatus, ControlIndex, type EngineFault } from '../native/index.ts';
import type { EngineRequest } from './engine-request.ts';
import type { Exchange } from './exchange.ts';

/** What one call into the engine gives at most. */
const READ_BYTES = 65_536;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The body of a running request, pulled from the engine: it reads from the socket only as fast as this
 * is asked.
 */
export class BodyReader implements ByteSource, ChunkSource {
  /** Where the engine copies to, as long as reads are short. */
  static #spare: Buffer | null = null;

  readonly #exchange: Exchange;
  readonly #request: EngineRequest;
  /** The rest of a body that was there, whole, with its head. */
  #rest: Buffer | null;
  #trailers: Record<string, string> | null = null;

  constructor(exchange: Exchange, request: EngineRequest, whole: Buffer | null) {
    this.#exchange = exchange;
    this.#request = request;
    this.#rest = whole;
  }

  get trailers(): Record<string, string> | null {
    return this.#trailers;
  }

  read(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    const rest = this.#rest;
    if (rest === null) return this.#pull(Math.min(maxBytes, READ_BYTES));
    if (rest.length <= maxBytes) {
      this.#rest = NOTHING;
      return rest;
    }
    this.#rest = rest.subarray(maxBytes);
    return rest.subarray(0, maxBytes);
  }

  #pull(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    const target = (BodyReader.#spare ??= Buffer.allocUnsafeSlow(READ_BYTES));
    const count = this.#step(target, 0, maxBytes);
    switch (this.#status) {
      case BodyStatus.DATA:
        return BodyReader.#handOver(target, count);
      case BodyStatus.WAIT:
        return this.#request.session.whenReadable().then(() => this.#pull(maxBytes));
      default:
        return NOTHING;
    }
  }

  /** A long read is given as it is; a short one doesn't keep a long allocation alive. */
  static #handOver(target: Buffer, count: number): Buffer {
    if (count <= target.length / 2) return Buffer.from(target.subarray(0, count));
    BodyReader.#spare = null;
    return target.subarray(0, count);
  }

  async readChunk(): Promise<Chunk> {
    await this.#stepUntil(BodyStatus.CHUNK_HEAD);
    const { control, arena } = this.#exchange;
    const size = control[ControlIndex.CHUNK_SIZE] as number;
    const keyLength = control[ControlIndex.KEY_LENGTH] as number;
    const valueLength = control[ControlIndex.VALUE_LENGTH] as number;
    const extension: ChunkExtension | null =
      keyLength === 0
        ? null
        : [
            arena.toString('latin1', 0, keyLength),
            arena.toString('latin1', keyLength, keyLength + valueLength),
          ];
    if (size === 0) {
      await this.#stepUntil(BodyStatus.END);
      this.#trailers = this.#readTrailers();
      return [extension, NOTHING];
    }
    return [extension, await this.#chunkData(size)];
  }

  /** Memory grows with what arrives, not with what the chunk's size line announces. */
  async #chunkData(size: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let missing = size; missing > 0;) {
      const target = Buffer.allocUnsafe(Math.min(missing, READ_BYTES));
      await this.#fill(target);
      pieces.push(target);
      missing -= target.length;
    }
    await this.#stepUntil(BodyStatus.CHUNK_END);
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size);
  }

  async #fill(target: Buffer): Promise<void> {
    for (let filled = 0; filled < target.length;) {
      const count = this.#step(target, filled, target.length - filled);
      if (this.#status === BodyStatus.WAIT) await this.#request.session.whenReadable();
      else if (this.#status === BodyStatus.DATA) filled += count;
      else throw this.#over();
    }
  }

  get #status(): number {
    return this.#exchange.control[ControlIndex.BODY_STATUS] as number;
  }

  async #stepUntil(wanted: number): Promise<void> {
    for (;;) {
      this.#step(NOTHING, 0, 0);
      if (this.#status === wanted) return;
      if (this.#status === BodyStatus.WAIT) await this.#request.session.whenReadable();
      else if (this.#status === BodyStatus.END) throw this.#over();
    }
  }

  #step(target: Buffer, start: number, size: number): number {
    const { session } = this.#request;
    if (session.running !== this.#request) throw this.#over();
    const count = this.#exchange.engine.readBody(session.slot, target, start, size);
    if (count < 0) throw this.#over();
    if (this.#status === BodyStatus.FAULT) {
      const fault = this.#exchange.faults[
        this.#exchange.control[ControlIndex.BODY_FAULT] as number
      ] as EngineFault;
      throw HttpProtocolError.fromFault(fault.name);
    }
    return count;
  }

  #over(): GudegError {
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

  #readTrailers(): Record<string, string> | null {
    const { control, fields } = this.#exchange;
    const count = control[ControlIndex.TRAILER_COUNT] as number;
    if (count === 0) return null;
    return fields.headers(
      control[ControlIndex.HEAD_OFFSET] as number,
      control[ControlIndex.FIELDS_OFFSET] as number,
      count,
    ) as Record<string, string>;
  }
}
