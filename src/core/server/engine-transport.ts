import {
  Opcode,
  type Broadcaster,
  type FrameDeflate,
  type FrameReceiver,
  type FrameSettings,
  type HostedTransport,
  type Message,
} from '../http/index.ts';
import { EngineRequest } from './engine-request.ts';
import type { EngineSession, MessageSink } from './engine-session.ts';
import type { Report } from './report.ts';

const LOST = 1006;
const DEFAULT_HIGH_WATER_BYTES = 65_536;
/** Bits: one field for both sides, as sockets are many. */
const Side = { NEITHER: 0, OURS: 1, PEERS: 2, BOTH: 3 } as const;

/** A WebSocket on a connection of the engine, which makes the frames. */
export class EngineTransport implements HostedTransport, MessageSink {
  readonly #session: EngineSession;
  readonly #settings: FrameSettings;
  readonly #receiver: FrameReceiver;
  readonly #report: Report;
  lends = false;
  /** Which sides have closed. */
  #closed: number = Side.NEITHER;
  /** No less than what waits to leave. */
  #buffered = 0;

  /** On a connection that was taken over. */
  static open(
    session: EngineSession,
    settings: FrameSettings,
    deflate: FrameDeflate | null,
    receiver: FrameReceiver,
    report: Report,
  ): EngineTransport {
    const { exchange } = session.server;
    const transport = new EngineTransport(session, settings, receiver, report);
    const config = exchange.webSocketConfig(settings);
    if (exchange.engine.openWebSocket(session.slot, config, deflate)) session.sink = transport;
    else transport.onClosed();
    return transport;
  }

  private constructor(
    session: EngineSession,
    settings: FrameSettings,
    receiver: FrameReceiver,
    report: Report,
  ) {
    this.#session = session;
    this.#settings = settings;
    this.#receiver = receiver;
    this.#report = report;
  }

  get highWaterBytes(): number {
    return this.#session.server.options.outputHighWaterBytes ?? DEFAULT_HIGH_WATER_BYTES;
  }

  get maxBufferedBytes(): number {
    return this.#settings.maxBufferedBytes;
  }

  get broadcaster(): Broadcaster {
    return this.#session.server.exchange.engine;
  }

  get id(): number {
    return this.#session.slot;
  }

  send(opcode: number, data: string | Uint8Array, isCompressed: boolean): boolean {
    if (this.#closed === Side.BOTH) return false;
    const { server, slot } = this.#session;
    const added = server.exchange.outgoing.send(slot, opcode, data, isCompressed);
    if (added < 0) return false;
    this.#buffered += added;
    return true;
  }

  bufferedBytes(): number {
    if (this.#closed === Side.BOTH) return 0;
    const { server, slot } = this.#session;
    return (this.#buffered = Math.max(server.exchange.engine.bufferedBytes(slot), 0));
  }

  isAbove(bytes: number): boolean {
    return this.#buffered > bytes && this.bufferedBytes() > bytes;
  }

  close(code: number, reason: string): void {
    if (this.#closed === Side.BOTH) return;
    this.#closed |= Side.OURS;
    const { server, slot } = this.#session;
    server.exchange.engine.closeWebSocket(slot, code, reason);
  }

  terminate(): void {
    const { server, slot, closeReason } = this.#session;
    if (closeReason === null) server.exchange.engine.giveUp(slot);
  }

  pause(isPaused: boolean): void {
    if (this.#closed === Side.BOTH) return;
    const { server, slot } = this.#session;
    server.exchange.engine.pauseMessages(slot, isPaused);
  }

  watchControl(): void {
    if (this.#closed === Side.BOTH) return;
    const { server, slot } = this.#session;
    server.exchange.engine.watchControlFrames(slot);
  }

  report(error: unknown, uri: string): void {
    const session = this.#session;
    this.#report(error, session, EngineRequest.past(session, 'GET', uri));
  }

  // --- called by the exchange ---

  onMessage(message: Message): void {
    this.#receiver.onMessage(message);
  }

  onControlFrame(opcode: number, data: Buffer): void {
    if (opcode === Opcode.PING) this.#receiver.onPing(data);
    else this.#receiver.onPong(data);
  }

  onEnd(code: number, reason: string, fault: number): void {
    this.#closed |= Side.PEERS;
    const { engine } = this.#session.server.exchange;
    const text = fault === 0 ? '' : (engine.webSocketFaults[fault]?.text ?? '');
    const reply = this.#closed === Side.BOTH ? null : text;
    this.#receiver.onClose(code, text === '' ? reason : text, reply);
  }

  onWritable(): void {
    if (this.#closed !== Side.BOTH) this.#receiver.onDrain();
  }

  onClosed(): void {
    if (this.#closed === Side.BOTH) return;
    this.#closed = Side.BOTH;
    this.#receiver.onClose(LOST, '', null);
  }
}
