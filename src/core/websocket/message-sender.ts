import { Opcode, type FrameTransport } from '../http/index.ts';
import { Outbox, type OutgoingMessage } from './outbox.ts';

/** The sending half of a WebSocket: hands messages to the transport, or keeps them while the peer is slow. */
export class MessageSender {
  #transport!: FrameTransport;
  #outbox: Outbox | null = null;
  /** No less than what waits to leave. */
  #buffered = 0;

  /** Before anything else: who carries the frames. */
  attach(transport: FrameTransport): void {
    this.#transport = transport;
  }

  /** What waits to leave, as the transport knows it. */
  get bufferedBytes(): number {
    return (this.#buffered = this.#transport.bufferedBytes());
  }

  /** Whether more than so much waits to leave; the transport is asked only where it may be. */
  exceeds(bytes: number): boolean {
    return this.#buffered > bytes && this.bufferedBytes > bytes;
  }

  /** Whether the next message has to wait until the peer has taken some. */
  get mustWait(): boolean {
    return this.#outbox?.isEmpty === false || this.exceeds(this.#transport.highWaterBytes);
  }

  /** Sends at once; false when the connection is closing or gone. */
  post(message: string | Uint8Array, isCompressed: boolean): boolean {
    const opcode = typeof message === 'string' ? Opcode.TEXT : Opcode.BINARY;
    const added = this.#transport.send(opcode, message, isCompressed);
    if (added < 0) return false;
    this.#buffered += added;
    return true;
  }

  /** Keeps a message until there is room; `sent` resolves then. */
  enqueue(
    data: string | Uint8Array,
    isCompressed: boolean,
  ): { readonly entry: OutgoingMessage; readonly sent: Promise<void> } {
    let entry!: OutgoingMessage;
    const sent = new Promise<void>((resolve, reject) => {
      entry = { data, isCompressed, resolve, reject };
      (this.#outbox ??= new Outbox()).add(entry);
    });
    return { entry, sent };
  }

  /** Its sender waits no longer. */
  takeBack(entry: OutgoingMessage): void {
    this.#outbox?.remove(entry);
  }

  /** There is room: what waits goes on. @throws what `closed` gives when the connection is gone */
  drain(closed: () => Error): void {
    this.#buffered = this.#transport.bufferedBytes();
    this.#outbox?.drain(({ data, isCompressed }) => {
      if (this.exceeds(this.#transport.highWaterBytes)) return false;
      if (!this.post(data, isCompressed)) throw closed();
      return true;
    });
  }

  /** Nothing is sent any more. */
  fail(closed: () => Error): void {
    if (this.#outbox?.isEmpty === false) this.#outbox.fail(closed());
  }
}
