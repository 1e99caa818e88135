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
import type { Exchange } from './exchange.ts';
import type { Report } from './report.ts';

const LOST = 1006;
const DEFAULT_HIGH_WATER_BYTES = 65_536;

/** A WebSocket on a connection of the engine, which makes the frames. */
export class EngineTransport implements HostedTransport, MessageSink {
  readonly #session: EngineSession;
  readonly #settings: FrameSettings;
  readonly #receiver: FrameReceiver;
  readonly #report: Report;
  lends = false;
  #hasSentClose = false;
  #hasPeerClosed = false;
  #isOver = false;

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
    return this.#exchange.engine;
  }

  get id(): number {
    return this.#session.slot;
  }

  get #exchange(): Exchange {
    return this.#session.server.exchange;
  }

  send(opcode: number, data: string | Uint8Array, isCompressed: boolean): number {
    if (this.#isOver) return -1;
    return this.#exchange.outgoing.send(this.#session.slot, opcode, data, isCompressed);
  }

  bufferedBytes(): number {
    if (this.#isOver) return 0;
    return Math.max(this.#exchange.engine.bufferedBytes(this.#session.slot), 0);
  }

  close(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#hasSentClose = true;
    this.#isOver = this.#hasPeerClosed;
    this.#exchange.engine.closeWebSocket(this.#session.slot, code, reason);
  }

  terminate(): void {
    if (this.#session.closeReason === null) this.#exchange.engine.giveUp(this.#session.slot);
  }

  pause(isPaused: boolean): void {
    if (!this.#isOver) this.#exchange.engine.pauseMessages(this.#session.slot, isPaused);
  }

  watchControl(): void {
    if (!this.#isOver) this.#exchange.engine.watchControlFrames(this.#session.slot);
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
    this.#hasPeerClosed = true;
    this.#isOver = this.#hasSentClose;
    const text = fault === 0 ? '' : (this.#exchange.engine.webSocketFaults[fault]?.text ?? '');
    this.#receiver.onClose(code, text === '' ? reason : text, this.#isOver ? null : text);
  }

  onWritable(): void {
    if (!this.#isOver) this.#receiver.onDrain();
  }

  onClosed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#receiver.onClose(LOST, '', null);
  }
}
