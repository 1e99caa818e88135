import type { Duplex } from 'node:stream';
import type { FrameDeflate, FrameSettings } from '../http/index.ts';
import { BodyStatus, ControlIndex, WriteStatus } from '../native/index.ts';
import type { EngineSession, FramedConnection, MessageSink } from '../server/index.ts';
import { resetError } from './node-errors.ts';

type Callback = (error?: Error | null) => void;

const READ_BYTES = 65_536;
/** Where the engine copies to, as long as reads are short. */
let spare: Buffer | null = null;

/** The stream that gets what was read. */
export interface RawStream extends Duplex {
  countRead(bytes: number): void;
}

/** Both directions of a connection that doesn't speak HTTP any more: what a stream reads and writes is bytes. */
export class RawBytes {
  readonly #session: EngineSession;
  readonly #stream: RawStream;
  /** What still comes in is of no use: the connection ends with what is written. */
  readonly #dropsInput: boolean;
  #wantsRead = false;
  /** The engine makes frames of the bytes, and has what comes. */
  #isFramed = false;
  /** Waits until the engine has room. */
  #callback: Callback | null = null;

  constructor(session: EngineSession, stream: RawStream, dropsInput: boolean) {
    this.#session = session;
    this.#stream = stream;
    this.#dropsInput = dropsInput;
  }

  /** Bytes; none where the peer has ended, null when none are there. */
  readNow(): Buffer | null {
    const { engine, control } = this.#session.server.exchange;
    const target = (spare ??= Buffer.allocUnsafeSlow(READ_BYTES));
    const count = engine.readRaw(this.#session.slot, target);
    if (count < 0 || control[ControlIndex.BODY_STATUS] === BodyStatus.WAIT) return null;
    this.#stream.countRead(count);
    if (count <= READ_BYTES / 2) return Buffer.from(target.subarray(0, count));
    spare = null;
    return target.subarray(0, count);
  }

  /** `_read()` of the stream. */
  read(): void {
    if (this.#isFramed || this.#session.closeReason !== null) return;
    this.#wantsRead = true;
    this.#pump();
  }

  onReadable(): void {
    if (this.#wantsRead) this.#pump();
  }

  #pump(): void {
    for (;;) {
      const bytes = this.readNow();
      if (bytes === null) return;
      if (bytes.length === 0) {
        this.#wantsRead = false;
        this.#stream.push(null);
        // Emits `end` also when nobody reads, if nothing is left.
        this.#stream.read(0);
        return;
      }
      if (!this.#stream.push(bytes)) {
        this.#wantsRead = false;
        return;
      }
    }
  }

  /** `_write()` of the stream. False when the connection is gone. */
  write(data: Buffer, callback: Callback): boolean {
    const { slot, closeReason, server } = this.#session;
    const status = closeReason === null ? server.exchange.engine.writeRaw(slot, data) : null;
    if (status === null || status === WriteStatus.GONE) {
      callback(resetError());
      return false;
    }
    if (status === WriteStatus.FULL) this.#callback = callback;
    else callback();
    return true;
  }

  onWritable(): void {
    const callback = this.#callback;
    this.#callback = null;
    callback?.();
  }

  /** `_final()` of the stream. */
  end(): void {
    const { slot, closeReason, server } = this.#session;
    if (closeReason !== null) return;
    if (this.#dropsInput) server.exchange.engine.finish(slot);
    else server.exchange.engine.endRaw(slot);
  }

  /**
   * Has the engine make frames from here on.
   * @param head what was read, with what the stream still has behind it: comes first again
   * @returns null when the connection is gone
   */
  openFrames(
    settings: FrameSettings,
    deflate: FrameDeflate | null,
    head: Uint8Array,
    sink: MessageSink,
  ): FramedConnection | null {
    const pieces = [head];
    for (;;) {
      const next = this.#stream.read() as Buffer | null;
      if (next === null) break;
      pieces.push(next);
    }
    const { closeReason, server, slot } = this.#session;
    const { exchange } = server;
    if (closeReason !== null) return null;
    const config = exchange.webSocketConfig(settings);
    if (!exchange.engine.openWebSocket(slot, config, deflate, Buffer.concat(pieces))) return null;
    this.#isFramed = true;
    this.#session.sink = sink;
    return { exchange, slot };
  }

  /** The connection is gone. False where it ended in order, with nothing left to write or to take. */
  onClosed(): boolean {
    if (this.#isFramed) return true;
    if (this.#session.closeReason === 'done' && this.#callback === null) return false;
    const callback = this.#callback;
    this.#callback = null;
    callback?.(resetError());
    return true;
  }
}
