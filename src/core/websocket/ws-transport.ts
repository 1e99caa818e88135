import type { Duplex } from 'node:stream';
import { Opcode, type FrameReceiver, type FrameTransport } from '../http/index.ts';
import { CloseCode } from './close-code.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { CompleteWebSocketOptions } from './websocket-options.ts';
import type { WsSocket } from './ws-package.ts';

const HIGH_WATER_BYTES = 65_536;
const OPEN = 1;

/** The close code that ws sends for what it found wrong; protocol errors are all others. */
const FAULT_CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: CloseCode.INVALID_PAYLOAD,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CloseCode.MESSAGE_TOO_BIG,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CloseCode.POLICY_VIOLATION,
  Z_DATA_ERROR: CloseCode.INVALID_PAYLOAD,
};

/** A WebSocket whose frames the package ws makes and reads. It answers close frames by itself, at once. */
export class WsTransport implements FrameTransport {
  readonly highWaterBytes: number = HIGH_WATER_BYTES;
  readonly maxBufferedBytes: number;
  readonly broadcaster: null = null;
  readonly id: number = -1;
  readonly #ws: WsSocket;
  readonly #options: CompleteWebSocketOptions;
  readonly #receiver: FrameReceiver;
  readonly #silence: SilenceWatch;
  #isFull = false;
  #watchesControl = false;
  #fault: { readonly code: number; readonly text: string } | null = null;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(
    ws: WsSocket,
    stream: Duplex,
    options: CompleteWebSocketOptions,
    receiver: FrameReceiver,
  ) {
    this.#ws = ws;
    this.#options = options;
    this.#receiver = receiver;
    this.maxBufferedBytes = options.maxBufferedBytes;
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
      options,
    );
    stream.on('data', () => {
      this.#silence.onBytes();
    });
    this.#listen();
  }

  #listen(): void {
    const receiver = this.#receiver;
    this.#ws
      .on('message', (data: Buffer, isBinary: boolean) => {
        this.#silence.onMessage();
        receiver.onMessage(isBinary ? data : data.toString());
      })
      .on('ping', (data: Buffer) => {
        if (this.#watchesControl) receiver.onPing(data);
      })
      .on('pong', (data: Buffer) => {
        if (this.#watchesControl) receiver.onPong(data);
      })
      .on('error', ({ code = '', message }: NodeJS.ErrnoException) => {
        if (!code.startsWith('WS_ERR_') && !code.startsWith('Z_')) return;
        this.#fault = { code: FAULT_CODES[code] ?? CloseCode.PROTOCOL_ERROR, text: message };
        this.#startCloseTimer();
      })
      .on('close', (code: number, reason: Buffer) => {
        this.#silence.stop();
        clearTimeout(this.#closeTimer);
        const { code: told, text } = this.#fault ?? { code, text: reason.toString() };
        receiver.onClose(told, text, null);
      });
  }

  send(opcode: number, data: string | Uint8Array, isCompressed: boolean): boolean {
    const ws = this.#ws;
    if (ws.readyState !== OPEN) return false;
    if (opcode === Opcode.PING) ws.ping(data);
    else if (opcode === Opcode.PONG) ws.pong(data);
    else ws.send(data, { binary: opcode === Opcode.BINARY, compress: isCompressed }, this.#onSent);
    return true;
  }

  readonly #onSent = (): void => {
    if (!this.#isFull || this.#ws.bufferedAmount > HIGH_WATER_BYTES / 2) return;
    this.#isFull = false;
    this.#receiver.onDrain();
  };

  bufferedBytes(): number {
    const { bufferedAmount } = this.#ws;
    this.#isFull = bufferedAmount > HIGH_WATER_BYTES;
    return bufferedAmount;
  }

  isAbove(bytes: number): boolean {
    return this.bufferedBytes() > bytes;
  }

  close(code: number, reason: string): void {
    this.pause(false);
    this.#ws.close(code, reason);
    this.#startCloseTimer();
  }

  terminate(): void {
    this.#ws.terminate();
  }

  pause(isPaused: boolean): void {
    if (isPaused) this.#ws.pause();
    else this.#ws.resume();
  }

  watchControl(): void {
    this.#watchesControl = true;
  }

  #startCloseTimer(): void {
    clearTimeout(this.#closeTimer);
    this.#closeTimer = setTimeout(() => {
      this.terminate();
    }, this.#options.closeTimeoutMs);
  }
}
