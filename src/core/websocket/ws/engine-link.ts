import type { Duplex } from 'node:stream';
import { Opcode, type FrameDeflate, type FrameSettings } from '../../http/index.ts';
import type { WebSocketFaultInfo } from '../../native/index.ts';
import type { Exchange, FramedConnection, MessageSink } from '../../server/index.ts';
import type { FrameLink, LinkListener, Sent } from './frame-link.ts';

/** A socket of the engine, whose connection can become a WebSocket. */
interface FramingSocket extends Duplex {
  openFrames(
    settings: FrameSettings,
    deflate: FrameDeflate | null,
    head: Uint8Array,
    sink: MessageSink,
  ): FramedConnection | null;
  setTimeout(ms: number): this;
}

/** Whether the engine can make the frames of a socket. */
export function isFramingSocket(socket: Duplex): socket is FramingSocket {
  return typeof (socket as Partial<FramingSocket>).openFrames === 'function';
}

/** Callbacks are called late while more waits to leave. */
const HIGH_WATER_BYTES = 65_536;

/** Frames of a connection of the engine. */
export class EngineLink implements FrameLink, MessageSink {
  readonly wantsBytes = true;
  readonly #listener: LinkListener;
  readonly #socket: Duplex;
  readonly #exchange: Exchange | null;
  readonly #slot: number;
  #waiting: Sent[] = [];
  #isOver = false;

  constructor(
    socket: FramingSocket,
    head: Buffer,
    settings: FrameSettings,
    deflate: FrameDeflate | null,
    listener: LinkListener,
  ) {
    this.#listener = listener;
    this.#socket = socket;
    socket.setTimeout(0);
    socket.on('close', () => {
      this.onClosed();
      listener.onGone();
    });
    socket.on('error', () => undefined);
    const opened = socket.openFrames(settings, deflate, head, this);
    this.#exchange = opened?.exchange ?? null;
    this.#slot = opened?.slot ?? -1;
    this.#isOver = opened === null;
    if (opened === null) socket.destroy();
    else opened.exchange.engine.watchControlFrames(opened.slot);
  }

  get bufferedAmount(): number {
    const { engine } = this.#open() ?? {};
    return engine === undefined ? 0 : Math.max(engine.bufferedBytes(this.#slot), 0);
  }

  send(opcode: number, data: Buffer, isCompressed: boolean, sent?: Sent): void {
    const exchange = this.#open();
    const added = exchange?.outgoing.send(this.#slot, opcode, data, isCompressed) ?? -1;
    if (sent === undefined) return;
    if (added < 0) process.nextTick(sent, goneError());
    else if (this.bufferedAmount > HIGH_WATER_BYTES) this.#waiting.push(sent);
    else process.nextTick(sent);
  }

  close(code: number, reason: string, sent: Sent): void {
    this.#open()?.engine.closeWebSocket(this.#slot, code, reason);
    process.nextTick(sent);
  }

  /** The engine does that by itself. */
  end(): void {
    // Both close frames have passed through it.
  }

  pause(): void {
    this.#socket.pause();
    this.#open()?.engine.pauseMessages(this.#slot, true);
  }

  resume(): void {
    this.#socket.resume();
    this.#open()?.engine.pauseMessages(this.#slot, false);
  }

  terminate(): void {
    this.#open()?.engine.giveUp(this.#slot);
    this.#socket.destroy();
  }

  #open(): Exchange | null {
    return this.#isOver ? null : this.#exchange;
  }

  // --- called by the exchange ---

  onMessage(data: string | Buffer): void {
    this.#listener.onMessage(data as Buffer, true);
  }

  onText(data: Buffer): void {
    this.#listener.onMessage(data, false);
  }

  onControlFrame(opcode: number, data: Buffer): void {
    if (opcode === Opcode.PING) this.#listener.onPing(data);
    else this.#listener.onPong(data);
  }

  onEnd(code: number, reason: string, fault: number): void {
    const faults = this.#exchange?.engine.webSocketFaults;
    if (fault === 0) this.#listener.onPeerClose(code, Buffer.from(reason));
    else this.#listener.onFault(faults?.[fault] as WebSocketFaultInfo);
  }

  onWritable(): void {
    for (const sent of this.#waiting.splice(0)) sent();
  }

  onClosed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const sent of this.#waiting.splice(0)) sent(goneError());
    this.#listener.onPeerEnd();
  }
}

function goneError(): Error {
  return Object.assign(new Error('the connection closed before everything was sent'), {
    code: 'ERR_STREAM_DESTROYED',
  });
}
