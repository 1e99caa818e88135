import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Opcode } from '../../http/index.ts';
import { CodecEvent, type WebSocketCodec, type WebSocketFaultInfo } from '../../native/index.ts';
import type { FrameLink, LinkListener, Sent } from './frame-link.ts';

/** Frames over a stream of Node; the engine's codec makes and reads them. */
export class StreamLink implements FrameLink {
  readonly #socket: Duplex;
  readonly #codec: WebSocketCodec;
  readonly #faults: readonly WebSocketFaultInfo[];
  readonly #listener: LinkListener;
  readonly #autoPong: boolean;
  #isOver = false;

  constructor(
    socket: Duplex,
    head: Buffer,
    codec: WebSocketCodec,
    faults: readonly WebSocketFaultInfo[],
    listener: LinkListener,
    autoPong: boolean,
  ) {
    this.#socket = socket;
    this.#codec = codec;
    this.#faults = faults;
    this.#listener = listener;
    this.#autoPong = autoPong;
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay();
    if (head.length > 0) socket.unshift(head);
    socket.on('close', this.#onClose);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  send(opcode: number, data: Buffer, isCompressed: boolean, sent?: Sent): void {
    this.#socket.write(this.#codec.frame(opcode, data, isCompressed), sent);
  }

  close(code: number, reason: string, sent: Sent): void {
    this.#socket.write(this.#codec.close(code, reason), sent);
  }

  end(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  terminate(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#isOver) return;
    const events = this.#codec.receive(bytes);
    for (let i = 0; i < events.length; i += 2) {
      this.#tell(events[i] as number, events[i + 1] as Buffer | number, events[i + 3] as Buffer);
    }
  };

  #tell(kind: number, value: Buffer | number, reason: Buffer): void {
    const listener = this.#listener;
    switch (kind) {
      case CodecEvent.TEXT:
      case CodecEvent.BINARY:
        listener.onMessage(value as Buffer, kind === CodecEvent.BINARY);
        break;
      case CodecEvent.PING:
        if (this.#autoPong && this.#socket.writable) this.send(Opcode.PONG, value as Buffer, false);
        listener.onPing(value as Buffer);
        break;
      case CodecEvent.PONG:
        listener.onPong(value as Buffer);
        break;
      case CodecEvent.CLOSE:
        this.#stop();
        listener.onPeerClose(value as number, reason);
        break;
      case CodecEvent.FAULT:
        this.#stop();
        listener.onFault(this.#faults[value as number] as WebSocketFaultInfo);
        break;
    }
  }

  /** Nothing that comes has a meaning any more; its end has. */
  #stop(): void {
    this.#isOver = true;
    this.#socket.removeListener('data', this.#onData);
    process.nextTick(() => this.#socket.resume());
  }

  readonly #onEnd = (): void => {
    this.#listener.onPeerEnd();
    this.#socket.end();
  };

  readonly #onError = (): void => {
    this.#listener.onPeerEnd();
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    const socket = this.#socket;
    // What was read while paused still counts.
    if (!this.#isOver && socket.readableLength > 0) {
      const rest = socket.read() as Buffer | null;
      if (rest !== null) this.#onData(rest);
    }
    this.#isOver = true;
    socket.removeListener('data', this.#onData);
    socket.removeListener('end', this.#onEnd);
    this.#listener.onGone();
  };
}
