import { CodecEvent, type WebSocketCodec, type WebSocketFaultInfo } from '../native/index.ts';
import type { TunnelStream } from '../http/index.ts';
import { CloseCode } from './close-code.ts';
import { Opcode, type FrameReceiver, type FrameTransport, type Message } from '../http/index.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { CompleteWebSocketOptions } from './websocket-options.ts';

const HIGH_WATER_BYTES = 65_536;

/** A WebSocket over a stream of Node or of another host: the engine's codec makes and reads the frames. */
export class StreamTransport implements FrameTransport {
  readonly highWaterBytes: number = HIGH_WATER_BYTES;
  readonly broadcaster: null = null;
  readonly id: number = -1;
  readonly #stream: TunnelStream;
  readonly #codec: WebSocketCodec;
  readonly #faults: readonly WebSocketFaultInfo[];
  readonly #options: CompleteWebSocketOptions;
  readonly #isClient: boolean;
  #receiver: FrameReceiver | null = null;
  #buffered = 0;
  #isFull = false;
  #hasSentClose = false;
  #hasPeerClosed = false;
  #isFaulty = false;
  #isOver = false;
  /** Resolves when our close frame has gone out behind the peer's. */
  #replied: Promise<void> | null = null;
  #resolveReplied: (() => void) | null = null;
  #watchesControl = false;
  #silence: SilenceWatch | null = null;
  #closeTimer: NodeJS.Timeout | undefined;
  #resume: (() => void) | null = null;
  #paused: Promise<void> | null = null;

  constructor(
    stream: TunnelStream,
    codec: WebSocketCodec,
    faults: readonly WebSocketFaultInfo[],
    options: CompleteWebSocketOptions,
    isClient: boolean,
  ) {
    this.#stream = stream;
    this.#codec = codec;
    this.#faults = faults;
    this.#options = options;
    this.#isClient = isClient;
  }

  get maxBufferedBytes(): number {
    return this.#options.maxBufferedBytes;
  }

  /** Reads until the stream ends. */
  async run(receiver: FrameReceiver): Promise<void> {
    this.#receiver = receiver;
    this.#silence = new SilenceWatch(
      {
        close: (code, reason) => {
          this.close(code, reason);
        },
        terminate: () => {
          this.terminate();
        },
        ping: () => this.send(Opcode.PING, '', false),
      },
      this.#options,
    );
    try {
      for await (const bytes of this.#stream) {
        // Behind a close frame or a fault nothing has a meaning.
        if (!this.#hasPeerClosed) this.#receive(bytes);
        if (this.#paused !== null) await this.#paused;
        if (this.#hasPeerClosed && (this.#isFaulty || !this.#isClient)) break;
      }
      // RFC 6455 section 7.1.1: the server closes the connection first.
      if (this.#hasPeerClosed && !this.#hasSentClose) await this.#replied;
    } catch {
      // How it broke doesn't matter: it is over.
    }
    this.#end();
    clearTimeout(this.#closeTimer);
    this.#stream.end();
  }

  send(opcode: number, data: string | Uint8Array, isCompressed: boolean): boolean {
    if (this.#hasSentClose || this.#isOver) return false;
    this.#write(this.#codec.frame(opcode, data, isCompressed));
    return true;
  }

  bufferedBytes(): number {
    this.#isFull = this.#buffered > HIGH_WATER_BYTES;
    return this.#buffered;
  }

  isAbove(bytes: number): boolean {
    return this.bufferedBytes() > bytes;
  }

  close(code: number, reason: string): void {
    if (this.#hasSentClose || this.#isOver) return;
    this.#hasSentClose = true;
    this.#write(this.#codec.close(code, reason));
    this.pause(false);
    this.#startCloseTimer();
    this.#resolveReplied?.();
  }

  terminate(): void {
    this.#end();
    this.#resolveReplied?.();
    this.#stream.destroy();
  }

  pause(isPaused: boolean): void {
    if (isPaused && !this.#hasSentClose) {
      this.#paused ??= new Promise((resolve) => (this.#resume = resolve));
    } else if (!isPaused) {
      this.#paused = null;
      this.#resume?.();
      this.#resume = null;
    }
  }

  watchControl(): void {
    this.#watchesControl = true;
  }

  #write(bytes: Buffer): void {
    this.#buffered += bytes.length;
    const written = (): void => {
      this.#buffered -= bytes.length;
      if (!this.#isFull || this.#buffered > HIGH_WATER_BYTES / 2) return;
      this.#isFull = false;
      this.#receiver?.onDrain();
    };
    // A write that fails is a connection that ends; whoever reads hears of it.
    this.#stream.write(bytes).then(written, written);
  }

  #receive(bytes: Uint8Array): void {
    this.#silence?.onBytes();
    const events = this.#codec.receive(bytes);
    for (let i = 0; i + 1 < events.length; i += 2) {
      const value = events[i + 1];
      switch (events[i]) {
        case CodecEvent.TEXT:
        case CodecEvent.BINARY:
          this.#silence?.onMessage();
          if (!this.#isOver) this.#receiver?.onMessage(value as Message);
          break;
        case CodecEvent.PING:
          if (!this.#hasSentClose)
            this.#write(this.#codec.frame(Opcode.PONG, value as Buffer, false));
          if (this.#watchesControl) this.#receiver?.onPing(value as Buffer);
          break;
        case CodecEvent.PONG:
          if (this.#watchesControl) this.#receiver?.onPong(value as Buffer);
          break;
        case CodecEvent.CLOSE:
          this.#onPeerClose(value as number, events[i + 3] as string);
          break;
        case CodecEvent.FAULT:
          this.#onFault(this.#faults[value as number] as WebSocketFaultInfo);
          break;
        case undefined:
        default:
          break;
      }
    }
  }

  #onFault({ closeCode, text }: WebSocketFaultInfo): void {
    this.#isFaulty = true;
    this.#onPeerClose(closeCode, text, text);
  }

  /** The peer's close frame or, with `reply`, its fault. */
  #onPeerClose(code: number, reason: string, reply = ''): void {
    this.#hasPeerClosed = true;
    this.#silence?.stop();
    this.pause(false);
    if (this.#hasSentClose) {
      this.#isOver = true;
      this.#receiver?.onClose(code, reason, null);
      return;
    }
    this.#replied = new Promise((resolve) => (this.#resolveReplied = resolve));
    this.#startCloseTimer();
    this.#receiver?.onClose(code, reason, reply);
  }

  #startCloseTimer(): void {
    clearTimeout(this.#closeTimer);
    this.#closeTimer = setTimeout(() => {
      this.terminate();
    }, this.#options.closeTimeoutMs);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#silence?.stop();
    this.pause(false);
    this.#receiver?.onClose(CloseCode.ABNORMAL, '', null);
  }
}
