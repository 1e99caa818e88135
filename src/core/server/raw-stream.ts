import { GudegError, outOfRange } from '../errors.ts';
import type {
  FrameDeflate,
  FrameReceiver,
  FrameSettings,
  FramingTunnel,
  HostedTransport,
} from '../http/index.ts';
import { BodyStatus, ControlIndex, WriteStatus, type Engine } from '../native/index.ts';
import { EngineTransport } from './engine-transport.ts';
import type { EngineSession } from './engine-session.ts';
import type { Report } from './report.ts';

/** What one call into the engine gives at most. */
const READ_BYTES = 65_536;
/** A large piece is offered in slices, so that a slow peer doesn't make the engine keep all of it. */
const SLICE_BYTES = 262_144;

/** A connection that was taken over, as the handler of a `Tunnel` uses it. */
export class RawStream implements FramingTunnel {
  readonly #session: EngineSession;
  readonly #engine: Engine;
  readonly #report: Report;
  #hasEnded = false;

  constructor(session: EngineSession, engine: Engine, report: Report) {
    this.#session = session;
    this.#engine = engine;
    this.#report = report;
  }

  async read(maxBytes: number = READ_BYTES): Promise<Uint8Array> {
    if (!Number.isInteger(maxBytes) || maxBytes < 1) {
      throw outOfRange('maxBytes', 'an integer from 1', maxBytes);
    }
    const { control } = this.#session.server.exchange;
    const target = Buffer.allocUnsafe(Math.min(maxBytes, READ_BYTES));
    for (;;) {
      this.#checkOpen();
      const count = this.#engine.readRaw(this.#session.slot, target);
      if (count < 0) throw this.#gone();
      if (control[ControlIndex.BODY_STATUS] !== BodyStatus.WAIT) return target.subarray(0, count);
      await this.#session.whenReadable();
    }
  }

  async write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
      this.#checkOpen();
      const slice = bytes.subarray(start, start + SLICE_BYTES);
      const status = this.#engine.writeRaw(this.#session.slot, slice);
      if (status === WriteStatus.GONE) throw this.#gone();
      if (status === WriteStatus.FULL) await this.#session.whenWritable();
    }
  }

  openFrames(
    settings: FrameSettings,
    deflate: FrameDeflate | null,
    receiver: FrameReceiver,
  ): HostedTransport {
    return EngineTransport.open(this.#session, settings, deflate, receiver, this.#report);
  }

  end(): void {
    if (this.#hasEnded || this.#session.closeReason !== null) return;
    this.#hasEnded = true;
    this.#engine.endRaw(this.#session.slot);
  }

  destroy(): void {
    if (this.#session.closeReason === null) this.#engine.destroy(this.#session.slot, false);
  }

  /** What was written leaves, then the connection closes. */
  finish(): void {
    if (this.#session.closeReason === null) this.#engine.finish(this.#session.slot);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let bytes = await this.read(); bytes.length > 0; bytes = await this.read()) yield bytes;
  }

  #checkOpen(): void {
    const error = this.#session.closeError;
    if (error !== null) throw error;
  }

  #gone(): GudegError {
    return (
      this.#session.closeError ??
      new GudegError(
        'GUDEG_ERR_CONNECTION_CLOSED',
        this.#hasEnded
          ? 'write() was called after end(), which closed our side of the connection'
          : 'the peer closed the connection',
      )
    );
  }
}
